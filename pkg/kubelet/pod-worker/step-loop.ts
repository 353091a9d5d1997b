/** One step at a time: whoever wakes it while it is at work gets another step afterwards, and one that failed is taken again. */
import type { Clock, Timer } from '#base/clock.ts'

export interface StepLoopOptions {
  readonly clock: Clock
  /** Answers after how many milliseconds it wants to be asked again though nobody wakes it; undefined: never. */
  readonly step: () => Promise<number | undefined>
  readonly onError: (error: unknown) => void
}

const minRetryMs = 1000
const maxRetryMs = 60_000

export class StepLoop {
  readonly #options: StepLoopOptions
  #asked = false
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #timerAt = 0
  #failures = 0
  #closed = false

  constructor(options: StepLoopOptions) {
    this.#options = options
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** For tests: when it will look again by itself. */
  get nextAt(): number {
    return this.#timerAt
  }

  wake(): void {
    if (this.#closed) return
    if (this.#running) {
      this.#asked = true
      return
    }
    this.#timer?.cancel()
    this.#timer = undefined
    this.#asked = false
    // In a turn of its own: what the step's first moments cause must find it running, or a second one would begin beside it.
    this.#running = Promise.resolve()
      .then(() => this.#run())
      .finally(() => {
        this.#running = undefined
        if (this.#asked) this.wake()
      })
  }

  /** Resolves when the step that is under way has ended; no other begins. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      const againInMs = await this.#options.step()
      this.#failures = 0
      if (againInMs !== undefined) this.#later(againInMs)
    } catch (error) {
      this.#options.onError(error)
      this.#later(Math.min(maxRetryMs, minRetryMs * 2 ** this.#failures++))
    }
  }

  #later(ms: number): void {
    if (this.#closed || this.#asked) return
    const { clock } = this.#options
    this.#timerAt = clock.now() + ms
    this.#timer = clock.after(ms, () => this.wake())
  }
}
