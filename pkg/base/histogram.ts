/** Counts observations by size, as Prometheus' histograms do. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  /** `bounds`: upper ones, ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  observe(value: number): void {
    this.#sum += value
    this.#count++
    for (let at = this.#bounds.length - 1; at >= 0 && value <= this.#bounds[at]!; at--) this.#counts[at]!++
  }

  get count(): number {
    return this.#count
  }

  /** Lines of the text format; `labels` such as `name="deployment"`, or none. */
  lines(name: string, labels: string): string[] {
    const before = labels && `${labels},`
    const whole = labels && `{${labels}}`
    return [
      ...this.#bounds.map((bound, at) => `${name}_bucket{${before}le="${bound}"} ${this.#counts[at]}`),
      `${name}_bucket{${before}le="+Inf"} ${this.#count}`,
      `${name}_sum${whole} ${this.#sum}`,
      `${name}_count${whole} ${this.#count}`,
    ]
  }
}
