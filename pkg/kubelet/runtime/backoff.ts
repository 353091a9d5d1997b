/** A wait that doubles for each key and is forgotten after twice the longest wait: client-go's flowcontrol.Backoff. */
import type { Clock } from '#base/clock.ts'

interface Entry {
  waitMs: number
  updatedAt: number
}

export class KeyedBackoff {
  readonly #clock: Clock
  readonly #initialMs: number
  readonly #maxMs: number
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock, initialMs = 10_000, maxMs = 300_000) {
    this.#clock = clock
    this.#initialMs = Math.min(initialMs, maxMs)
    this.#maxMs = maxMs
  }

  /** What is left of the wait that began at `sinceMs`; 0 when it is over. */
  remaining(key: string, sinceMs: number): number {
    const entry = this.#entries.get(key)
    if (!entry || this.#expired(entry, sinceMs)) return 0
    return Math.max(0, entry.waitMs - (this.#clock.now() - sinceMs))
  }

  /** What is left of the wait since the last `next`. */
  remainingSinceUpdate(key: string): number {
    const entry = this.#entries.get(key)
    return entry && !this.#expired(entry, this.#clock.now()) ? Math.max(0, entry.waitMs - (this.#clock.now() - entry.updatedAt)) : 0
  }

  waitOf(key: string): number {
    return this.#entries.get(key)?.waitMs ?? 0
  }

  /** Starts or doubles the wait. */
  next(key: string): void {
    const now = this.#clock.now()
    const entry = this.#entries.get(key)
    const waitMs = !entry || this.#expired(entry, now) ? this.#initialMs : Math.min(this.#maxMs, entry.waitMs * 2)
    this.#entries.set(key, { waitMs, updatedAt: now })
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key)
  }

  #expired(entry: Entry, at: number): boolean {
    return at - entry.updatedAt > 2 * this.#maxMs
  }
}
