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
import { type PullLimits, PullRate, PullSlots } from './pull-slots.ts'
import { credentialsFor, withDefaultTag } from './reference.ts'

/** Another image than the container's own: that of a volume. */
export interface WantedImage {
  readonly reference: string
  readonly pullPolicy?: string | undefined
}

export interface ImageManager {
  /** Answers the image; throws ContainerStartError with the reason that the container waits for. */
  ensure(pod: Pod, entry: ContainerEntry, wanted?: WantedImage): Promise<Image>
  forgetPod(uid: string): void
}

export interface ImageManagerOptions extends PullLimits {
  readonly images: ImageService
  readonly recorder: EventRecorder
  readonly objects: ObjectSource
  readonly clock: Clock
  /** Credentials that no Secret holds. */
  readonly plugins?: CredentialPlugins | undefined
}

export function imageManager(options: ImageManagerOptions): ImageManager {
  const { images, recorder, objects, clock, plugins } = options
  const slots = new PullSlots(options)
  const rate = new PullRate(options, clock.now())
  const backoff = new KeyedBackoff(clock)
  const lastError = new Map<string, string>()
  /** How long a pull took by itself. */
  const inFlight = new Map<string, Promise<number>>()

  const pullOnce = (image: string, auth: readonly (AuthConfig | undefined)[]): Promise<number> => {
    const key = `${image} ${JSON.stringify(auth)}`
    const running = inFlight.get(key)
    if (running) return running
    const pull = slots
      .run(async () => {
        if (!rate.take(clock.now())) throw new Error('pull QPS exceeded')
        const startedAt = clock.now()
        await tryAll(images, image, auth)
        return clock.now() - startedAt
      })
      .finally(() => inFlight.delete(key))
    inFlight.set(key, pull)
    return pull
  }

  return {
    async ensure(pod, entry, wanted = { reference: entry.container.image ?? '', pullPolicy: entry.container.imagePullPolicy }) {
      const shown = wanted.reference
      const tell = (type: 'Normal' | 'Warning', reason: string, message: string) => recorder.event(pod, type, reason, message, fieldPathOf(entry))
      const image = withDefaultTag(shown)
      if (image === undefined) {
        const message = `Failed to apply default image tag "${shown}": couldn't parse image name "${shown}": invalid reference format`
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
      if (present && policy !== 'Always') {
        tell('Normal', 'Pulled', `Container image "${shown}" already present on machine and can be accessed by the pod`)
        return present
      }
      if (policy === 'Never') {
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
      let tookMs: number
      try {
        tookMs = await pullOnce(image, [...(await credentials(objects, pod, image)), ...((await plugins?.credentials(image)) ?? [])])
      } catch (error) {
        const why = pullFailure(error)
        tell('Warning', 'Failed', `Failed to pull image "${shown}": ${why}`)
        backoff.next(key)
        lastError.set(key, `ErrImagePull: ${why}`)
        throw new ContainerStartError('ErrImagePull', why)
      }
      lastError.delete(key)
      const pulled = await inspect()
      if (!pulled) throw new ContainerStartError('ErrImagePull', `image "${shown}" is missing after its pull`)
      const text = (ms: number) => formatGoDuration(BigInt(ms) * 1_000_000n)
      const waited = text(clock.now() - startedAt)
      tell('Normal', 'Pulled', `Successfully pulled image "${shown}" in ${text(tookMs)} (${waited} including waiting). Image size: ${pulled.size} bytes.`)
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

/** Each credential in turn, then none; the first error is the one that tells most. */
async function tryAll(images: ImageService, image: string, auth: readonly (AuthConfig | undefined)[]): Promise<string> {
  let failure: unknown
  for (const each of auth.length > 0 ? auth : [undefined]) {
    try {
      return await images.pullImage(image, each)
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

async function credentials(objects: ObjectSource, pod: Pod, image: string): Promise<(AuthConfig | undefined)[]> {
  const found: AuthConfig[] = []
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const secret: Secret | undefined = name
      ? await objects.get(secrets, { namespace: pod.metadata.namespace, name }, pod.metadata.uid).catch(() => undefined)
      : undefined
    if (secret) found.push(...credentialsFor(secret, image))
  }
  return found
}
