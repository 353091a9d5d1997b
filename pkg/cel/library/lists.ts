/** Kubernetes' list library, and cel-go's (version 3). */
import { type Environment, Optional } from '@marcbachmann/cel-js'
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { CelBudgetError, CelError, perCallLimit } from '../types.ts'
import { compare, equal } from './order.ts'

type List = readonly unknown[]

export function registerLists(environment: Environment): void {
  const sync = { async: false }
  environment
    .registerFunction('list.isSorted(): bool', (list: List) => list.every((each, index) => index === 0 || compare(list[index - 1], each) <= 0), sync)
    .registerFunction('list.sum(): dyn', sum, sync)
    .registerFunction('list.min(): dyn', (list: List) => extreme(list, 'min', -1), sync)
    .registerFunction('list.max(): dyn', (list: List) => extreme(list, 'max', 1), sync)
    .registerFunction('list.k8sIndexOf(dyn): int', (list: List, item: unknown) => BigInt(list.findIndex((each) => equal(each, item))), sync)
    .registerFunction('list.k8sLastIndexOf(dyn): int', (list: List, item: unknown) => BigInt(list.findLastIndex((each) => equal(each, item))), sync)
    .registerFunction('list.sort(): list', (list: List) => sorted(list, list), sync)
    .registerFunction('list.distinct(): list', distinct, sync)
    .registerFunction('list.first(): optional', (list: List) => (list.length > 0 ? Optional.of(list[0]) : Optional.none()), sync)
    .registerFunction('list.last(): optional', (list: List) => (list.length > 0 ? Optional.of(list.at(-1)) : Optional.none()), sync)
    .registerFunction('list.reverse(): list', (list: List) => [...list].reverse(), sync)
    .registerFunction('list.slice(int, int): list', slice, sync)
    .registerFunction('list.flatten(): list', (list: List) => list.flat(), sync)
    .registerFunction('list.flatten(int): list', flatten, sync)
    .registerType('kubernetes.Lists', { ctor: Lists, fields: {} } as never)
    .registerConstant('lists', 'kubernetes.Lists', new Lists())
    .registerFunction('kubernetes.Lists.range(int): list<int>', (_: unknown, count: bigint) => range(count), sync)
}

class Lists {}

/** What upstream's cost of the call would end: each item is compared with each. */
function boundSquare({ length }: List): void {
  if (2 * length * length > perCallLimit) throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
}

export function sorted(list: List, keys: List): unknown[] {
  boundSquare(list)
  if (list.length !== keys.length) throw new CelError('@sortByAssociatedKeys() expected a list of the same size as the associated keys list')
  return list
    .map((each, index) => [keys[index], each] as const)
    .sort(([a], [b]) => compare(a, b))
    .map(([, each]) => each)
}

function distinct(list: List): unknown[] {
  boundSquare(list)
  return list.filter((each, index) => list.findIndex((other) => equal(each, other)) === index)
}

function slice(list: List, from: bigint, to: bigint): unknown[] {
  if (from < 0n || to < 0n) throw new CelError(`cannot slice(${from}, ${to}), negative indexes not supported`)
  if (from > to) throw new CelError(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`)
  if (to > list.length) throw new CelError(`cannot slice(${from}, ${to}), list is length ${list.length}`)
  return list.slice(Number(from), Number(to))
}

function flatten(list: List, depth: bigint): unknown[] {
  if (depth < 0n) throw new CelError('level must be non-negative')
  return list.flat(Number(depth))
}

function range(count: bigint): bigint[] {
  if (count > perCallLimit) throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
  return Array.from({ length: Math.max(Number(count), 0) }, (_, index) => BigInt(index))
}

function sum(list: List): unknown {
  if (list.length === 0) return 0n
  if (list[0] instanceof Duration) return (list as Duration[]).reduce((total, each) => total.addDuration(each), new Duration(0))
  if (list.every((each) => typeof each === 'bigint')) return list.reduce<bigint>((total, each) => total + (each as bigint), 0n)
  if (list.every((each) => typeof each === 'number')) return list.reduce<number>((total, each) => total + (each as number), 0)
  if (list.every((each) => each instanceof UnsignedInt)) return new UnsignedInt(list.reduce<bigint>((total, each) => total + (each as UnsignedInt).value, 0n))
  throw new CelError('no such overload')
}

function extreme(list: List, name: string, sign: number): unknown {
  if (list.length === 0) throw new CelError(`${name} called on empty list`)
  return list.reduce((best, each) => (Math.sign(compare(each, best)) === sign ? each : best))
}
