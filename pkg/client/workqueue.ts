/**
 * A queue of keys to work on (client-go's workqueue): a key waits once however often it is added, is never
 * worked on twice at a time, and comes back after its work if it was added meanwhile.
 */
import type { Clock, Timer } from '#base/clock.ts'
import { Histogram } from '#base/histogram.ts'

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly baseDelayMs?: number
  readonly maxDelayMs?: number
}

/** Counts since the start; a bounded set, whatever the keys. */
export interface WorkQueueMetrics {
  readonly depth: number
  readonly adds: number
  readonly retries: number
  readonly processing: number
  readonly waiting: number
  /** Seconds from being added to being taken, and from being taken to being done. */
  readonly queued: Histogram
  readonly worked: Histogram
  /** Of the work that goes on now: seconds in all, and of what has gone on for longest. */
  readonly unfinishedSeconds: number
  readonly longestSeconds: number
}

/** Upstream's: from ten nanoseconds by tens. */
const durationBounds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]

export class WorkQueue {
  readonly #clock: Clock
  readonly #baseDelayMs: number
  readonly #maxDelayMs: number
  /** By key, since when it waits. */
  readonly #queue = new Map<string, number>()
  /** By key, since when it is worked on. */
  readonly #processing = new Map<string, number>()
  readonly #queued = new Histogram(durationBounds)
  readonly #worked = new Histogram(durationBounds)
  /** Added again while being worked on. */
  readonly #again = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #waiting = new Map<string, { readonly at: number; readonly timer: Timer }>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  #closed = false
  #adds = 0
  #retries = 0

  constructor({ clock, baseDelayMs = 5, maxDelayMs = 1_000_000 }: WorkQueueOptions) {
    this.#clock = clock
    this.#baseDelayMs = baseDelayMs
    this.#maxDelayMs = maxDelayMs
  }

  add(key: string): void {
    if (this.#closed || this.#queue.has(key) || this.#again.has(key)) return
    this.#adds++
    if (this.#processing.has(key)) {
      this.#again.add(key)
      return
    }
    const taker = this.#takers.shift()
    if (taker) {
      this.#take(key, this.#clock.now())
      taker(key)
    } else this.#queue.set(key, this.#clock.now())
  }

  /** Adds later; of several times for one key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return
    if (delayMs <= 0) {
      this.add(key)
      return
    }
    const at = this.#clock.now() + delayMs
    const waiting = this.#waiting.get(key)
    if (waiting && waiting.at <= at) return
    waiting?.timer.cancel()
    const timer = this.#clock.after(delayMs, () => {
      this.#waiting.delete(key)
      this.add(key)
    })
    this.#waiting.set(key, { at, timer })
  }

  /** Adds after this key's back-off, which doubles with every call until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    this.#retries++
    this.addAfter(key, Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** failures))
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  retriesOf(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** The next key, now the caller's until `done`; undefined when the queue is closed. */
  take(): Promise<string | undefined> {
    const next = this.takeNow()
    if (next !== undefined) return Promise.resolve(next)
    if (this.#closed) return Promise.resolve(undefined)
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  takeNow(): string | undefined {
    for (const [key, since] of this.#queue) {
      this.#queue.delete(key)
      this.#take(key, since)
      return key
    }
    return undefined
  }

  #take(key: string, since: number): void {
    const now = this.#clock.now()
    this.#queued.observe((now - since) / 1000)
    this.#processing.set(key, now)
  }

  done(key: string): void {
    const since = this.#processing.get(key)
    if (since !== undefined) this.#worked.observe((this.#clock.now() - since) / 1000)
    this.#processing.delete(key)
    if (this.#again.delete(key)) {
      this.#adds--
      this.add(key)
    }
  }

  /** No more adds; takers are sent home. What waited is dropped: it will be found again by the next list. */
  close(): void {
    this.#closed = true
    for (const { timer } of this.#waiting.values()) timer.cancel()
    this.#waiting.clear()
    this.#queue.clear()
    this.#again.clear()
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }

  get metrics(): WorkQueueMetrics {
    const now = this.#clock.now()
    const running = [...this.#processing.values()].map((since) => (now - since) / 1000)
    return {
      depth: this.#queue.size,
      adds: this.#adds,
      retries: this.#retries,
      processing: this.#processing.size,
      waiting: this.#waiting.size,
      queued: this.#queued,
      worked: this.#worked,
      unfinishedSeconds: running.reduce((sum, each) => sum + each, 0),
      longestSeconds: Math.max(0, ...running),
    }
  }
}
