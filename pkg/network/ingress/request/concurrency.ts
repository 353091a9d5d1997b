/** How many requests each client has under way at each Ingress (nginx's limit_conn). */
export class Concurrency {
  readonly #counts = new Map<string, number>()

  /** Nothing when there are that many already; otherwise what to call at the end. */
  enter(key: string, limit: number): (() => void) | undefined {
    const count = this.#counts.get(key) ?? 0
    if (count >= limit) return undefined
    this.#counts.set(key, count + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const now = (this.#counts.get(key) ?? 1) - 1
      if (now > 0) this.#counts.set(key, now)
      else this.#counts.delete(key)
    }
  }
}
