/** Decoders of leaf types: from a JSON value (never null) to the form kept in memory. */
import { canonicalQuantity } from '../quantity.ts'
import { InvalidQuantityError } from '../quantity-text.ts'
import { formatGoDuration, InvalidDurationError, parseGoDuration } from '../go-duration.ts'
import type { ScalarSchema } from '../schema/types.ts'
import { canonicalBase64 } from './base64.ts'
import type { DecodeState } from './decode-state.ts'
import { DecodeError, jsonKind } from './errors.ts'
import { exactInteger } from './exact-json.ts'
import { NumberText, plainNumbers } from '../number-text.ts'
import { canonicalMicroTime, canonicalTime } from './time.ts'

export type Decoder = (value: unknown, state: DecodeState) => unknown

const INT32_MAX = 2 ** 31 - 1
const INT32_MIN = -(2 ** 31)
const INT64_BOUND = 2 ** 63
/** What the processor makes of a float that no int64 holds. */
const INT64_OF_BEYOND = -(2n ** 63n)

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

function quantity(given: unknown): string {
  const value = given instanceof NumberText ? given.source : given
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  }
  return rephrased(() => canonicalQuantity(typeof value === 'bigint' ? String(value) : value))
}

function intOrString(value: unknown, state: DecodeState): number | string {
  if (typeof value === 'string') return value
  // It reads itself, from text, whatever it is in.
  const isInt32 = typeof value === 'number' && Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX
  if (state.converts && !isInt32) {
    const what = jsonKind(value)
    throw new DecodeError(`json: cannot unmarshal ${what === 'number' ? `number ${String(value)}` : what} into Go value of type int32`)
  }
  return int32(value, state) as number
}

function integer(bits: 32 | 64, type: string): Decoder {
  const [min, max] = bits === 32 ? [INT32_MIN, INT32_MAX] : [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  return (value, state) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value === 0 ? 0 : value
    if (value instanceof NumberText) return state.mismatch(value, type, true)
    if (typeof value !== 'bigint' && typeof value !== 'number') return state.mismatch(value, type)
    if (typeof value === 'number' && !Number.isInteger(value)) return state.mismatch(value, type, true)
    // An int64 that no number holds is a bigint; what is no int64 is a number.
    if (state.converts)
      return exactInteger(BigInt.asIntN(bits, typeof value === 'bigint' ? value : Math.abs(value) < INT64_BOUND ? BigInt(value) : INT64_OF_BEYOND))
    return bits === 64 && typeof value === 'bigint' ? value : state.mismatch(value, type, true)
  }
}

const int32 = integer(32, 'int32')

function strings(type: string): Decoder {
  return (value, state) => {
    if (!Array.isArray(value)) return state.mismatch(value, type)
    return value.map((each) => (typeof each === 'string' ? each : each === null ? '' : state.mismatch(each, 'string')))
  }
}

/** Undefined for what is no number, or one that no float64 holds. */
function float(value: unknown): number | undefined {
  const number = value instanceof NumberText ? value.value : typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** `type`: Go's name of it. */
export function scalarDecoder(schema: ScalarSchema, type: string): Decoder {
  switch (schema.kind) {
    case 'string':
      return (value, state) => (typeof value === 'string' ? value : state.mismatch(value, type))
    case 'boolean':
      return (value, state) => (typeof value === 'boolean' ? value : state.mismatch(value, type))
    case 'int32':
      return integer(32, type)
    case 'int64':
      return integer(64, type)
    case 'float64':
      return (value, state) => float(value) ?? state.mismatch(value, type, value instanceof NumberText)
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
      return (value) => value
    // Kept whole: what is inside is somebody else's to understand.
    case 'rawExtension':
    case 'json':
      return plainNumbers
    default:
      throw new Error(`${schema.kind} is decoded with JSONSchemaProps`)
  }
}
