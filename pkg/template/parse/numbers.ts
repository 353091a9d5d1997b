/** Number constants: Go's ideal constants, which are whatever their text can be. */
import { ComplexObject } from '../print/complex.ts'
import { quote, unquote } from '../print/quote.ts'

export interface NumberValue {
  readonly integer?: bigint
  readonly unsigned?: bigint
  readonly float?: number
  readonly complex?: ComplexObject
}

const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n
const maxUint64 = 2n ** 64n - 1n

/** Go's strconv.ParseInt with base 0 (prefixes, underscores), without a bound. */
export function parseInteger(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xX]_?[0-9a-fA-F](?:_?[0-9a-fA-F])*|0[oO]?(?:_?[0-7])+|0[bB]_?[01](?:_?[01])*|0|[1-9](?:_?[0-9])*)$/.exec(text)
  if (!match) return undefined
  let digits = match[2]!.replaceAll('_', '').toLowerCase()
  if (/^0[0-7]/.test(digits)) digits = `0o${digits.slice(1)}`
  const value = BigInt(digits)
  return match[1] === '-' ? -value : value
}

/** Go's strconv.ParseFloat; undefined when it is none. */
export function parseFloatText(text: string): number | undefined {
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) return Number(text)
  const special = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text)
  if (special) return special[2] ? Number.NaN : special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/.exec(text)
  if (!hex || (hex[2] === '' && hex[3] === '')) return undefined
  const value = Number.parseInt(hex[2]! + hex[3]!, 16) * 2 ** (Number(hex[4]) - 4 * hex[3]!.length)
  return hex[1] === '-' ? -value : value
}

/** "1+2i", "2i"; undefined when it is none. */
function complexOf(text: string): ComplexObject | undefined {
  const [, real = '', imaginary = ''] = /^(.*?[^eEpP])??([-+]?[^-+]*(?:[eEpP][-+]?\d+)?)i$/.exec(text) ?? []
  const [a, b] = [real === '' ? 0 : parseFloatText(real.replaceAll('_', '')), parseFloatText(imaginary.replaceAll('_', ''))]
  return a === undefined || b === undefined ? undefined : new ComplexObject(a, b)
}

/** The meanings of a constant, or the text of an error. */
export function parseNumber(text: string, type: 'charConstant' | 'complex' | 'number'): NumberValue | string {
  if (type === 'charConstant') {
    const c = unquote(text)
    if (text === "''") return 'invalid syntax'
    if (c === undefined || [...c].length !== 1) return `malformed character constant: ${text}`
    const point = c.codePointAt(0)!
    return { integer: BigInt(point), unsigned: BigInt(point), float: point }
  }
  if (type === 'complex' || text.endsWith('i')) {
    const complex = complexOf(text)
    return complex ? { complex } : `illegal number syntax: ${quote(text)}`
  }
  let integer = parseInteger(text)
  let unsigned = integer !== undefined && integer >= 0n && integer <= maxUint64 && !/^[+-]/.test(text) ? integer : undefined
  if (integer !== undefined && (integer < minInt64 || integer > maxInt64)) integer = undefined
  let float: number | undefined
  if (integer !== undefined) float = Number(integer)
  else if (unsigned !== undefined) float = Number(unsigned)
  else {
    float = parseFloatText(text.replaceAll('_', ''))
    if (float !== undefined) {
      if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`
      if (!Number.isFinite(float)) return `illegal number syntax: ${quote(text)}`
      if (Number.isInteger(float) && Math.abs(float) < 2 ** 63) {
        integer = BigInt(float)
        if (integer >= 0n) unsigned = integer
      }
    }
  }
  if (integer === undefined && unsigned === undefined && float === undefined) return `illegal number syntax: ${quote(text)}`
  return { ...(integer !== undefined && { integer }), ...(unsigned !== undefined && { unsigned }), ...(float !== undefined && { float }) }
}
