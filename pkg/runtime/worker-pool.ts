/** A controller's queue and the bounded number of workers that empty it. */
import { isConflict } from '#apimachinery/status-error.ts'
import { WorkQueue } from '#client/workqueue.ts'
import type { Controller, ControllerContext } from './types.ts'

export interface ControllerMetrics {
  readonly name: string
  readonly reconciles: number
  readonly errors: number
  readonly active: number
  readonly seconds: number
  readonly depth: number
  readonly adds: number
  readonly retries: number
}

export class WorkerPool {
  readonly controller: Controller
  readonly #context: ControllerContext
  readonly #queue: WorkQueue
  #reconciles = 0
  #errors = 0
  #active = 0
  #busyMs = 0

  constructor(controller: Controller, makeContext: (queue: WorkQueue) => ControllerContext, clock: ControllerContext['clock']) {
    this.controller = controller
    this.#queue = new WorkQueue({ clock })
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
    await this.controller.start?.(this.#context)
    const { workers = 5 } = this.controller
    await Promise.all(Array.from({ length: workers }, () => this.#work()))
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
    this.#reconciles++
    try {
      const result = await this.controller.reconcile(key, this.#context)
      this.#queue.forget(key)
      if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(key, result.requeueAfterMs)
    } catch (error) {
      this.#errors++
      const say = isConflict(error) ? log.debug : log.warn
      if (!this.#context.signal.aborted) say('reconcile failed; will be tried again', { key, error })
      this.#queue.addRateLimited(key)
    } finally {
      this.#active--
      this.#busyMs += clock.now() - startedAt
      this.#queue.done(key)
    }
  }

  get metrics(): ControllerMetrics {
    const { depth, adds, retries } = this.#queue.metrics
    return {
      name: this.controller.name,
      reconciles: this.#reconciles,
      errors: this.#errors,
      active: this.#active,
      seconds: this.#busyMs / 1000,
      depth,
      adds,
      retries,
    }
  }
}
