/** Answers that hold for a time, and no more of them than there is room for; the oldest goes first. */
import type { Clock } from '#base/clock.ts'

export class ExpiringCache<T> {
  readonly #clock: Clock
  readonly #capacity: number
  readonly #kept = new Map<string, { readonly value: T; readonly untilMs: number }>()

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock
    this.#capacity = capacity
  }

  get(key: string): T | undefined {
    const found = this.#kept.get(key)
    if (!found) return undefined
    if (found.untilMs > this.#clock.now()) return found.value
    this.#kept.delete(key)
    return undefined
  }

  set(key: string, value: T, forMs: number): void {
    if (forMs <= 0) return
    if (this.#kept.size >= this.#capacity) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(key, { value, untilMs: this.#clock.now() + forMs })
  }
}
