/**
 * Validation errors with the path of their field.
 * Types, reasons and message forms are those of k8s.io/apimachinery/pkg/util/validation/field.
 */
import type { StatusCause } from './gen/meta-v1.ts'
import { writeJson } from './codec/exact-json.ts'
import { isNilList } from './nil-list.ts'

/** A field's path: `spec.containers[0].image`, `metadata.labels[app]`. Immutable; written out only for an error, which most validations never have. */
export class FieldPath {
  readonly #parent: FieldPath | undefined
  /** A field's name, or what stands in brackets. */
  readonly #step: string | number
  readonly #isField: boolean

  constructor(step: string | number = '', isField = true, parent?: FieldPath) {
    this.#step = step
    this.#isField = isField
    this.#parent = parent
  }

  child(name: string, ...more: string[]): FieldPath {
    const direct = new FieldPath(name, true, this)
    return more.length === 0 ? direct : more.reduce((above, each) => new FieldPath(each, true, above), direct)
  }

  index(position: number): FieldPath {
    return new FieldPath(position, false, this)
  }

  key(name: string): FieldPath {
    return new FieldPath(name, false, this)
  }

  toString(): string {
    const before = this.#parent === undefined ? '' : this.#parent.toString()
    if (!this.#isField) return `${before}[${this.#step}]`
    return before === '' ? String(this.#step) : `${before}.${this.#step}`
  }
}

/** The root path, or a path of the given names. */
export function path(...names: string[]): FieldPath {
  return new FieldPath(names.join('.'))
}

export interface FieldError {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'InternalError'
  readonly field: string
  /** The message without the field: "Invalid value: 70000: must be between 1 and 65535, inclusive". */
  readonly message: string
}

function make(reason: FieldError['reason'], at: FieldPath, label: string, value: string | undefined, detail: string): FieldError {
  const head = value === undefined ? label : `${label}: ${value}`
  return { reason, field: at.toString(), message: detail === '' ? head : `${head}: ${detail}` }
}

/** A value as Go's validation prints it: strings quoted, objects as JSON. */
export function formatValue(value: unknown): string {
  if (value === undefined || value === null || isNilList(value)) return 'null'
  return typeof value === 'string' ? goQuoted(value) : goJson(value)
}

/** As Go's encoder writes it, safe inside of HTML. */
function goJson(value: unknown): string {
  return writeJson(value).replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}

/** As Go's %q has a string: control characters by their own names, or as bytes. */
function goQuoted(text: string): string {
  return JSON.stringify(text)
    .replaceAll('\\u0007', '\\a')
    .replaceAll('\\u000b', '\\v')
    .replaceAll(/\\u00(?=[01][0-9a-f])/g, '\\x')
    .replaceAll('\u007f', '\\x7f')
}

export const required = (at: FieldPath, detail = ''): FieldError => make('FieldValueRequired', at, 'Required value', undefined, detail)
export const invalidValue = (at: FieldPath, value: unknown, detail: string): FieldError =>
  make('FieldValueInvalid', at, 'Invalid value', formatValue(value), detail)
/** As `invalidValue`, for wholes whose value would say nothing: upstream's OmitValueType. */
export const invalidOmitted = (at: FieldPath, detail: string): FieldError => make('FieldValueInvalid', at, 'Invalid value', undefined, detail)
export const typeInvalid = (at: FieldPath, value: unknown, detail: string): FieldError =>
  make('FieldValueTypeInvalid', at, 'Invalid value', formatValue(value), detail)
export const forbiddenField = (at: FieldPath, detail: string): FieldError => make('FieldValueForbidden', at, 'Forbidden', undefined, detail)
export const duplicate = (at: FieldPath, value: unknown): FieldError => make('FieldValueDuplicate', at, 'Duplicate value', formatValue(value), '')
export const notFoundField = (at: FieldPath, value: unknown): FieldError => make('FieldValueNotFound', at, 'Not found', formatValue(value), '')
export const internalFieldError = (at: FieldPath, detail: string): FieldError => make('InternalError', at, 'Internal error', undefined, detail)
/** `Unsupported value: "x": supported values: "a", "b"`, the values in the order given (upstream sorts only where it has a set). */
export const notSupported = (at: FieldPath, value: unknown, supported: readonly string[]): FieldError =>
  make(
    'FieldValueNotSupported',
    at,
    'Unsupported value',
    formatValue(value),
    supported.length === 0 ? '' : `supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
  )
export const tooLong = (at: FieldPath, maxLength: number): FieldError =>
  make('FieldValueTooLong', at, 'Too long', undefined, `may not be more than ${maxLength} bytes`)
export const tooMany = (at: FieldPath, actual: number, max: number): FieldError =>
  make('FieldValueTooMany', at, 'Too many', String(actual), `must have at most ${max} item${max === 1 ? '' : 's'}`)

export function toCauses(errors: readonly FieldError[]): StatusCause[] {
  return errors.map(({ reason, field, message }) => ({ reason, message, field }))
}

/** As Go prints errors that were found together: each once, and in brackets where there are several. */
export function aggregateText(texts: readonly string[]): string {
  const unique = [...new Set(texts)]
  return unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`
}

export const fieldErrorText = ({ field, message }: FieldError): string => (field === '' ? message : `${field}: ${message}`)
