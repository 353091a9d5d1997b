/** What goes wrong while reading an object, in the words of Go's encoding/json and sigs.k8s.io/json. */

import { NumberText } from '../number-text.ts'

/** The document is not one of this type: the API server answers 400 with this message. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  /** Where a value has the wrong type: what it is, and the Go type it should be. */
  readonly mismatch: { readonly value: unknown; readonly type: string } | undefined

  constructor(message: string, options: ErrorOptions & { readonly mismatch?: { readonly value: unknown; readonly type: string } } = {}) {
    super(message, options)
    this.mismatch = options.mismatch
  }
}

/** The text is no document at all, of whatever type. */
export class TextError extends DecodeError {}

/** It is of the type, but nothing that upstream could convert to its internal one. */
export class UnconvertibleError extends DecodeError {}

/** Unknown or duplicate fields under fieldValidation=Strict. */
export class StrictDecodingError extends Error {
  override readonly name = 'StrictDecodingError'
  readonly errors: readonly string[]

  constructor(errors: readonly string[]) {
    super(`strict decoding error: ${errors.join(', ')}`)
    this.errors = errors
  }
}

/** sigs.k8s.io/json stops collecting here. */
export const MAX_STRICT_ERRORS = 100
/** Deeper documents are refused: they would overflow the stacks of what walks them. */
export const MAX_DEPTH = 1000

/** What Go calls a JSON value in its type errors. */
export function jsonKind(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (value instanceof NumberText) return 'number'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
    case 'bigint':
      return 'number'
    default:
      return 'object'
  }
}
