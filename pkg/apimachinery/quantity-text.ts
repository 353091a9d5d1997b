/** The text form of quantities: number parts and suffixes. */

export type QuantityFormat = 'DecimalExponent' | 'BinarySI' | 'DecimalSI'

export class InvalidQuantityError extends Error {
  override readonly name = 'InvalidQuantityError'
}

const FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const NUMERIC = 'unable to parse numeric part of quantity'
const SUFFIX = "unable to parse quantity's suffix"

/** More digits than any quantity needs: a bound on the work one string can cause. */
const MAX_LENGTH = 1024
const MAX_EXPONENT = 1000

export interface QuantityParts {
  readonly negative: boolean
  /** Without leading zeros, "0" when nothing is left. */
  readonly whole: string
  readonly fraction: string
  readonly suffix: string
}

export function parseParts(text: string): QuantityParts {
  const match = text.length > MAX_LENGTH ? null : /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text)
  if (match === null || text === '') throw new InvalidQuantityError(FORMAT)
  const [, sign, digits = '', fraction = '', suffix = ''] = match
  if (digits === '' && fraction === '' && suffix !== '') throw new InvalidQuantityError(NUMERIC)
  return { negative: sign === '-', whole: digits.replace(/^0+/, '') || '0', fraction, suffix }
}

const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }
const decimalNames = new Map(Object.entries(decimal).map(([name, exponent]) => [exponent, name]))
const binaryNames = new Map(Object.entries(binary).map(([name, exponent]) => [exponent, name]))

export function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const ten = Object.hasOwn(decimal, suffix) ? decimal[suffix] : undefined
  if (ten !== undefined) return { base: 10, exponent: ten, format: 'DecimalSI' }
  const two = Object.hasOwn(binary, suffix) ? binary[suffix] : undefined
  if (two !== undefined) return { base: 2, exponent: two, format: 'BinarySI' }
  if (/^[eE][-+]?[0-9]+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1))
    if (Math.abs(exponent) <= MAX_EXPONENT) return { base: 10, exponent, format: 'DecimalExponent' }
  }
  throw new InvalidQuantityError(SUFFIX)
}

export function suffixOf(base: 2 | 10, exponent: number, format: QuantityFormat): string {
  if (exponent === 0) return ''
  if (base === 2) return binaryNames.get(exponent) ?? ''
  const name = format === 'DecimalSI' ? decimalNames.get(exponent) : undefined
  return name ?? `e${exponent}`
}
