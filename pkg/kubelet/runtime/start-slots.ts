/**
 * How many new pods are at their start at the same time. The processor is what a crowd of pods waits for: one after another each is
 * Running earlier, none later, and its address and its containers are told together. A start that takes long, as by a pull or a slow
 * network plugin, lends its slot to the next, so that nobody waits for it.
 */
import { availableParallelism } from 'node:os'
import type { Clock } from '#base/clock.ts'

/** More than the processor can do at once: a start also waits for the disk, the kernel and the API, and must keep its share of a busy machine. */
const defaultSlots = Math.max(8, 4 * availableParallelism())
const lendAfterMs = 1000

export class StartSlots {
  readonly #clock: Clock
  #free: number
  /** In their order; bounded by the pods that a node has. */
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock, slots = defaultSlots) {
    this.#clock = clock
    this.#free = slots
  }

  /** Resolves with what gives the slot back (calling it again does nothing); when the signal aborts, at once and without a slot. */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted || !(await this.#turn(signal))) return () => {}
    let isHeld = true
    const giveBack = (): void => {
      if (!isHeld) return
      isHeld = false
      lent.cancel()
      this.#pass()
    }
    const lent = this.#clock.after(lendAfterMs, giveBack)
    return giveBack
  }

  /** Whether there was a turn before the signal aborted. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    if (this.#free > 0) {
      this.#free--
      return true
    }
    return new Promise((resolve) => {
      const leave = (hasTurn: boolean): void => {
        this.#waiting.delete(go)
        signal.removeEventListener('abort', giveUp)
        resolve(hasTurn)
      }
      const go = (): void => leave(true)
      const giveUp = (): void => leave(false)
      this.#waiting.add(go)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** To who has waited longest. */
  #pass(): void {
    const [first] = this.#waiting
    if (first) first()
    else this.#free++
  }
}
