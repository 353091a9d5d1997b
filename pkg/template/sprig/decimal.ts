/** shopspring/decimal's arithmetic, exact but for division, which keeps sixteen places. */
import { formatFloat } from '../print/float.ts'

interface Decimal {
  readonly value: bigint
  /** Places after the point. */
  readonly scale: number
}

const divisionPlaces = 16

function fromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) throw new Error(`Cannot create a Decimal from ${formatFloat(value, 'g', -1)}`)
  const text = formatFloat(value, 'f', -1)
  const [whole, fraction = ''] = text.split('.')
  return { value: BigInt(whole! + fraction), scale: fraction.length }
}

function aligned(a: Decimal, b: Decimal): { left: bigint; right: bigint; scale: number } {
  const scale = Math.max(a.scale, b.scale)
  return { left: a.value * 10n ** BigInt(scale - a.scale), right: b.value * 10n ** BigInt(scale - b.scale), scale }
}

function divide(a: Decimal, b: Decimal): Decimal {
  if (b.value === 0n) throw new Error('decimal division by 0')
  const { left, right } = aligned(a, b)
  const scaled = left * 10n ** BigInt(divisionPlaces)
  let quotient = scaled / right
  const rest = scaled % right
  const twice = (rest < 0n ? -rest : rest) * 2n
  if (twice >= (right < 0n ? -right : right)) quotient += scaled < 0n !== right < 0n ? -1n : 1n
  return { value: quotient, scale: divisionPlaces }
}

const operations = {
  add: (a: Decimal, b: Decimal): Decimal => {
    const { left, right, scale } = aligned(a, b)
    return { value: left + right, scale }
  },
  subtract: (a: Decimal, b: Decimal): Decimal => {
    const { left, right, scale } = aligned(a, b)
    return { value: left - right, scale }
  },
  multiply: (a: Decimal, b: Decimal): Decimal => ({ value: a.value * b.value, scale: a.scale + b.scale }),
  divide,
}

/** The first with each of the others in turn. */
export function calculate(operation: keyof typeof operations, first: number, others: readonly number[]): number {
  const result = others.map(fromFloat).reduce(operations[operation], fromFloat(first))
  return Number(`${result.value}e-${result.scale}`)
}
