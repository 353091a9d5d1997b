/** cel-go's sets extension: sets.contains, sets.equivalent, sets.intersects. */
import type { Environment } from '@marcbachmann/cel-js'
import { CelBudgetError, perCallLimit } from '../types.ts'
import { equal } from './order.ts'

class Sets {}
type List = readonly unknown[]

/** Each item of the one is compared with each of the other; upstream's cost of that ends it. */
function bound(a: List, b: List): void {
  if (a.length * b.length > perCallLimit) throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
}

const has = (list: List, item: unknown): boolean => list.some((each) => equal(each, item))
function contains(list: List, sub: List): boolean {
  bound(list, sub)
  return sub.every((each) => has(list, each))
}
function intersects(a: List, b: List): boolean {
  bound(a, b)
  return b.some((each) => has(a, each))
}

export function registerSets(environment: Environment): void {
  const sync = { async: false }
  environment
    .registerType('kubernetes.Sets', { ctor: Sets, fields: {} } as never)
    .registerConstant('sets', 'kubernetes.Sets', new Sets())
    .registerFunction('kubernetes.Sets.contains(list, list): bool', (_: Sets, a: List, b: List) => contains(a, b), sync)
    .registerFunction('kubernetes.Sets.equivalent(list, list): bool', (_: Sets, a: List, b: List) => contains(a, b) && contains(b, a), sync)
    .registerFunction('kubernetes.Sets.intersects(list, list): bool', (_: Sets, a: List, b: List) => intersects(a, b), sync)
}
