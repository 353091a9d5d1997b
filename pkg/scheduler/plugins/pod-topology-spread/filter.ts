/** DoNotSchedule: a domain may have at most maxSkew more than the emptiest. */
import type { Batch, Cycle, PreFilterResult, Verdict } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import { allNodesCount, type Constraint, constraintsOf, hasAllKeys, matchingPods, nodeCounts, type SpreadArgs } from './constraints.ts'

const plugin = 'PodTopologySpread'
const tooSkewed: Verdict = { plugin, reasons: ["node(s) didn't match pod topology spread constraints"], resolvable: true }
const noLabel: Verdict = { plugin, reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"], resolvable: false }

interface Domains {
  readonly constraint: Constraint
  readonly counts: Map<string, number>
  /** 1 if the pod itself will count. */
  readonly self: number
  /** The emptiest domain's count; undefined: to be worked out again. */
  min: number | undefined
}

export interface SpreadState {
  readonly constraints: readonly Constraint[]
  readonly domains: readonly Domains[]
}

export function preFilterSpread(cycle: Cycle, args: SpreadArgs): PreFilterResult<SpreadState> {
  const constraints = constraintsOf(cycle, args, 'DoNotSchedule')
  if (constraints.length === 0) return { skip: true }
  const { values, uniform } = cycle.cluster.topology(constraints.map(({ topologyKey }) => topologyKey))
  const domains = constraints.map((constraint) => {
    // A pod counts where its node has the keys of all constraints.
    const atOnce = (uniform || constraints.length === 1) && allNodesCount(constraint, cycle.pod.pod)
    const counts = atOnce ? countAtOnce(cycle, constraint, values.get(constraint.topologyKey)!) : countByNode(cycle, constraint, constraints)
    return { constraint, counts, self: constraint.selector.matches(cycle.pod.labels) ? 1 : 0, min: undefined }
  })
  return { state: { constraints, domains } }
}

function countAtOnce(cycle: Cycle, constraint: Constraint, values: ReadonlySet<string>): Map<string, number> {
  const groups = matchingPods(cycle, constraint).map((group) => group.in(constraint.topologyKey))
  const counts = new Map<string, number>()
  for (const value of values) {
    let sum = 0
    for (const group of groups) sum += group.get(value) ?? 0
    counts.set(value, sum)
  }
  return counts
}

function countByNode(cycle: Cycle, constraint: Constraint, constraints: readonly Constraint[]): Map<string, number> {
  const { pod, cluster } = cycle
  const counts = new Map<string, number>()
  for (const node of cluster.list()) {
    if (!hasAllKeys(constraints, node) || !nodeCounts(constraint, pod.pod, node)) continue
    const value = node.labels[constraint.topologyKey]!
    if (!counts.has(value)) counts.set(value, 0)
  }
  for (const { byNode } of matchingPods(cycle, constraint)) {
    for (const [node, count] of byNode) {
      if (node.node === undefined || !hasAllKeys(constraints, node) || !nodeCounts(constraint, pod.pod, node)) continue
      const value = node.labels[constraint.topologyKey]!
      counts.set(value, counts.get(value)! + count)
    }
  }
  return counts
}

export function filterSpread({ domains }: SpreadState, _cycle: Cycle, { nodes, verdicts, length }: Batch): void {
  for (const each of domains) {
    const { constraint, counts, self } = each
    const { topologyKey } = constraint
    const limit = constraint.maxSkew - self + globalMin(each)
    for (let i = 0; i < length; i++) {
      if (verdicts[i] !== undefined) continue
      const value = nodes[i]!.labels[topologyKey]
      if (value === undefined) verdicts[i] = noLabel
      else if ((counts.get(value) ?? 0) > limit) verdicts[i] = tooSkewed
    }
  }
}

/** With fewer domains than asked for, those that are missing count as empty. */
function globalMin(domains: Domains): number {
  const { counts, constraint } = domains
  if (domains.min === undefined) {
    let min = Number.POSITIVE_INFINITY
    for (const count of counts.values()) if (count < min) min = count
    domains.min = min
  }
  return counts.size < constraint.minDomains ? 0 : domains.min
}

export function supposeSpread({ constraints, domains }: SpreadState, { pod }: Cycle, other: PodInfo, node: NodeInfo, sign: 1 | -1): void {
  if (other.namespace !== pod.namespace || other.pod.metadata.deletionTimestamp || !hasAllKeys(constraints, node)) return
  for (const each of domains) {
    const { constraint, counts } = each
    if (!constraint.selector.matches(other.labels) || !nodeCounts(constraint, pod.pod, node)) continue
    const value = node.labels[constraint.topologyKey]!
    const before = counts.get(value) ?? 0
    counts.set(value, before + sign)
    // Only the emptiest domain that grows makes the rest be looked at again.
    if (each.min === undefined || before + sign < each.min) each.min = each.min === undefined ? undefined : before + sign
    else if (before === each.min) each.min = undefined
  }
}
