/** A resource.Quantity's inner fields as Go's ParseQuantity leaves them: small ones in `i`, others in `d`, and in `s` the text when it is canonical already. */
import { Quantity } from '#apimachinery/quantity.ts'
import { parseParts, type QuantityFormat, readSuffix } from '#apimachinery/quantity-text.ts'

const nano = -9
const maxInt64 = (1n << 63n) - 1n
/** Digits that certainly fit into an int64. */
const maxInt64Digits = 18
const wordBits = 64n

export function dumpQuantity(value: string | undefined): string {
  const text = value === undefined ? '0' : Quantity.parse(value).toString()
  if (text === '0') return small(0n, 0, 'DecimalSI', text)
  const { negative, whole, fraction, suffix } = parseParts(text)
  const { base, exponent, format } = readSuffix(suffix)
  const digits = whole + fraction
  if (mayBeSmall()) {
    const factor = base === 2 ? 1n << BigInt(exponent) : 1n
    const scale = (base === 2 ? 0 : exponent) - fraction.length
    const size = BigInt(digits) * factor
    if (scale >= nano && size <= maxInt64) return small(negative ? -size : size, scale, format, isCanonical(scale) ? text : '')
  }
  return large(negative, BigInt(digits), base, exponent, fraction.length, format)

  function mayBeSmall(): boolean {
    if (base === 10) return digits.length <= maxInt64Digits
    return fraction === '' && exponent >= 0 && 15 - whole.length - Math.trunc(Math.fround(Math.fround(exponent) * 3) / 10) - 1 >= 0
  }

  function isCanonical(scale: number): boolean {
    if (base === 2) return exponent % 10 === 0 && (BigInt(digits) & 7n) !== 0n
    return scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
  }
}

function small(value: bigint, scale: number, format: QuantityFormat, text: string): string {
  return `{i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${text} Format:(resource.Format)${format}}`
}

/** Rounded up to nano, and what is binary cut at the greatest int64. */
function large(negative: boolean, digits: bigint, base: 2 | 10, exponent: number, places: number, format: QuantityFormat): string {
  const shift = base === 10 ? exponent - places - nano : -places - nano
  const whole = base === 2 ? digits << BigInt(exponent) : digits
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n
  const nanos = shift < 0 ? (whole + divisor - 1n) / divisor : whole * 10n ** BigInt(shift)
  const one = 10n ** BigInt(-nano)
  const isCut = format === 'BinarySI' && nanos > maxInt64 * one
  const [unscaled, scale] = isCut ? [maxInt64, 0] : [nanos, -nano]
  const said = format === 'BinarySI' && nanos < one ? 'DecimalSI' : format
  const number = `{unscaled:(big.Int){neg:(bool)${negative} abs:(big.nat)[${words(unscaled).join(' ')}]} scale:(inf.Scale)${scale}}`
  return `{i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec)${number}} s:(string) Format:(resource.Format)${said}}`
}

function words(value: bigint): bigint[] {
  const low = BigInt.asUintN(Number(wordBits), value)
  const rest = value >> wordBits
  return rest === 0n ? [low] : [low, ...words(rest)]
}
