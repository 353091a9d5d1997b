/**
 * Quantities: decimal or binary numbers with a suffix ("500m", "1.5Gi", "12e6"), kept exactly.
 * Follows k8s.io/apimachinery/pkg/api/resource: canonical text, rounding up to nano, formats kept through sums.
 */
import { parseParts, readSuffix, suffixOf, type QuantityFormat } from './quantity-text.ts'

export type { QuantityFormat } from './quantity-text.ts'

const NANO = -9
const MAX_BINARY = (1n << 63n) - 1n
const MAX_INT64 = 2 ** 63 - 1

/** Immutable: `unscaled × 10^scale`. */
export class Quantity {
  readonly unscaled: bigint
  readonly scale: number
  readonly format: QuantityFormat
  #text: string | undefined

  constructor(unscaled: bigint, scale: number, format: QuantityFormat, text?: string) {
    this.unscaled = unscaled
    this.scale = scale
    this.format = format
    this.#text = text
  }

  /** Throws `InvalidQuantityError` with upstream's message. */
  static parse(text: string): Quantity {
    return parseCached(text)
  }

  static of(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), 0, format)
  }

  static ofMilli(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), -3, format)
  }

  add(other: Quantity): Quantity {
    const scale = Math.min(this.scale, other.scale)
    return new Quantity(this.at(scale) + other.at(scale), scale, this.isZero() ? other.format : this.format)
  }

  subtract(other: Quantity): Quantity {
    return this.add(other.negate()).#as(this.isZero() ? other.format : this.format)
  }

  multiply(factor: number | bigint): Quantity {
    return new Quantity(this.unscaled * BigInt(factor), this.scale, this.format)
  }

  negate(): Quantity {
    return new Quantity(-this.unscaled, this.scale, this.format)
  }

  compare(other: Quantity): -1 | 0 | 1 {
    const scale = Math.min(this.scale, other.scale)
    const [a, b] = [this.at(scale), other.at(scale)]
    return a < b ? -1 : a > b ? 1 : 0
  }

  isZero(): boolean {
    return this.unscaled === 0n
  }

  sign(): -1 | 0 | 1 {
    return this.unscaled > 0n ? 1 : this.unscaled < 0n ? -1 : 0
  }

  /** Whole units, rounded away from zero. */
  value(): number {
    return this.scaledValue(0)
  }

  /** Thousandths, rounded away from zero: what CPU is counted in. */
  milliValue(): number {
    return this.scaledValue(-3)
  }

  /** In units of 10^scale, rounded away from zero and held within int64. */
  scaledValue(scale: number): number {
    return Math.min(Number(this.at(scale)), MAX_INT64)
  }

  /** The unscaled number at another scale, rounded away from zero. */
  at(scale: number): bigint {
    if (this.scale >= scale) return this.unscaled * 10n ** BigInt(this.scale - scale)
    const divisor = 10n ** BigInt(scale - this.scale)
    const quotient = this.unscaled / divisor
    if (quotient * divisor === this.unscaled) return quotient
    return this.unscaled > 0n ? quotient + 1n : quotient - 1n
  }

  toNumber(): number {
    return this.scale >= 0 ? Number(this.unscaled) * 10 ** this.scale : Number(this.unscaled) / 10 ** -this.scale
  }

  /** Go keeps the text it parsed when it is canonical enough; so do we. */
  toString(): string {
    this.#text ??= this.#canonical()
    return this.#text
  }

  toJSON(): string {
    return this.toString()
  }

  #as(format: QuantityFormat): Quantity {
    return format === this.format ? this : new Quantity(this.unscaled, this.scale, format)
  }

  #canonical(): string {
    if (this.isZero()) return '0'
    if (this.format === 'BinarySI') {
      const whole = this.at(0)
      const small = whole > -1024n && whole < 1024n
      const exact = this.scale >= 0 || whole * 10n ** BigInt(-this.scale) === this.unscaled
      if (!small && exact) return withFactors(whole, 1024n, 10)
      return this.#decimal('DecimalSI')
    }
    return this.#decimal(this.format)
  }

  #decimal(format: QuantityFormat): string {
    let amount = this.unscaled
    let exponent = this.scale
    while (amount % 10n === 0n) {
      amount /= 10n
      exponent++
    }
    while (exponent % 3 !== 0) {
      amount *= 10n
      exponent--
    }
    return `${amount}${suffixOf(10, exponent, format)}`
  }
}

function withFactors(value: bigint, factor: bigint, exponentStep: number): string {
  let amount = value
  let exponent = 0
  while (amount % factor === 0n) {
    amount /= factor
    exponent += exponentStep
  }
  return `${amount}${suffixOf(2, exponent, 'BinarySI')}`
}

function parse(text: string): Quantity {
  if (text === '0') return new Quantity(0n, 0, 'DecimalSI', text)
  const { negative, whole, fraction, suffix } = parseParts(text)
  const { base, exponent, format } = readSuffix(suffix)
  const digits = whole + fraction
  let unscaled = BigInt(digits)
  let scale = -fraction.length
  if (base === 10) scale += exponent
  else unscaled <<= BigInt(exponent)
  const keeps = keepsText(digits, whole, fraction, scale, base, exponent)
  let outcome: QuantityFormat = format
  if (scale < NANO) {
    unscaled = new Quantity(unscaled, scale, format).at(NANO)
    scale = NANO
  }
  if (format === 'BinarySI') {
    const ceiling = scale < 0 ? MAX_BINARY * 10n ** BigInt(-scale) : MAX_BINARY
    if (unscaled > ceiling) [unscaled, scale] = [MAX_BINARY, 0]
    if (!keeps && unscaled > 0n && scale < 0 && unscaled < 10n ** BigInt(-scale)) outcome = 'DecimalSI'
  }
  return new Quantity(negative ? -unscaled : unscaled, scale, outcome, keeps ? text : undefined)
}

/** When Go's parser takes its fast path and remembers the text as it came ("1.500" stays, "1.5" becomes "1500m"). */
function keepsText(digits: string, whole: string, fraction: string, scale: number, base: number, exponent: number): boolean {
  if (base === 10) {
    const precision = 18 - whole.length - fraction.length
    return precision >= 0 && scale >= NANO && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
  }
  const precision = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1
  return fraction === '' && precision >= 0 && exponent % 10 === 0 && (Number(digits) & 7) !== 0
}

const CACHE_LIMIT = 4096
const cache = new Map<string, Quantity>()

/** The same few texts are parsed millions of times by the scheduler and quota. */
function parseCached(text: string): Quantity {
  const known = cache.get(text)
  if (known !== undefined) return known
  const parsed = parse(text)
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(text, parsed)
  return parsed
}

/** The text a server keeps for what a client wrote: "1000m" becomes "1", 0.5 becomes "500m". */
export function canonicalQuantity(value: string | number): string {
  return Quantity.parse(String(value).trim()).toString()
}

/** Negative when a is less than b. */
export function compareQuantities(a: string, b: string): number {
  return Quantity.parse(a).compare(Quantity.parse(b))
}

export function addQuantities(a: string, b: string): string {
  return Quantity.parse(a).add(Quantity.parse(b)).toString()
}

export function subtractQuantities(a: string, b: string): string {
  return Quantity.parse(a).subtract(Quantity.parse(b)).toString()
}

export function isQuantity(text: string): boolean {
  try {
    Quantity.parse(text)
    return true
  } catch {
    return false
  }
}
