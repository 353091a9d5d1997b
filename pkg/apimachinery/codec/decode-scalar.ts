/** Decoders of leaf types: from a JSON value (never null) to the form kept in memory. */
import { canonicalQuantity } from '../quantity.ts'
import { InvalidQuantityError } from '../quantity-text.ts'
import { formatGoDuration, InvalidDurationError, parseGoDuration } from '../go-duration.ts'
import type { ScalarSchema } from '../schema/types.ts'
import { canonicalBase64 } from './base64.ts'
import type { DecodeState } from './decode-state.ts'
import { DecodeError } from './errors.ts'
import { canonicalMicroTime, canonicalTime } from './time.ts'

export type Decoder = (value: unknown, state: DecodeState) => unknown

const INT32_MAX = 2 ** 31 - 1
const INT32_MIN = -(2 ** 31)
const INT64_BOUND = 2 ** 63

function text(value: unknown, state: DecodeState): string {
  return typeof value === 'string' ? value : state.mismatch(value, 'string')
}

function rephrased<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof InvalidQuantityError || error instanceof InvalidDurationError) throw new DecodeError(error.message, { cause: error })
    throw error
  }
}

function quantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  }
  return rephrased(() => canonicalQuantity(typeof value === 'bigint' ? String(value) : value))
}

function intOrString(value: unknown, state: DecodeState): number | string {
  return typeof value === 'string' ? value : (int32(value, state) as number)
}

function integer(min: number, max: number, type: string): Decoder {
  return (value, state) => {
    if (typeof value === 'bigint') return value < min || value > max ? state.mismatch(value, type, true) : Number(value)
    if (typeof value !== 'number') return state.mismatch(value, type)
    if (!Number.isInteger(value) || value < min || value > max) return state.mismatch(value, type, true)
    return value === 0 ? 0 : value
  }
}

const int32 = integer(INT32_MIN, INT32_MAX, 'int32')

function strings(type: string): Decoder {
  return (value, state) => {
    if (!Array.isArray(value)) return state.mismatch(value, type)
    return value.map((each) => (typeof each === 'string' ? each : each === null ? '' : state.mismatch(each, 'string')))
  }
}

/** `type`: Go's name of it. */
export function scalarDecoder(schema: ScalarSchema, type: string): Decoder {
  switch (schema.kind) {
    case 'string':
      return (value, state) => (typeof value === 'string' ? value : state.mismatch(value, type))
    case 'boolean':
      return (value, state) => (typeof value === 'boolean' ? value : state.mismatch(value, type))
    case 'int32':
      return integer(INT32_MIN, INT32_MAX, type)
    case 'int64':
      return integer(-INT64_BOUND, INT64_BOUND, type)
    case 'float64':
      return (value, state) => (typeof value === 'number' || typeof value === 'bigint' ? Number(value) : state.mismatch(value, type))
    case 'bytes':
      return (value, state) => canonicalBase64(typeof value === 'string' ? value : state.mismatch(value, type))
    case 'quantity':
      return quantity
    case 'time':
      return (value, state) => canonicalTime(text(value, state)) ?? null
    case 'microTime':
      return (value, state) => canonicalMicroTime(text(value, state)) ?? null
    case 'duration':
      return (value, state) => rephrased(() => formatGoDuration(parseGoDuration(text(value, state))))
    case 'intOrString':
      return intOrString
    case 'stringListMessage':
      return strings(type)
    case 'fieldsV1':
    // Kept whole: what is inside is somebody else's to understand.
    case 'rawExtension':
    case 'json':
      return (value) => value
    default:
      throw new Error(`${schema.kind} is decoded with JSONSchemaProps`)
  }
}
