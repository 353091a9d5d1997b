/** ScheduleAnyway: the fewer matching pods in the node's domains, the better. */
import type { Cycle } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodCounts } from '../../state/pod-counts.ts'
import { allNodesCount, type Constraint, constraintsOf, hasAllKeys, matchingPods, nodeCounts, type SpreadArgs } from './constraints.ts'

const hostname = 'kubernetes.io/hostname'

export function scoreSpread(cycle: Cycle, nodes: readonly NodeInfo[], into: Float64Array, args: SpreadArgs): boolean {
  const constraints = constraintsOf(cycle, args, 'ScheduleAnyway')
  if (constraints.length === 0) return false
  const own = (cycle.pod.pod.spec.topologySpreadConstraints ?? []).length > 0
  // The system's defaults do without zones where nodes have none.
  const needAll = own || !args.systemDefaulted
  const passedOver = needAll ? nodes.filter((node) => !hasAllKeys(constraints, node)) : []
  const ignored = new Set(passedOver)
  into.fill(0, 0, nodes.length)
  for (const constraint of constraints) addScores(cycle, constraint, { constraints, needAll, ignored }, nodes, into)
  normaliseSpread(nodes, ignored, into)
  return true
}

interface Scope {
  readonly constraints: readonly Constraint[]
  readonly needAll: boolean
  readonly ignored: ReadonlySet<NodeInfo>
}

function addScores(cycle: Cycle, constraint: Constraint, { constraints, needAll, ignored }: Scope, nodes: readonly NodeInfo[], into: Float64Array): void {
  const { topologyKey, maxSkew } = constraint
  const groups = matchingPods(cycle, constraint)
  const domains = new Map<string, number>()
  const perNode = topologyKey === hostname
  // Nodes without the key, where they are not ignored, are together one domain more.
  let unlabelled = 0
  if (!perNode) {
    for (const node of nodes) {
      if (ignored.has(node)) continue
      const value = node.labels[topologyKey]
      if (value === undefined) unlabelled = 1
      else domains.set(value, 0)
    }
    const atOnce = (!needAll || constraints.length === 1) && allNodesCount(constraint, cycle.pod.pod)
    if (atOnce) for (const value of domains.keys()) domains.set(value, sumOf(groups, topologyKey, value))
    else
      for (const { byNode } of groups) {
        for (const [node, count] of byNode) {
          if (node.node === undefined || (needAll && !hasAllKeys(constraints, node)) || !nodeCounts(constraint, cycle.pod.pod, node)) continue
          const value = node.labels[topologyKey]
          const before = value === undefined ? undefined : domains.get(value)
          if (before !== undefined) domains.set(value!, before + count)
        }
      }
  }
  // Small topologies are not watered down by large ones.
  const weight = Math.log((perNode ? nodes.length - ignored.size : domains.size + unlabelled) + 2)
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!
    const value = node.labels[topologyKey]
    if (value === undefined || ignored.has(node)) continue
    let count = 0
    if (perNode) for (const { byNode } of groups) count += byNode.get(node) ?? 0
    else count = domains.get(value) ?? 0
    into[i] = into[i]! + count * weight + (maxSkew - 1)
  }
}

function sumOf(groups: readonly PodCounts[], topologyKey: string, value: string): number {
  let sum = 0
  for (const group of groups) sum += group.in(topologyKey).get(value) ?? 0
  return sum
}

function normaliseSpread(nodes: readonly NodeInfo[], ignored: ReadonlySet<NodeInfo>, into: Float64Array): void {
  let min = Number.POSITIVE_INFINITY
  let max = 0
  for (let i = 0; i < nodes.length; i++) {
    if (ignored.has(nodes[i]!)) continue
    const score = Math.round(into[i]!)
    into[i] = score
    if (score < min) min = score
    if (score > max) max = score
  }
  for (let i = 0; i < nodes.length; i++) {
    if (ignored.has(nodes[i]!)) into[i] = 0
    else into[i] = max === 0 ? 100 : Math.floor((100 * (max + min - into[i]!)) / max)
  }
}
