/** Requests a second of each client at each Ingress: a bucket that fills with time. */
import type { Clock } from '#base/clock.ts'

const limit = 65_536

export class RateLimit {
  readonly #clock: Clock
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  allows(key: string, perSecond: number, burst: number): boolean {
    const now = this.#clock.now()
    const capacity = burst + 1
    const bucket = this.#buckets.get(key) ?? { tokens: capacity, at: now }
    bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    // The longest unseen client is forgotten first.
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > limit) this.#buckets.delete(this.#buckets.keys().next().value!)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
}
