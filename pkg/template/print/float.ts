/** Go's strconv.FormatFloat for float64. */

/** The exact value as mantissa times a power of two. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  return biased === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 }
}

/** value times ten to the power, rounded half to even. */
function scaled(value: number, power: number): bigint {
  const { mantissa, exponent } = decompose(value)
  let numerator = mantissa
  let denominator = 1n
  if (power >= 0) numerator *= 10n ** BigInt(power)
  else denominator *= 10n ** BigInt(-power)
  if (exponent >= 0) numerator <<= BigInt(exponent)
  else denominator <<= BigInt(-exponent)
  const quotient = numerator / denominator
  const twice = (numerator % denominator) * 2n
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient
}

const exponentText = (exponent: number): string => `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`

/** Decimal digits and the place of the point: 0.DIGITS times ten to the point. */
function digitsOf(magnitude: number, significant: number): { digits: string; point: number } {
  if (magnitude === 0) return { digits: '0'.repeat(Math.max(significant, 1)), point: 1 }
  if (significant < 0) {
    const [coefficient, exponent] = magnitude.toExponential().split('e')
    return { digits: coefficient!.replace('.', ''), point: Number(exponent) + 1 }
  }
  let point = Number(magnitude.toExponential().split('e')[1]) + 1
  let digits = scaled(magnitude, significant - point).toString()
  if (digits.length > significant) {
    point++
    digits = digits.slice(0, significant)
  }
  return { digits, point }
}

function exponential(magnitude: number, precision: number): string {
  const { digits, point } = digitsOf(magnitude, precision < 0 ? -1 : precision + 1)
  const rest = digits.slice(1)
  return `${digits[0]}${rest === '' ? '' : `.${rest}`}${exponentText(magnitude === 0 ? 0 : point - 1)}`
}

function fixed(magnitude: number, precision: number): string {
  if (precision >= 0) {
    const all = scaled(magnitude, precision)
      .toString()
      .padStart(precision + 1, '0')
    return precision === 0 ? all : `${all.slice(0, -precision)}.${all.slice(-precision)}`
  }
  const { digits, point } = digitsOf(magnitude, -1)
  if (magnitude === 0) return '0'
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  return digits.length <= point ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`
}

function general(magnitude: number, precision: number): string {
  const significant = precision === 0 ? 1 : precision
  const { digits: all, point } = digitsOf(magnitude, significant)
  const digits = all.replace(/0+$/, '') || '0'
  let limit = significant
  if (limit > digits.length && digits.length >= point) limit = digits.length
  if (precision < 0) limit = 6
  // Go's %g takes 21 for the limit of the shortest form; %v says so by calling with it.
  const exponent = point - 1
  if (magnitude !== 0 && (exponent < -4 || exponent >= limit)) {
    return `${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}${exponentText(exponent)}`
  }
  if (magnitude === 0) return '0'
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  return digits.length <= point ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`
}

/** format: e, f or g; precision -1: the fewest digits that give the same number back. */
export function formatFloat(value: number, format: 'e' | 'f' | 'g', precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const negative = value < 0 || Object.is(value, -0)
  const magnitude = Math.abs(value)
  const text = format === 'e' ? exponential(magnitude, precision) : format === 'f' ? fixed(magnitude, precision) : general(magnitude, precision)
  return negative ? `-${text}` : text
}
