/** How long the refused are asked to stay away: a second, and up to 32 while many are refused (upstream: DroppedRequestsTracker). */
const maxSeconds = 32

export class RetryAfter {
  #seconds = 1
  #current = { second: 0, count: 0 }
  #history: { second: number; count: number }[] = []
  #raised = 0

  get seconds(): number {
    return this.#seconds
  }

  record(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    if (this.#current.second === second) {
      this.#current.count++
      return
    }
    const kept = Math.min(maxSeconds, 2 * this.#seconds)
    this.#history = [...this.#history, this.#current].filter((each) => second - each.second <= kept)
    this.#current = { second, count: 1 }
    const dropped = this.#history.filter((each) => second - each.second <= this.#seconds).reduce((sum, { count }) => sum + count, 0)
    if (second - this.#raised >= this.#seconds && dropped >= 3 * this.#seconds) {
      this.#seconds = Math.min(maxSeconds, this.#seconds * 2)
      this.#raised = second
    } else if (dropped < this.#seconds && this.#seconds > 1) this.#seconds--
  }
}
