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
    // Most are small: counted in the first bucket that holds them, and added up when they are told.
    const at = this.#bounds.findIndex((bound) => value <= bound)
    if (at >= 0) this.#counts[at]!++
  }

  get count(): number {
    return this.#count
  }

  /** Lines of the text format; `labels` such as `name="deployment"`, or none. */
  lines(name: string, labels: string): string[] {
    const before = labels && `${labels},`
    const whole = labels && `{${labels}}`
    let upTo = 0
    return [
      ...this.#bounds.map((bound, at) => {
        upTo += this.#counts[at]!
        return `${name}_bucket{${before}le="${goNumber(bound)}"} ${upTo}`
      }),
      `${name}_bucket{${before}le="+Inf"} ${this.#count}`,
      `${name}_sum${whole} ${this.#sum}`,
      `${name}_count${whole} ${this.#count}`,
    ]
  }
}

/** As Go's client writes it: from a million on with an exponent of two digits. */
const goNumber = (bound: number): string => (bound >= 1e6 ? bound.toExponential().replace(/e\+(\d)$/, 'e+0$1') : String(bound))
