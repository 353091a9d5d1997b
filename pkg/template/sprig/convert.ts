/** Conversions that every family of functions needs: spf13/cast's numbers, sprig's strval, lists of any type. */
import { parseFloatText, parseInteger } from '../parse/numbers.ts'
import { printValue } from '../print/print.ts'
import { bytesToText } from '../print/quote.ts'
import { GoObject, type Value } from '../types.ts'
import { asBigInt, Integer, isFunction, kindOf } from '../values.ts'

export class NilDereferenceError extends Error {
  constructor() {
    super('runtime error: invalid memory address or nil pointer dereference')
  }
}

/** A string as it is, bytes as text, anything else as %v. */
export function strval(value: Value): string {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? bytesToText(value) : printValue(value)
}

const outOfRange = -(2n ** 63n)

/** Go's conversion of a float64 to int64 on amd64. */
export function truncate(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) return outOfRange
  return BigInt(Math.trunc(value))
}

/** cast.ToInt64: nothing fails, what is no number is zero. */
export function toInt64(value: Value): bigint {
  const integer = asBigInt(value)
  if (integer !== undefined) return BigInt.asIntN(64, integer)
  switch (typeof value) {
    case 'number':
      return truncate(value)
    case 'boolean':
      return value ? 1n : 0n
    case 'string': {
      const parsed = parseInteger(value.replace(/\.0*$/, ''))
      return parsed !== undefined && parsed === BigInt.asIntN(64, parsed) ? parsed : 0n
    }
  }
  return 0n
}

/** cast.ToFloat64. */
export function toFloat64(value: Value): number {
  const integer = asBigInt(value)
  if (integer !== undefined) return Number(integer)
  switch (typeof value) {
    case 'number':
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'string':
      return parseFloatText(value) ?? 0
  }
  return 0
}

/** The elements of a slice of any type; undefined for anything else. Throws for nil, as reflect does. */
export function elementsOf(value: Value): readonly Value[] | undefined {
  if (value === null || value === undefined) throw new NilDereferenceError()
  if (Array.isArray(value)) return value
  if (value instanceof Uint8Array) return [...value].map((byte) => new Integer('uint8', BigInt(byte)))
  if (value instanceof GoObject) {
    const underlying = value.underlying()
    if (Array.isArray(underlying)) return underlying
  }
  return undefined
}

export function listOf(value: Value, failure: (kind: string) => string): readonly Value[] {
  const elements = elementsOf(value)
  if (elements === undefined) throw new Error(failure(goKind(value)))
  return elements
}

/** reflect's name of the kind, which has no nil here. */
export const goKind = (value: Value): string => kindOf(value)

/** sprig's strslice. */
export function stringsOf(value: Value): string[] {
  if (value === null || value === undefined) return []
  const elements = elementsOf(value)
  if (elements === undefined) return [strval(value)]
  return elements.filter((each) => each !== null && each !== undefined).map(strval)
}

/** sprig's empty. */
export function isEmpty(value: Value): boolean {
  if (value === null || value === undefined) return true
  switch (typeof value) {
    case 'string':
      return value === ''
    case 'boolean':
      return !value
    case 'number':
      return value === 0
    case 'bigint':
      return value === 0n
  }
  const integer = asBigInt(value)
  if (integer !== undefined) return integer === 0n
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  if (value instanceof GoObject) {
    const underlying = value.underlying()
    return underlying === undefined ? false : isEmpty(underlying)
  }
  return !isFunction(value) && Object.keys(value).length === 0
}

/** int parameters arrive as bigint. */
export const toNumber = (value: bigint): number => Number(value)
