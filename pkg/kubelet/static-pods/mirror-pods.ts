/**
 * Mirror pods: what the API shows of the static pods of this node. Each static pod has one, made again when somebody deletes it, and
 * none is left when the static pod is gone. The API may be away for as long as it likes: the static pods run on.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import { configHashAnnotation, configMirrorAnnotation } from './decode-pod.ts'

export interface MirrorPodsOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** This node's name and, once it is registered, its uid. */
  readonly node: () => { readonly name: string; readonly uid: string } | undefined
  readonly statics: () => readonly Pod[]
  /** A static pod has got a mirror that its status can be written to. */
  readonly onMirror: (staticUid: string) => void
}

const retryMs = 10_000
const key = ({ metadata }: Pick<Pod, 'metadata'>): string => `${metadata.namespace}/${metadata.name}`

export const isMirror = ({ metadata }: Pick<Pod, 'metadata'>): boolean => metadata.annotations?.[configMirrorAnnotation] !== undefined

export class MirrorPods {
  readonly #options: MirrorPodsOptions
  readonly #mirrors = new Map<string, Pod>()
  #listed = false
  #wake = new AbortController()

  constructor(options: MirrorPodsOptions) {
    this.#options = options
  }

  /** Of all mirror pods that the API has on this node. */
  replace(mirrors: readonly Pod[]): void {
    this.#mirrors.clear()
    for (const mirror of mirrors) this.#mirrors.set(key(mirror), mirror)
    this.#listed = true
    this.changed()
  }

  apply(type: string, mirror: Pod): void {
    if (type === 'DELETED') {
      if (this.#mirrors.get(key(mirror))?.metadata.uid === mirror.metadata.uid) this.#mirrors.delete(key(mirror))
    } else this.#mirrors.set(key(mirror), mirror)
    this.changed()
  }

  /** The uid that the API knows the static pod by, while it shows this very one. */
  uidOf(pod: Pod): string | undefined {
    const mirror = this.#mirrors.get(key(pod))
    return mirror && showsOf(mirror, pod) && !mirror.metadata.deletionTimestamp ? mirror.metadata.uid : undefined
  }

  /** Asks for another look. */
  changed(): void {
    this.#wake.abort()
  }

  async run(): Promise<void> {
    const { clock, log, signal } = this.#options
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const wake = this.#wake.signal
      await this.#reconcile().catch((error) => log.warn('cannot keep the mirror pods', { error }))
      if (!wake.aborted) await sleep(clock, retryMs, AbortSignal.any([signal, wake]))
    }
  }

  async #reconcile(): Promise<void> {
    const { statics, node } = this.#options
    if (!this.#listed || !node()) return
    const wanted = new Map(statics().map((pod) => [key(pod), pod]))
    for (const [name, mirror] of [...this.#mirrors]) {
      const pod = wanted.get(name)
      if (!pod || !showsOf(mirror, pod) || mirror.metadata.deletionTimestamp) await this.#remove(mirror)
    }
    for (const [name, pod] of wanted) if (!this.#mirrors.has(name)) await this.#create(pod)
  }

  async #create(pod: Pod): Promise<void> {
    const { client, onMirror, node } = this.#options
    const { name, uid } = node()!
    const { metadata, spec } = pod
    const { uid: _uid, ...rest } = metadata
    try {
      const mirror = await client.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          ...rest,
          annotations: { ...metadata.annotations, [configMirrorAnnotation]: metadata.annotations![configHashAnnotation]! },
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid, controller: true }],
        },
        spec,
      } as never)
      this.#mirrors.set(key(mirror), mirror)
    } catch (error) {
      // Another pod of that name stands in its way; the watch tells when it is gone.
      if (!isAlreadyExists(error)) throw error
      const other = await client.get(pods, { namespace: metadata.namespace, name: metadata.name })
      if (!isMirror(other)) throw error
      this.#mirrors.set(key(other), other)
    }
    onMirror(metadata.uid)
  }

  async #remove({ metadata }: Pod): Promise<void> {
    const { namespace, name, uid } = metadata
    await this.#options.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }).catch((error) => {
      if (!isNotFound(error) && !isConflict(error)) throw error
    })
    this.#mirrors.delete(`${namespace}/${name}`)
  }
}

function showsOf({ metadata }: Pod, pod: Pod): boolean {
  return metadata.annotations?.[configMirrorAnnotation] === pod.metadata.annotations?.[configHashAnnotation]
}
