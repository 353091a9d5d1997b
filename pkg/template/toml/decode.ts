/** TOML into the values that templates see: integers are int64, dates are times. */
import { parse, TomlDate } from 'smol-toml'
import type { Value } from '../types.ts'
import { TimeObject } from '../time/time-object.ts'
import { dictionary, int64 } from '../values.ts'

function convert(value: unknown): Value {
  if (typeof value === 'bigint') return int64(value)
  if (value instanceof TomlDate) return new TimeObject({ nanoseconds: BigInt(value.getTime()) * 1_000_000n, zone: value.isLocal() ? 'Local' : 'UTC' })
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null) return value ?? null
  return dictionary(Object.entries(value).map(([key, each]) => [key, convert(each)] as const))
}

/** Throws when it is no TOML. */
export const decodeToml = (text: string): Value => convert(parse(text, { integersAsBigInt: true }))
