import type { Clock, Timer } from './clock.ts'

/** A clock that moves only when told to, by whole milliseconds as the real one. `advance` runs due timers in order of their time, then of their making. */
export class FakeClock implements Clock {
  #now: number
  #sequence = 0
  #timers: { at: number; sequence: number; callback: () => void }[] = []

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, Math.ceil(delayMs)), sequence: this.#sequence++, callback }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((each) => each !== timer)
      },
    }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.length
  }

  /** The delay until the next timer, or undefined when none waits. */
  get nextDelayMs(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.max(0, Math.min(...this.#timers.map((each) => each.at)) - this.#now)
  }

  /** Moves time forward, letting promises settle between timers. */
  async advance(durationMs: number): Promise<void> {
    const target = this.#now + durationMs
    await settle()
    for (;;) {
      const due = this.#timers.filter((each) => each.at <= target).sort((a, b) => a.at - b.at || a.sequence - b.sequence)[0]
      if (!due) break
      this.#timers = this.#timers.filter((each) => each !== due)
      this.#now = Math.max(this.#now, due.at)
      due.callback()
      await settle()
    }
    this.#now = target
    await settle()
  }
}

/** Lets every promise that can make progress without time make it. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
