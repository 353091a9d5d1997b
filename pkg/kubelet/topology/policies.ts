/** What each policy makes of the hints: where a pod goes, and whether it may run ("Control Topology Management Policies on a node"). */
import { choices, merge, type Merging } from './merge.ts'
import { numaSet, sizeOf } from './numa-set.ts'
import { anywhere, type Hint, type Hints } from './types.ts'

export interface Verdict {
  readonly hint: Hint
  readonly admitted: boolean
}

export type TopologyPolicy = (hints: readonly Hints[], merging: Merging) => Verdict

const none: TopologyPolicy = () => ({ hint: anywhere, admitted: true })

const bestEffort: TopologyPolicy = (hints, merging) => ({ hint: merge(choices(hints), merging), admitted: true })

const restricted: TopologyPolicy = (hints, merging) => {
  const hint = merge(choices(hints), merging)
  return { hint, admitted: hint.preferred }
}

const singleNumaNode: TopologyPolicy = (hints, merging) => {
  const single = choices(hints).map((list) => list.filter(({ nodes, preferred }) => preferred && (nodes === undefined || sizeOf(nodes) === 1)))
  const { nodes, preferred } = merge(single, merging)
  // All nodes is what is left when nobody cares.
  const hint = nodes === numaSet(merging.nodes.map(({ id }) => id)) ? { nodes: undefined, preferred } : { nodes, preferred }
  return { hint, admitted: preferred }
}

export const topologyPolicies: Readonly<Record<string, TopologyPolicy>> = {
  none,
  'best-effort': bestEffort,
  restricted,
  'single-numa-node': singleNumaNode,
}
