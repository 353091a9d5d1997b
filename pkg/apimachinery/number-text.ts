/**
 * A number of a JSON text that is no int64 as Go's reader of integers takes it: with a fraction, with an exponent, or beyond. By its value alone
 * 1.0 is an integer; upstream refuses it, and shows it as it was written. Without keys of its own, so that whoever counts an object's finds none.
 */
export class NumberText {
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  get source(): string {
    return this.#source
  }

  get value(): number {
    return Number(this.#source)
  }

  toJSON(): unknown {
    return rawJson(this.#source)
  }
}

const { rawJSON: rawJson } = JSON as typeof JSON & { rawJSON(text: string): unknown }

/** The same with plain numbers, for what no schema reads on. */
export function plainNumbers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof NumberText) return value.value
  if (Array.isArray(value)) return value.map(plainNumbers)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainNumbers(each)]))
}
