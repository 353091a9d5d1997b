/** Where a decoder is in the document, for the paths of its errors. */
import { NumberText } from '../number-text.ts'
import { DecodeError, MAX_DEPTH, MAX_STRICT_ERRORS, jsonKind } from './errors.ts'

/** A step down: a field's name, a list's index, or a map's key. */
export type Step = string | number | { readonly key: string } | Inlined

/** A field of an inlined struct: Go's type errors name the struct on the way, all else does not. */
export interface Inlined {
  readonly within: readonly string[]
  readonly field: string
}

export class DecodeState {
  /** Messages of what strict decoding refuses. */
  readonly strict: string[] = []
  readonly steps: Step[] = []
  /** As Go's converter from maps takes integers, which reads no text: what is beyond the type is cut off. */
  readonly converts: boolean
  /** The Go struct whose field is being read; Go's type errors name it. */
  struct = ''

  constructor(converts = false) {
    this.converts = converts
  }

  unknownField(name: string): void {
    if (this.strict.length < MAX_STRICT_ERRORS) this.strict.push(`unknown field ${JSON.stringify(pathText([...this.steps, name]))}`)
  }

  noteAll(messages: readonly string[]): void {
    this.strict.push(...messages.slice(0, Math.max(0, MAX_STRICT_ERRORS - this.strict.length)))
  }

  /** Go: "json: cannot unmarshal string into Go struct field PodSpec.spec.replicas of type int32". */
  mismatch(value: unknown, type: string, literal = false): never {
    const what = literal ? `number ${value instanceof NumberText ? value.source : String(value)}` : jsonKind(value)
    const names = this.steps.flatMap((step) =>
      typeof step === 'string' ? [step] : typeof step === 'object' && 'within' in step ? [...step.within, step.field] : [],
    )
    const into = names.length === 0 ? 'Go value' : `Go struct field ${this.struct}.${names.join('.')}`
    throw new DecodeError(`json: cannot unmarshal ${what} into ${into} of type ${type}`, { mismatch: { value, type } })
  }

  enter(step: Step): void {
    if (this.steps.length >= MAX_DEPTH) throw new DecodeError('exceeded max depth')
    this.steps.push(step)
  }

  leave(): void {
    this.steps.pop()
  }
}

export function pathText(steps: readonly Step[]): string {
  let text = ''
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`
    else {
      const name = typeof step === 'string' ? step : 'within' in step ? step.field : step.key
      text += text === '' ? name : `.${name}`
    }
  }
  return text
}
