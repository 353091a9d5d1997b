/** Which of the nodes that will do is best: much left, evenly left, few of the same family, few soft taints, preferred by affinity. */
import { matchesTerm, tolerates } from './filter.ts'
import { type NodeState, nonZeroRequests, type PlacedPod } from './node-state.ts'

/** Upstream's weights of NodeResourcesFit, NodeResourcesBalancedAllocation, PodTopologySpread, TaintToleration, NodeAffinity. */
const weights = { least: 1, balanced: 1, spread: 2, taints: 3, affinity: 2 } as const

/** The best node; of equals one by `random`. */
export function bestNode(placed: PlacedPod, feasible: readonly NodeState[], random: () => number): NodeState {
  if (feasible.length === 1) return feasible[0]!
  const spread = normalisedDown(feasible.map((state) => sameFamily(placed, state)))
  const taints = normalisedDown(feasible.map((state) => softTaints(placed, state)))
  const affinity = normalisedUp(feasible.map((state) => preference(placed, state)))
  let best: NodeState[] = []
  let bestScore = Number.NEGATIVE_INFINITY
  feasible.forEach((state, index) => {
    const score =
      weights.least * leastAllocated(placed, state) +
      weights.balanced * balanced(placed, state) +
      weights.spread * spread[index]! +
      weights.taints * taints[index]! +
      weights.affinity * affinity[index]!
    if (score > bestScore) best = []
    if (score >= bestScore) {
      best.push(state)
      bestScore = score
    }
  })
  return best[Math.floor(random() * best.length)]!
}

function leastAllocated(placed: PlacedPod, { allocatable, nonZero }: NodeState): number {
  const want = nonZeroRequests(placed)
  const share = (resource: 'cpu' | 'memory') => {
    const capacity = allocatable.get(resource) ?? 0
    const used = nonZero[resource] + want[resource]
    return capacity === 0 || used > capacity ? 0 : Math.floor(((capacity - used) * 100) / capacity)
  }
  return Math.floor((share('cpu') + share('memory')) / 2)
}

/** 100 when CPU and memory are used to the same degree. */
function balanced({ requests }: PlacedPod, { allocatable, used }: NodeState): number {
  const fraction = (resource: string) => Math.min(1, ((used.get(resource) ?? 0) + (requests.get(resource) ?? 0)) / Math.max(1, allocatable.get(resource) ?? 0))
  return Math.floor((1 - Math.abs(fraction('cpu') - fraction('memory')) / 2) * 100)
}

function sameFamily({ controllerUid, pod }: PlacedPod, state: NodeState): number {
  if (!controllerUid) return 0
  let count = 0
  for (const other of state.pods.values()) {
    if (other.controllerUid === controllerUid && other.pod.metadata.namespace === pod.metadata.namespace && !other.pod.metadata.deletionTimestamp) count++
  }
  return count
}

function softTaints({ pod }: PlacedPod, { node }: NodeState): number {
  return (node!.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod.spec.tolerations, taint)).length
}

function preference({ pod }: PlacedPod, { node }: NodeState): number {
  const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.reduce((sum, { weight, preference: term }) => sum + (matchesTerm(term, node!) ? weight : 0), 0)
}

function normalisedDown(values: readonly number[]): number[] {
  const max = Math.max(...values)
  return values.map((value) => (max === 0 ? 100 : Math.floor((100 * (max - value)) / max)))
}

function normalisedUp(values: readonly number[]): number[] {
  const max = Math.max(...values)
  return values.map((value) => (max === 0 ? 0 : Math.floor((100 * value) / max)))
}
