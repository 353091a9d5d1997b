/** cel-go's sets extension: sets.contains, sets.equivalent, sets.intersects. */
import type { Environment } from '@marcbachmann/cel-js'
import { equal } from './order.ts'

class Sets {}
type List = readonly unknown[]

const has = (list: List, item: unknown): boolean => list.some((each) => equal(each, item))
const contains = (list: List, sub: List): boolean => sub.every((each) => has(list, each))

export function registerSets(environment: Environment): void {
  const sync = { async: false }
  environment
    .registerType('kubernetes.Sets', Sets)
    .registerConstant('sets', 'kubernetes.Sets', new Sets())
    .registerFunction('kubernetes.Sets.contains(list, list): bool', (_: Sets, a: List, b: List) => contains(a, b), sync)
    .registerFunction('kubernetes.Sets.equivalent(list, list): bool', (_: Sets, a: List, b: List) => contains(a, b) && contains(b, a), sync)
    .registerFunction('kubernetes.Sets.intersects(list, list): bool', (_: Sets, a: List, b: List) => b.some((each) => has(a, each)), sync)
}
