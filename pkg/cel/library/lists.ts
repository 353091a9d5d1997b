/** Kubernetes' list library. */
import type { Environment } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { CelError } from '../types.ts'
import { compare, equal } from './order.ts'

type List = readonly unknown[]

export function registerLists(environment: Environment): void {
  const sync = { async: false }
  environment
    .registerFunction('list.isSorted(): bool', (list: List) => list.every((each, index) => index === 0 || compare(list[index - 1], each) <= 0), sync)
    .registerFunction('list.sum(): dyn', sum, sync)
    .registerFunction('list.min(): dyn', (list: List) => extreme(list, 'min', -1), sync)
    .registerFunction('list.max(): dyn', (list: List) => extreme(list, 'max', 1), sync)
    .registerFunction('list.indexOf(dyn): int', (list: List, item: unknown) => BigInt(list.findIndex((each) => equal(each, item))), sync)
    .registerFunction('list.lastIndexOf(dyn): int', (list: List, item: unknown) => BigInt(list.findLastIndex((each) => equal(each, item))), sync)
    .registerFunction('list.sort(): list', (list: List) => [...list].sort(compare), sync)
    .registerFunction('list.distinct(): list', (list: List) => list.filter((each, index) => list.findIndex((other) => equal(each, other)) === index), sync)
    .registerFunction('list.reverse(): list', (list: List) => [...list].reverse(), sync)
    .registerFunction('list.slice(int, int): list', (list: List, from: bigint, to: bigint) => list.slice(Number(from), Number(to)), sync)
    .registerFunction('list.flatten(): list', (list: List) => list.flat(), sync)
}

function sum(list: List): unknown {
  if (list.length === 0) return 0n
  if (list[0] instanceof Duration) return (list as Duration[]).reduce((total, each) => total.addDuration(each), new Duration(0))
  if (list.every((each) => typeof each === 'bigint')) return list.reduce<bigint>((total, each) => total + (each as bigint), 0n)
  if (list.every((each) => typeof each === 'number')) return list.reduce<number>((total, each) => total + (each as number), 0)
  throw new CelError('no such overload')
}

function extreme(list: List, name: string, sign: number): unknown {
  if (list.length === 0) throw new CelError(`${name} called on empty list`)
  return list.reduce((best, each) => (Math.sign(compare(each, best)) === sign ? each : best))
}
