/** Room is made for a pod: its victims are ended beside the loop, and until they are gone it is not tried again. */
import type { Logger } from '#base/log.ts'
import type { Handle } from './framework/types.ts'
import type { SchedulerMetrics } from './metrics.ts'
import type { Nominator } from './nominator.ts'
import type { Candidate } from './plugins/default-preemption/candidate.ts'
import { evictVictims } from './plugins/default-preemption/evict.ts'
import type { StatusWriter } from './pod-status.ts'
import type { SchedulingQueue } from './queue.ts'
import type { PodInfo } from './state/pod-info.ts'

interface Parts {
  readonly nominator: Nominator
  readonly status: StatusWriter
  readonly metrics: SchedulerMetrics
  readonly queue: SchedulingQueue
  readonly log: Logger
  /** Takes what goes on beside the loop. */
  readonly beside: (work: Promise<void>) => void
}

export class RoomMaker {
  readonly #parts: Parts
  /** Pods whose victims are being ended; true: something changed meanwhile. */
  readonly #preempting = new Map<string, boolean>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether the pod of this key waits for its victims; it is tried again afterwards, since who asks had a reason. */
  isAtWorkFor(key: string): boolean {
    if (!this.#preempting.has(key)) return false
    this.#preempting.set(key, true)
    return true
  }

  /** The victims are ended beside the loop; the pod waits until they are gone. */
  make(info: PodInfo, candidate: Candidate, handle: Handle): void {
    const { nominator, status, metrics, queue, beside, log } = this.#parts
    // Those of less importance to whom the node was promised look for another.
    for (const other of nominator.on(candidate.node.name)) {
      if (other.priority >= info.priority) continue
      nominator.delete(other.key)
      beside(status.nominate(other.pod, ''))
      queue.activate(other.key)
    }
    nominator.set(info, candidate.node.name)
    this.#preempting.set(info.key, false)
    const begun = performance.now()
    const done = (result: 'success' | 'error'): void => metrics.madeRoom(result, (performance.now() - begun) / 1000)
    beside(
      evictVictims(candidate, info, handle)
        .then(
          () => {
            done('success')
            return this.#preempting.get(info.key) === true
          },
          (error) => {
            done('error')
            log.warn('preemption failed', { pod: info.key, node: candidate.node.name, error })
            nominator.delete(info.key)
            return true
          },
        )
        .then((again) => {
          this.#preempting.delete(info.key)
          if (again) queue.activate(info.key)
        }),
    )
  }
}
