/** Writes what pods are told: the PodScheduled condition and the nominated node. One write a pod at a time, in order. */
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import type { Handle } from './framework/types.ts'

type Surroundings = Pick<Handle, 'client' | 'clock' | 'log'>

export class StatusWriter {
  readonly #handle: Surroundings
  readonly #last = new Map<string, Promise<void>>()

  constructor(handle: Surroundings) {
    this.#handle = handle
  }

  /** `nominated`: the node's name, '' to withdraw it, undefined to leave it. */
  unschedulable(pod: Pod, reason: string, message: string, nominated?: string): Promise<void> {
    const current = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    const observedGeneration = pod.metadata.generation
    const same = current?.status === 'False' && current.reason === reason && current.message === message && current.observedGeneration === observedGeneration
    if (same && nominated === undefined) return Promise.resolve()
    const lastTransitionTime = current?.status === 'False' ? current.lastTransitionTime : rfc3339(this.#handle.clock.now())
    const condition = { type: 'PodScheduled', status: 'False', observedGeneration, reason, message, lastTransitionTime }
    return this.#write(pod, { conditions: [condition], ...nomination(nominated) })
  }

  nominate(pod: Pod, nominated: string): Promise<void> {
    return this.#write(pod, nomination(nominated))
  }

  /** What is being told of the pod is written when this resolves; undefined: nothing is. */
  pending(key: string): Promise<void> | undefined {
    return this.#last.get(key)
  }

  #write(pod: Pod, status: object): Promise<void> {
    const key = keyOf(pod)
    const next = (this.#last.get(key) ?? Promise.resolve())
      .then(() => this.#patch(pod, status))
      .finally(() => {
        if (this.#last.get(key) === next) this.#last.delete(key)
      })
    this.#last.set(key, next)
    return next
  }

  async #patch({ metadata: { namespace, name, uid } }: Pod, status: object): Promise<void> {
    const { client, log } = this.#handle
    try {
      await client.patch(pods, { namespace, name }, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' })
    } catch (error) {
      if (!isNotFound(error)) log.warn('could not write the pod status', { pod: `${namespace}/${name}`, error })
    }
  }
}

function nomination(nominated: string | undefined): object {
  return nominated === undefined ? {} : { nominatedNodeName: nominated === '' ? null : nominated }
}
