/** A controller's queue and the bounded number of workers that empty it. */
import { isConflict } from '#apimachinery/status-error.ts'
import { sleep } from '#base/clock.ts'
import { Histogram } from '#base/histogram.ts'
import { WorkQueue, type WorkQueueMetrics } from '#client/workqueue.ts'
import type { Controller, ControllerContext } from './types.ts'

export type ReconcileOutcome = 'success' | 'requeue_after' | 'error'

export interface ControllerMetrics {
  readonly name: string
  readonly reconciles: number
  readonly errors: number
  readonly outcomes: Readonly<Record<ReconcileOutcome, number>>
  readonly active: number
  readonly workers: number
  readonly duration: Histogram
  readonly queue: WorkQueueMetrics
}

/** controller-runtime's. */
const durationBounds = [0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const defaultWorkers = 5
const startRetryMs = 100
const startRetryLimitMs = 30_000

export class WorkerPool {
  readonly controller: Controller
  readonly #context: ControllerContext
  readonly #queue: WorkQueue
  readonly #outcomes: Record<ReconcileOutcome, number> = { success: 0, requeue_after: 0, error: 0 }
  readonly #duration = new Histogram(durationBounds)
  #active = 0

  constructor(controller: Controller, makeContext: (queue: WorkQueue) => ControllerContext, clock: ControllerContext['clock']) {
    this.controller = controller
    const { maxRetryMs } = controller
    this.#queue = new WorkQueue(maxRetryMs === undefined ? { clock } : { clock, maxDelayMs: maxRetryMs })
    this.#context = makeContext(this.#queue)
  }

  get context(): ControllerContext {
    return this.#context
  }

  enqueue(keys: readonly string[]): void {
    for (const key of keys) this.#queue.add(key)
  }

  /** Runs until the queue is closed and the work under way is done. */
  async run(): Promise<void> {
    await this.#start()
    const { workers = defaultWorkers } = this.controller
    await Promise.all(Array.from({ length: workers }, () => this.#work()))
  }

  /** A server that does not answer once must not cost us the controller. */
  async #start(): Promise<void> {
    const { clock, log, signal } = this.#context
    for (let waitMs = startRetryMs; !signal.aborted; waitMs = Math.min(waitMs * 2, startRetryLimitMs)) {
      try {
        await this.controller.start?.(this.#context)
        return
      } catch (error) {
        if (signal.aborted) return
        log.warn('a controller could not start; will be tried again', { controller: this.controller.name, error })
        await sleep(clock, waitMs, signal).catch(() => undefined)
      }
    }
  }

  close(): void {
    this.#queue.close()
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) await this.#reconcile(key)
  }

  async #reconcile(key: string): Promise<void> {
    const { clock, log } = this.#context
    const startedAt = clock.now()
    this.#active++
    try {
      const result = await this.controller.reconcile(key, this.#context)
      this.#queue.forget(key)
      this.#outcomes[result?.requeueAfterMs === undefined ? 'success' : 'requeue_after']++
      if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(key, result.requeueAfterMs)
    } catch (error) {
      this.#outcomes.error++
      const say = isConflict(error) ? log.debug : log.warn
      if (!this.#context.signal.aborted) say('reconcile failed; will be tried again', { key, error })
      this.#queue.addRateLimited(key)
    } finally {
      this.#active--
      this.#duration.observe((clock.now() - startedAt) / 1000)
      this.#queue.done(key)
    }
  }

  get metrics(): ControllerMetrics {
    return {
      name: this.controller.name,
      reconciles: this.#duration.count,
      errors: this.#outcomes.error,
      outcomes: this.#outcomes,
      active: this.#active,
      workers: this.controller.workers ?? defaultWorkers,
      duration: this.#duration,
      queue: this.#queue.metrics,
    }
  }
}
