/** From what a client sent to the object kept in memory. */
import type { StructSchema } from '../schema/types.ts'
import { DecodeState } from './decode-state.ts'
import { structDecoder } from './decode-struct.ts'
import { MAX_STRICT_ERRORS, StrictDecodingError } from './errors.ts'
import { type ParsedText, parseJson } from './json-text.ts'
import { parseYaml } from './yaml-text.ts'
import { readAsWritten, readJson } from './exact-json.ts'
import { omitEmpty } from './omit-empty.ts'

export interface DecodeOptions {
  /** Of a value that was merged, not read: see `DecodeState.converts`. */
  readonly converts?: boolean
  /** Throw StrictDecodingError for unknown and duplicate fields, instead of returning them. */
  readonly strict?: boolean
  /** How text is read; default: JSON. */
  readonly format?: 'json' | 'yaml'
}

export interface Decoded<T> {
  readonly object: T
  /** `unknown field "spec.foo"`, `duplicate field "spec.bar"`: warnings under fieldValidation=Warn. */
  readonly strictErrors: readonly string[]
}

/**
 * Reads text, bytes, or a value already parsed, as one type. Throws DecodeError when it is not of that type.
 * Lists and maps that were given empty are there, as in Go's memory; `normalize` has none of those that are not written.
 * The result shares nothing mutable with the input, except what the schema keeps whole (raw extensions, JSON).
 */
export function decodeObject<T>(schema: StructSchema, input: unknown, options: DecodeOptions = {}): Decoded<T> {
  const { value, duplicates } = parse(input, options.format ?? 'json')
  const state = new DecodeState(options.converts)
  const object = structDecoder(schema)(value, state) as T
  const strictErrors = duplicates.length === 0 ? state.strict : [...duplicates, ...state.strict].slice(0, MAX_STRICT_ERRORS)
  if (options.strict && strictErrors.length > 0) throw new StrictDecodingError(strictErrors)
  return { object, strictErrors }
}

/** Text or bytes to a plain value, as its API version and kind are read before its type is known. `read`: of JSON. */
export function parse(input: unknown, format: 'json' | 'yaml', read = readJson): ParsedText {
  const text =
    typeof input === 'string' ? input : input instanceof Uint8Array ? Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString() : undefined
  if (text === undefined) return { value: input, duplicates: [] }
  return format === 'yaml' ? parseYaml(text, { exact: true, asWritten: read === readAsWritten }) : parseJson(text, read)
}

/** An object as it is written: in the schema's order, with nothing unknown, nothing empty that is left out, and every zero in its place. */
export function normalize<T>(schema: StructSchema, value: unknown): T {
  return omitEmpty(schema, decodeObject<T>(schema, value).object)
}
