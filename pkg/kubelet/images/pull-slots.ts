/**
 * How many images are pulled at once: one after the other (serializeImagePulls), so many (maxParallelImagePulls), or all; and how often
 * (registryPullQPS with registryBurst). Those that wait are served in their order.
 */
import type { CompleteConfiguration } from '../configuration/defaults.ts'

export type PullLimits = Pick<CompleteConfiguration, 'serializeImagePulls' | 'maxParallelImagePulls' | 'registryPullQPS' | 'registryBurst'>

/** More than a node has containers: a queue beyond it is a fault of ours. */
const maxWaiting = 10_000

export class PullSlots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor({ serializeImagePulls, maxParallelImagePulls }: PullLimits) {
    this.#free = serializeImagePulls ? 1 : (maxParallelImagePulls ?? Number.POSITIVE_INFINITY)
  }

  async run<T>(pull: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else {
      if (this.#waiting.length >= maxWaiting) throw new Error('too many image pulls are waiting')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    try {
      return await pull()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}

/** A bucket of tokens: `burst` at once, then `qps` a second; a qps of 0 sets no limit. */
export class PullRate {
  readonly #qps: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor({ registryPullQPS, registryBurst }: PullLimits, nowMs: number) {
    this.#qps = registryPullQPS
    this.#burst = registryBurst
    this.#tokens = registryBurst
    this.#at = nowMs
  }

  /** False when the registry must be left alone for now. */
  take(nowMs: number): boolean {
    if (this.#qps <= 0) return true
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#at) / 1000) * this.#qps)
    this.#at = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
