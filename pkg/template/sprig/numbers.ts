/** Sprig's arithmetic. */
import { randomInt } from 'node:crypto'
import { goFunction } from '../exec/signature.ts'
import { printValue } from '../print/print.ts'
import type { GoFunction, Value } from '../types.ts'
import { int64, ofType } from '../values.ts'
import { toFloat64, toInt64 } from './convert.ts'
import { calculate } from './decimal.ts'

const maxListLength = 10_000_000

function untilStep(start: bigint, stop: bigint, step: bigint): bigint[] {
  const list: bigint[] = ofType('[]int', [])
  const push = (n: bigint): void => {
    list.push(n)
    if (list.length > maxListLength) throw new Error(`a list of more than ${maxListLength} numbers`)
  }
  if (stop < start) {
    if (step < 0n) for (let n = start; n > stop; n += step) push(n)
  } else if (step > 0n) for (let n = start; n < stop; n += step) push(n)
  return list
}

function seq(...params: readonly bigint[]): string {
  const join = (list: readonly bigint[]): string => list.join(' ')
  const [a, b, c] = params
  if (params.length === 1) {
    const step = a! < 1n ? -1n : 1n
    return join(untilStep(1n, a! + step, step))
  }
  if (params.length === 2) {
    const step = b! < a! ? -1n : 1n
    return join(untilStep(a!, b! + step, step))
  }
  if (params.length === 3) {
    if (c! < a! && b! > 0n) return ''
    return join(untilStep(a!, c! + (c! < a! ? -1n : 1n), b!))
  }
  return ''
}

function divisor(value: Value): bigint {
  const number = toInt64(value)
  if (number === 0n) throw new Error('runtime error: integer divide by zero')
  return number
}

function round(value: Value, places: bigint, ...on: readonly number[]): number {
  const power = 10 ** Number(places)
  const digit = power * toFloat64(value)
  const fraction = digit - Math.trunc(digit)
  return (fraction >= (on[0] ?? 0.5) ? Math.ceil(digit) : Math.floor(digit)) / power
}

function toDecimal(value: Value): Value {
  const text = printValue(value)
  return int64(/^[+-]?[0-7]+$/.test(text) ? BigInt.asIntN(64, (text.startsWith('-') ? -1n : 1n) * BigInt(`0o${text.replace(/^[+-]/, '')}`)) : 0n)
}

const pickInt =
  (better: (a: bigint, b: bigint) => boolean) =>
  (first: Value, ...others: Value[]): Value =>
    int64(others.map(toInt64).reduce((best, each) => (better(each, best) ? each : best), toInt64(first)))
const floats = (values: readonly Value[]): number[] => values.map(toFloat64)
const largest = goFunction(
  'any, ...any',
  pickInt((a, b) => a > b),
)

export const numberFunctions: Readonly<Record<string, GoFunction>> = {
  int64: goFunction('any', (value: Value) => int64(toInt64(value))),
  int: goFunction('any', toInt64),
  float64: goFunction('any', toFloat64),
  seq: goFunction('...int', seq),
  toDecimal: goFunction('any', toDecimal),
  until: goFunction('int', (count: bigint) => untilStep(0n, count, count < 0n ? -1n : 1n)),
  untilStep: goFunction('int, int, int', untilStep),
  add1: goFunction('any', (value: Value) => int64(toInt64(value) + 1n)),
  add: goFunction('...any', (...values: Value[]) => int64(values.map(toInt64).reduce((a, b) => a + b, 0n))),
  sub: goFunction('any, any', (a: Value, b: Value) => int64(toInt64(a) - toInt64(b))),
  div: goFunction('any, any', (a: Value, b: Value) => int64(toInt64(a) / divisor(b))),
  mod: goFunction('any, any', (a: Value, b: Value) => int64(toInt64(a) % divisor(b))),
  mul: goFunction('any, ...any', (a: Value, ...others: Value[]) => int64(others.map(toInt64).reduce((x, y) => x * y, toInt64(a)))),
  randInt: goFunction('int, int', (min: bigint, max: bigint) => {
    if (max <= min) throw new Error('invalid argument to Intn')
    return BigInt(randomInt(Number(max - min))) + min
  }),
  add1f: goFunction('any', (value: Value) => calculate('add', toFloat64(value), [1])),
  addf: goFunction('...any', (...values: Value[]) => calculate('add', 0, floats(values))),
  subf: goFunction('any, ...any', (first: Value, ...others: Value[]) => calculate('subtract', toFloat64(first), floats(others))),
  divf: goFunction('any, ...any', (first: Value, ...others: Value[]) => calculate('divide', toFloat64(first), floats(others))),
  mulf: goFunction('any, ...any', (first: Value, ...others: Value[]) => calculate('multiply', toFloat64(first), floats(others))),
  biggest: largest,
  max: largest,
  min: goFunction(
    'any, ...any',
    pickInt((a, b) => a < b),
  ),
  maxf: goFunction('any, ...any', (...values: Value[]) => Math.max(...floats(values))),
  minf: goFunction('any, ...any', (...values: Value[]) => Math.min(...floats(values))),
  ceil: goFunction('any', (value: Value) => Math.ceil(toFloat64(value))),
  floor: goFunction('any', (value: Value) => Math.floor(toFloat64(value))),
  round: goFunction('any, int, ...float64', round),
}
