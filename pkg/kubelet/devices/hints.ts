/** Where devices of one resource can be had, by the NUMA nodes that plugins tell of. */
import { combinations, has, type NumaSet, sizeOf } from '../topology/numa-set.ts'
import type { Hint } from '../topology/types.ts'

export interface DeviceHintsInput {
  /** NUMA nodes of the machine. */
  readonly nodes: readonly number[]
  /** Every device, free or not: they say how few nodes could do. */
  readonly all: readonly string[]
  readonly nodesOf: (device: string) => readonly number[]
  readonly available: ReadonlySet<string>
  readonly reusable: ReadonlySet<string>
  readonly count: number
}

export function deviceHints({ nodes, all, nodesOf, available, reusable, count }: DeviceHintsInput): Hint[] {
  let fewest = nodes.length
  const possible: NumaSet[] = []
  for (const set of combinations(nodes)) {
    const isHere = (id: string) => nodesOf(id).some((node) => has(set, node))
    if (all.filter(isHere).length >= count) fewest = Math.min(fewest, sizeOf(set))
    const located = [...reusable].filter((id) => nodesOf(id).length > 0)
    if (!located.every(isHere)) continue
    if (located.length + [...available].filter(isHere).length >= count) possible.push(set)
  }
  return possible.map((set) => ({ nodes: set, preferred: sizeOf(set) === fewest }))
}
