/** Makes sure that a container's image is on the node: pull policies, back-off, credentials, events. */
import type { Pod, Secret } from '#api/gen/core/v1.ts'
import { secrets } from '#api/gen/resources.ts'
import { formatGoDuration } from '#apimachinery/go-duration.ts'
import type { Clock } from '#base/clock.ts'
import { CriError } from '../cri/errors.ts'
import type { AuthConfig, Image, ImageService } from '../cri/types.ts'
import { KeyedBackoff } from '../runtime/backoff.ts'
import { fieldPathOf } from '../runtime/containers.ts'
import { type ContainerEntry, ContainerStartError, type EventRecorder, type ObjectSource } from '../types.ts'
import type { CredentialPlugins } from './credential-provider/provider.ts'
import { credentialHash, type PullRecords, type PullSecret } from './pull-records.ts'
import { type PullLimits, PullRate, PullSlots } from './pull-slots.ts'
import { credentialsFor, referenceError, withDefaultTag } from './reference.ts'

export interface WantedImage {
  readonly reference: string
  readonly pullPolicy?: string | undefined
  /** Of the container whose image it is; none: a volume's, and events tell of the pod. */
  readonly fieldPath?: string | undefined
}

export const imageOf = (entry: ContainerEntry): WantedImage => ({
  reference: entry.container.image ?? '',
  pullPolicy: entry.container.imagePullPolicy,
  fieldPath: fieldPathOf(entry),
})

export interface ImageManager {
  /** Answers the image; throws ContainerStartError with the reason that the container waits for. */
  ensure(pod: Pod, wanted: WantedImage): Promise<Image>
  forgetPod(uid: string): void
}

export interface ImageManagerOptions extends PullLimits {
  readonly images: ImageService
  readonly recorder: EventRecorder
  /** Counted: whether the image was there, and whether it had to be pulled. */
  readonly onEnsure?: (labels: Readonly<Record<string, string>>) => void
  readonly objects: ObjectSource
  readonly clock: Clock
  /** Credentials that no Secret holds. */
  readonly plugins?: CredentialPlugins | undefined
  /** Who may have what is on the node already; without it, everybody. */
  readonly records?: PullRecords | undefined
  /** An image has been pulled: how long it took with the wait for its turn, and its size. */
  readonly onPulled?: ((tookMs: number, bytes: number) => void) | undefined
}

/** One of those that a pull is tried with. */
interface Credential {
  readonly auth: AuthConfig | undefined
  /** None: not of any Secret. */
  readonly secret?: PullSecret
}

