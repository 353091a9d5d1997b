/** Values, numbers and names as golang.org/x/text prints them in English. */
import { sprintf } from '#template/print/print.ts'
import { quote as goQuote } from '#template/print/quote.ts'
import { asBigInt, deepEqual, isDictionary } from '#template/values.ts'

export const quote = (text: string): string => `'${goQuote(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
export const quotes = (list: readonly string[]): string => list.map(quote).join(', ')

export const numberOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value
  const integer = asBigInt(value)
  return integer === undefined ? undefined : Number(integer)
}

/** Thousands have commas; what has an exponent has one digit before the point. */
export const grouped = (number: number | string): string => String(number).replace(/^-?\d+/, (digits) => digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ','))

/** A floating point number: powers of ten are written out. */
export const printed = (number: number): string =>
  grouped(sprintf('%v', [number])).replace(
    /e([+-])(\d+)$/,
    (_, sign, digits) => `×10${sign === '-' ? '⁻' : ''}${[...digits].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`,
  )

export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value
  if (numberOf(value) !== undefined) return 'number'
  return Array.isArray(value) ? 'array' : 'object'
}

export function display(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value) || isDictionary(value)) return 'value'
  return value === null ? '<nil>' : sprintf('%v', [value])
}

/** As JSON has it: 1 is 1.0. */
export const same = (a: unknown, b: unknown): boolean => {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return left === right
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => same(each, b[at]))
  if (isDictionary(a) && isDictionary(b)) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
  }
  return deepEqual(a, b)
}
