/** Exponential waits with jitter, as client-go's reflector: from 800 ms to 30 s, afresh after two quiet minutes. */
import type { Clock } from '#base/clock.ts'

export interface BackoffOptions {
  readonly clock: Clock
  readonly initialMs?: number
  readonly maxMs?: number
  readonly factor?: number
  /** A wait is lengthened by up to this share of itself. */
  readonly jitter?: number
  readonly resetAfterMs?: number
  readonly random?: () => number
}

export class Backoff {
  readonly #options: Required<BackoffOptions>
  #nextMs: number
  #lastAt = Number.NEGATIVE_INFINITY

  constructor({ clock, initialMs = 800, maxMs = 30_000, factor = 2, jitter = 1, resetAfterMs = 120_000, random = Math.random }: BackoffOptions) {
    this.#options = { clock, initialMs, maxMs, factor, jitter, resetAfterMs, random }
    this.#nextMs = initialMs
  }

  reset(): void {
    this.#nextMs = this.#options.initialMs
  }

  /** How long to wait now. */
  next(): number {
    const { clock, initialMs, maxMs, factor, jitter, resetAfterMs, random } = this.#options
    const now = clock.now()
    if (now - this.#lastAt > resetAfterMs) this.#nextMs = initialMs
    this.#lastAt = now
    const waitMs = this.#nextMs
    this.#nextMs = Math.min(maxMs, waitMs * factor)
    return waitMs * (1 + random() * jitter)
  }
}
