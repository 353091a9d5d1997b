/** Annotations of one Ingress, read word by word; what cannot be read is an error with its name. */
export const annotationPrefix = 'nginx.ingress.kubernetes.io/'

/** An Ingress with an annotation that cannot be read gets none of its routes: half of what was meant may be open to the world. */
export class AnnotationError extends Error {}

/**
 * What becomes of an Ingress with a value that cannot be read, as ingress-nginx has it: "ignored" annotations are as if they were not there, "denied"
 * ones close its paths (503), all others take it out.
 */
export type Consequence = 'ignored' | 'denied'

export class Annotations {
  /** What was wrong and is ignored. */
  readonly faults: string[] = []
  /** Why nobody comes in. */
  denied: string | undefined
  readonly #values: Readonly<Record<string, string>>
  readonly #consequences: ReadonlyMap<string, Consequence>

  constructor(values: Readonly<Record<string, string>> = {}, consequences: ReadonlyMap<string, Consequence> = new Map()) {
    this.#values = values
    this.#consequences = consequences
  }

  /** Throws where the whole Ingress has to go; else it is as if the annotation was not there. */
  fault(name: string, reason = ''): undefined {
    const consequence = this.#consequences.get(name)
    const error = new AnnotationError(`${this.bad(name).message}${reason}`)
    if (consequence === undefined) throw error
    if (consequence === 'denied') this.denied ??= error.message
    else this.ignore(name, reason)
    return undefined
  }

  /** It is as if the annotation was not there. */
  ignore(name: string, reason = ''): undefined {
    const { message } = this.bad(name)
    if (!this.faults.includes(message + reason)) this.faults.push(message + reason)
    return undefined
  }

  text(name: string): string | undefined {
    const value = this.#values[annotationPrefix + name]?.trim()
    if (value === undefined || value === '') return undefined
    // Most come to stand in a header, where a line's end would begin another one.
    if (/[\x00-\x1f\x7f]/.test(value)) return this.fault(name)
    return value
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = allowed.find((each) => each.toLowerCase() === value.toLowerCase())
    return found ?? this.fault(name)
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
    if (!/^(true|false|1|0|t|f)$/i.test(value)) return this.fault(name) ?? otherwise
    return /^(true|1|t)$/i.test(value)
  }

  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    return /^-?\d{1,9}$/.test(value) ? Number(value) : this.fault(name)
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
      return this.fault(name, error instanceof SyntaxError ? `: ${error.message}` : '')
    }
  }
}
