/**
 * Graceful node shutdown: the node is not ready and takes no pods any more, and its pods end group by group, the least important first
 * (upstream's nodeshutdown manager). Who calls it: systemd's inhibitor (inhibitor.ts), or whoever stops a local node.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { ShutdownPeriod } from '../configuration/fields.ts'
import type { PodFailure } from '../status/types.ts'
import { shutdownGroups } from './periods.ts'

export interface NodeShutdownOptions {
  readonly periods: readonly ShutdownPeriod[]
  readonly clock: Clock
  readonly log: Logger
  readonly activePods: () => readonly Pod[]
  /** Resolves when the pod's containers have ended and its status is told. */
  readonly end: (pod: Pod, failure: PodFailure, graceSeconds: number) => Promise<void>
  /** The node's status must show it at once. */
  readonly onBegin: () => Promise<unknown>
}

const message = 'Pod was terminated in response to imminent node shutdown.'
export const rejection = { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' }

export class NodeShutdown {
  readonly #options: NodeShutdownOptions
  #running: Promise<void> | undefined

  constructor(options: NodeShutdownOptions) {
    this.#options = options
  }

  get inProgress(): boolean {
    return this.#running !== undefined
  }

  /** Resolves when every group has ended, or has had its time. Without configured periods it does nothing. */
  run(): Promise<void> {
    if (this.#options.periods.length === 0) return Promise.resolve()
    this.#running ??= this.#endAll()
    return this.#running
  }

  async #endAll(): Promise<void> {
    const { periods, clock, log, activePods, end, onBegin } = this.#options
    log.info('the node is shutting down')
    await onBegin().catch((error: unknown) => log.warn('the API does not know that the node is shutting down', { error }))
    for (const { seconds, pods } of shutdownGroups(periods, activePods())) {
      const enough = new AbortController()
      const all = pods.map((pod) =>
        end(pod, { reason: 'Terminated', message, disruption: true }, Math.min(pod.spec.terminationGracePeriodSeconds ?? 30, seconds)),
      )
      await Promise.race([Promise.allSettled(all), sleep(clock, seconds * 1000, enough.signal)])
      enough.abort()
    }
  }

  /** The machine goes on after all. */
  cancel(): void {
    this.#running = undefined
  }
}
