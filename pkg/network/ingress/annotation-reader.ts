/** Annotations of one Ingress, read word by word; what cannot be read is an error with its name. */
export const annotationPrefix = 'nginx.ingress.kubernetes.io/'

/** An Ingress with an annotation that cannot be read gets none of its routes: half of what was meant may be open to the world. */
export class AnnotationError extends Error {}

export class Annotations {
  readonly #values: Readonly<Record<string, string>>

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.#values = values
  }

  text(name: string): string | undefined {
    const value = this.#values[annotationPrefix + name]?.trim()
    if (value === undefined || value === '') return undefined
    // Most come to stand in a header, where a line's end would begin another one.
    if (/[\x00-\x1f\x7f]/.test(value)) throw this.bad(name)
    return value
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = allowed.find((each) => each.toLowerCase() === value.toLowerCase())
    if (found === undefined) throw this.bad(name)
    return found
  }

  /** The names of ours that are set. */
  names(): string[] {
    return Object.keys(this.#values)
      .filter((each) => each.startsWith(annotationPrefix))
      .map((each) => each.slice(annotationPrefix.length))
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.text(name)
    if (value === undefined) return otherwise
    if (!/^(true|false|1|0|t|f)$/i.test(value)) throw this.bad(name)
    return /^(true|1|t)$/i.test(value)
  }

  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^\d{1,9}$/.test(value)) throw this.bad(name)
    return Number(value)
  }

  bad(name: string): AnnotationError {
    return new AnnotationError(`annotation ${annotationPrefix}${name} has an invalid value ${JSON.stringify(this.#values[annotationPrefix + name])}`)
  }

  attempt<T>(name: string, read: (text: string) => T): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    try {
      return read(value)
    } catch (error) {
      throw error instanceof SyntaxError ? new AnnotationError(`${this.bad(name).message}: ${error.message}`) : this.bad(name)
    }
  }
}
