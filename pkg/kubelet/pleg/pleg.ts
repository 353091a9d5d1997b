/**
 * Pod lifecycle events: which pods' containers have changed. containerd's events tell in milliseconds; a relist every minute
 * behind them misses nothing, and every second while the stream is down.
 */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts'
import type { Cri } from '../cri/index.ts'
import { podUidLabel } from '../runtime/labels.ts'

export interface PlegOptions {
  readonly cri: Cri
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly onPodChange: (podUid: string) => void
  readonly onRelist: (podUids: ReadonlySet<string>) => void
  readonly metrics?: Pick<KubeletMetrics, 'relist' | 'relistInterval' | 'plegSeen'>
}

const idleRelistMs = 60_000
const fallbackRelistMs = 1000

export class Pleg {
  readonly #options: PlegOptions
  /** A line a pod that changes when any state in it does. */
  #states = new Map<string, string>()
  #streaming = false
  #wake = new AbortController()
  #relistAt = 0
  #healthyAt = 0

  constructor(options: PlegOptions) {
    this.#options = options
  }

  get lastRelistAt(): number {
    return this.#healthyAt
  }

  async run(): Promise<void> {
    await Promise.all([this.#follow(), this.#relistLoop()])
  }

  async #follow(): Promise<void> {
    const { cri, clock, log, signal } = this.#options
    while (!signal.aborted) {
      try {
        await cri.events.subscribe(
          ({ kind, id }) => {
            if (kind === 'exit') void this.#confirmExit(id)
          },
          () => {
            this.#streaming = true
            this.#relistSoon()
          },
          signal,
        )
      } catch (error) {
        log.debug('runtime events ended', { error })
      }
      this.#streaming = false
      this.#relistSoon()
      await sleep(clock, 1000, signal)
    }
  }

  /**
   * CRI hears of an end from the same events as we do, and may say "running" a little longer than they; of a container
   * that ends at once even "created", while its start is still being answered.
   */
  async #confirmExit(id: string): Promise<void> {
    const { cri, clock, signal, onPodChange } = this.#options
    for (let waitMs = 2; waitMs < 2000 && !signal.aborted; waitMs *= 2) {
      try {
        const { state, labels } = await cri.runtime.containerStatus(id)
        const uid = labels[podUidLabel]
        if (state === 'CONTAINER_EXITED' && uid) return onPodChange(uid)
      } catch {
        // A sandbox, or gone already: the list tells.
        break
      }
      await sleep(clock, waitMs, signal)
    }
    this.#relistSoon()
  }

  #relistSoon(): void {
    this.#wake.abort()
  }

  async #relistLoop(): Promise<void> {
    const { clock, log, signal } = this.#options
    while (!signal.aborted) {
      this.#wake = new AbortController()
      await this.relist().catch((error) => log.debug('relist failed', { error }))
      await sleep(clock, this.#streaming ? idleRelistMs : fallbackRelistMs, AbortSignal.any([signal, this.#wake.signal]))
      // Many events at once make one relist.
      const waitMs = 100 - (clock.now() - this.#relistAt)
      if (waitMs > 0) await sleep(clock, waitMs, signal)
    }
  }

  async relist(): Promise<void> {
    const { cri, clock, onPodChange, onRelist, metrics } = this.#options
    const began = clock.now()
    if (this.#relistAt > 0) metrics?.relistInterval.observe((began - this.#relistAt) / 1000)
    this.#relistAt = began
    const [sandboxes, containers] = await Promise.all([cri.runtime.listPodSandboxes(), cri.runtime.listContainers()])
    this.#healthyAt = clock.now()
    metrics?.relist.observe((this.#healthyAt - began) / 1000)
    metrics?.plegSeen.set(this.#healthyAt / 1000)
    const states = new Map<string, string>()
    for (const { id, labels, state } of [...sandboxes, ...containers]) {
      const uid = labels[podUidLabel]
      if (!uid) continue
      states.set(uid, `${states.get(uid) ?? ''}${id}=${state} `)
    }
    const previous = this.#states
    this.#states = states
    onRelist(new Set(states.keys()))
    for (const uid of new Set([...previous.keys(), ...states.keys()])) if (previous.get(uid) !== states.get(uid)) onPodChange(uid)
  }
}