export function imageManager(options: ImageManagerOptions): ImageManager {
  const { images, recorder, objects, clock, plugins, records, onPulled, onEnsure } = options
  const slots = new PullSlots(options)
  const rate = new PullRate(options, clock.now())
  const backoff = new KeyedBackoff(clock)
  const lastError = new Map<string, string>()
  /** How long a pull took by itself, and which of the credentials it was. */
  const inFlight = new Map<string, Promise<{ tookMs: number; by: number }>>()

  const pullOnce = (image: string, auth: readonly (AuthConfig | undefined)[]): Promise<{ tookMs: number; by: number }> => {
    const key = `${image} ${JSON.stringify(auth)}`
    const running = inFlight.get(key)
    if (running) return running
    const pull = slots
      .run(async () => {
        if (!rate.take(clock.now())) throw new Error('pull QPS exceeded')
        const startedAt = clock.now()
        const by = await tryAll(images, image, auth)
        return { tookMs: clock.now() - startedAt, by }
      })
      .finally(() => inFlight.delete(key))
    inFlight.set(key, pull)
    return pull
  }

  return {
    async ensure(pod, wanted) {
      const shown = wanted.reference
      const tell = (type: 'Normal' | 'Warning', reason: string, message: string) => recorder.event(pod, type, reason, message, wanted.fieldPath)
      const image = withDefaultTag(shown)
      if (image === undefined) {
        const message = `Failed to apply default image tag "${shown}": couldn't parse image name "${shown}": ${referenceError(shown)}`
        tell('Warning', 'InspectFailed', message)
        throw new ContainerStartError('InvalidImageName', message)
      }
      const inspect = async () => {
        try {
          return await images.imageStatus(image)
        } catch (error) {
          const message = `Failed to inspect image "${shown}": ${(error as Error).message}`
          tell('Warning', 'InspectFailed', message)
          throw new ContainerStartError('ImageInspectError', message)
        }
      }
      const present = await inspect()
      const policy = wanted.pullPolicy ?? 'IfNotPresent'
      const ofPod = await credentials(objects, pod, image)
      const secretsOfPod = ofPod.flatMap(({ secret }) => secret ?? [])
      const tellOf = (pullRequired: 'true' | 'false' | 'unknown') =>
        onEnsure?.({ present_locally: String(present !== undefined), pull_policy: policy.toLowerCase(), pull_required: pullRequired })
      if (present && policy !== 'Always' && !records?.mustPull(image, present.id, secretsOfPod)) {
        tellOf('false')
        tell('Normal', 'Pulled', `Container image "${shown}" already present on machine and can be accessed by the pod`)
        return present
      }
      tellOf(policy === 'Never' ? 'unknown' : 'true')
      if (policy === 'Never') {
        // The same where it is there and the pod may not have it: who may not have an image is not told that others do.
        const message = `Container image "${shown}" is not present with pull policy of Never`
        tell('Warning', 'ErrImageNeverPull', message)
        throw new ContainerStartError('ErrImageNeverPull', message)
      }
      const key = `${pod.metadata.uid}_${shown}`
      if (backoff.remainingSinceUpdate(key) > 0) {
        const message = `Back-off pulling image "${shown}"`
        tell('Normal', 'BackOff', message)
        const before = lastError.get(key)
        throw new ContainerStartError('ImagePullBackOff', before ? `${message}: ${before}` : message, true)
      }
      tell('Normal', 'Pulling', `Pulling image "${shown}"`)
      const startedAt = clock.now()
      const all: readonly Credential[] = [...ofPod, ...((await plugins?.credentials(image)) ?? []).map((auth) => ({ auth }))]
      let done: { tookMs: number; by: number }
      records?.begin(image)
      try {
        done = await pullOnce(
          image,
          all.map(({ auth }) => auth),
        )
      } catch (error) {
        records?.failed(image)
        const why = pullFailure(error)
        tell('Warning', 'Failed', `Failed to pull image "${shown}": ${why}`)
        backoff.next(key)
        const { reason, message } = pullReason(shown, why)
        lastError.set(key, `${reason}: ${message}`)
        throw new ContainerStartError(reason, message)
      }
      lastError.delete(key)
      // From here on it is here by this kubelet's doing, whatever else goes wrong: only a record lets others have it.
      const pulled = await inspect()
      const secret = all[done.by]?.secret
      if (pulled) records?.pulled(image, pulled.id, secret ? { kubernetesSecrets: [secret] } : { nodePodsAccessible: true })
      else records?.failed(image)
      if (!pulled) throw new ContainerStartError('ErrImagePull', `image "${shown}" is missing after its pull`)
      onPulled?.(clock.now() - startedAt, pulled.size)
      const text = (ms: number) => formatGoDuration(BigInt(ms) * 1_000_000n)
      const waited = text(clock.now() - startedAt)
      tell('Normal', 'Pulled', `Successfully pulled image "${shown}" in ${text(done.tookMs)} (${waited} including waiting). Image size: ${pulled.size} bytes.`)
      return pulled
    },
    forgetPod(uid) {
      backoff.forget(uid)
      for (const key of lastError.keys()) if (key.startsWith(uid)) lastError.delete(key)
    },
  }
}

/** gRPC's Unknown. */
const unknownCode = 2

/** A code that says nothing is left out, as upstream's client of the runtime does. */
function pullFailure(error: unknown): string {
  return error instanceof CriError && error.code === unknownCode ? error.details : (error as Error).message
}

/** What CRI-O puts a name to (k8s.io/cri-api/pkg/errors) is told under that name. */
function pullReason(image: string, why: string): { readonly reason: string; readonly message: string } {
  for (const [reason, what] of Object.entries(namedFailures))
    if (why.startsWith(reason)) return { reason, message: `image pull failed for ${image} because ${what}${why.slice(reason.length)}` }
  return { reason: 'ErrImagePull', message: why }
}

const namedFailures = { RegistryUnavailable: 'the registry is unavailable', SignatureValidationFailed: 'the signature validation failed' }

/** Each credential in turn, or none where there are none; answers which it was. The first error is the one that tells most. */
async function tryAll(images: ImageService, image: string, auth: readonly (AuthConfig | undefined)[]): Promise<number> {
  let failure: unknown
  for (const [index, each] of (auth.length > 0 ? auth : [undefined]).entries()) {
    try {
      await images.pullImage(image, each)
      return index
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

async function credentials(objects: ObjectSource, pod: Pod, image: string): Promise<Credential[]> {
  const found: Credential[] = []
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const secret: Secret | undefined = name
      ? await objects.get(secrets, { namespace: pod.metadata.namespace, name }, pod.metadata.uid).catch(() => undefined)
      : undefined
    if (!secret) continue
    const { uid, namespace = '', name: ofSecret } = secret.metadata
    for (const auth of credentialsFor(secret, image)) found.push({ auth, secret: { uid, namespace, name: ofSecret, credentialHash: credentialHash(auth) } })
  }
  return found
}
