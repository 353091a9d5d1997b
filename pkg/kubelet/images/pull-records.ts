/**
 * Who has shown that they may have an image which is on the node already (KEP-2535): what a pull with a pod's credentials brought is
 * for pods with the same credentials, or for those that can pull it themselves. On disk as upstream keeps it, below image_manager/.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rfc3339 } from '#base/clock.ts'
import type { AuthConfig } from '../cri/types.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import { replaceFile } from '../replace-file.ts'

export interface PullSecret {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly credentialHash: string
}

/** What a pull was made with. */
export interface PullCredentials {
  /** No credentials, or the node's own: every pod here may have what they can get. */
  readonly nodePodsAccessible?: boolean
  readonly kubernetesSecrets?: readonly PullSecret[]
}

interface PulledRecord {
  readonly lastUpdatedTime: string
  readonly imageRef: string
  /** By the image's name without tag and digest. */
  readonly credentialMapping: Readonly<Record<string, PullCredentials>>
}

export interface PullRecords {
  /** A pull is under way: what it brings is the kubelet's, even if it dies before it can say so. */
  begin(image: string): void
  pulled(image: string, imageRef: string, credentials: PullCredentials | undefined): void
  failed(image: string): void
  /** Whether an image that is here must be pulled all the same, as nobody knows that the pod may have it. */
  mustPull(image: string, imageRef: string, secrets: readonly PullSecret[]): boolean
  forget(imageRef: string): void
}

type Policy = Pick<CompleteConfiguration, 'imagePullCredentialsVerificationPolicy' | 'preloadedImagesVerificationAllowlist'>

export interface PullRecordsOptions extends Policy {
  readonly directory: string
  /** What is on the node now. */
  readonly images: readonly { readonly id: string; readonly repoTags: readonly string[]; readonly repoDigests: readonly string[] }[]
  readonly now: () => number
}

/** Secrets remembered of one image; more are only asked to pull again. */
const mostSecrets = 100
const apiVersion = 'kubelet.config.k8s.io/v1beta1'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const credentialHash = (auth: AuthConfig): string => sha256(JSON.stringify(Object.entries(auth).sort(([a], [b]) => a.localeCompare(b))))

/** "registry/name" of "registry/name:tag@digest". */
export function withoutTag(image: string): string {
  const name = image.split('@')[0]!
  const colon = name.lastIndexOf(':')
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name
}

export function pullRecords(options: PullRecordsOptions): PullRecords {
  const { directory, images, now } = options
  const [pulling, pulled] = [join(directory, 'pulling'), join(directory, 'pulled')]
  for (const each of [pulling, pulled]) mkdirSync(each, { recursive: true, mode: 0o700 })
  const intentFile = (image: string) => join(pulling, `sha256-${sha256(image)}`)
  const recordFile = (imageRef: string) => join(pulled, `sha256-${sha256(imageRef)}`)
  const write = (file: string, object: object) => {
    replaceFile(file, JSON.stringify({ apiVersion, ...object }))
  }
  const read = <T>(file: string): T | undefined => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as T
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  const list = <T>(of: string): T[] =>
    readdirSync(of).flatMap((name) => {
      try {
        return read<T>(join(of, name)) ?? []
      } catch {
        // One that cannot be read says of its image that it must be pulled.
        return []
      }
    })
  const inFlight = new Map<string, number>()

  const record = (image: string, imageRef: string, credentials: PullCredentials | undefined): void => {
    let before: PulledRecord | undefined
    try {
      before = read<PulledRecord>(recordFile(imageRef))
    } catch {
      before = undefined
    }
    const name = withoutTag(image)
    const mapping = before?.credentialMapping ?? {}
    const merged = credentials ? { ...mapping, [name]: merge(mapping[name], credentials) } : mapping
    if (before && JSON.stringify(merged) === JSON.stringify(mapping)) return
    write(recordFile(imageRef), { kind: 'ImagePulledRecord', lastUpdatedTime: rfc3339(now()), imageRef, credentialMapping: merged })
  }
  const end = (image: string): void => {
    const left = (inFlight.get(image) ?? 1) - 1
    if (left > 0) inFlight.set(image, left)
    else {
      inFlight.delete(image)
      rmSync(intentFile(image), { force: true })
    }
  }

  // What a kubelet before this one began to pull, and what is no longer here.
  for (const { image } of list<{ image: string }>(pulling)) {
    const found = images.find(({ repoTags, repoDigests }) => [...repoTags, ...repoDigests].includes(image))
    if (found) record(image, found.id, undefined)
    rmSync(intentFile(image), { force: true })
  }
  for (const { imageRef } of list<PulledRecord>(pulled)) if (!images.some(({ id }) => id === imageRef)) rmSync(recordFile(imageRef), { force: true })

  return {
    begin(image) {
      inFlight.set(image, (inFlight.get(image) ?? 0) + 1)
      write(intentFile(image), { kind: 'ImagePullIntent', image })
    },
    pulled(image, imageRef, credentials) {
      record(image, imageRef, credentials)
      end(image)
    },
    failed: end,
    mustPull(image, imageRef, secrets) {
      let known: PulledRecord | undefined
      try {
        known = read<PulledRecord>(recordFile(imageRef))
      } catch {
        return true
      }
      if (!mustVerify(options, withoutTag(image), known !== undefined || inFlight.has(image))) return false
      const cached = known?.credentialMapping[withoutTag(image)]
      if (!cached) return true
      if (cached.nodePodsAccessible) return false
      const shown = secrets.find((secret) =>
        cached.kubernetesSecrets?.some((other) => other.credentialHash === secret.credentialHash || isSameSecret(other, secret)),
      )
      if (!shown) return true
      if ((cached.kubernetesSecrets?.length ?? 0) < mostSecrets) record(image, imageRef, { kubernetesSecrets: [shown] })
      return false
    },
    forget: (imageRef) => rmSync(recordFile(imageRef), { force: true }),
  }
}

const isSameSecret = (one: PullSecret, other: PullSecret): boolean => one.uid === other.uid && one.namespace === other.namespace && one.name === other.name

/** A secret has one credential: the newest. What every pod may have needs none. */
function merge(before: PullCredentials | undefined, more: PullCredentials): PullCredentials {
  if (before?.nodePodsAccessible || more.nodePodsAccessible) return { nodePodsAccessible: true }
  const added = more.kubernetesSecrets ?? []
  const kept = (before?.kubernetesSecrets ?? []).filter((each) => !added.some((other) => isSameSecret(each, other)))
  return { kubernetesSecrets: [...kept, ...added].sort((a, b) => a.uid.localeCompare(b.uid)) }
}

function mustVerify(
  { imagePullCredentialsVerificationPolicy: policy, preloadedImagesVerificationAllowlist: allowed = [] }: Policy,
  name: string,
  isOurs: boolean,
): boolean {
  switch (policy) {
    case 'NeverVerify':
      return false
    case 'AlwaysVerify':
      return true
    case 'NeverVerifyAllowlistedImages':
      return isOurs || !allowed.some((pattern) => (pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern))
    default:
      return isOurs
  }
}
