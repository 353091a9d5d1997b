/** Preferred affinity and anti-affinity, the pod's own and that of pods that stand there. */
import type { Cycle } from '../../framework/types.ts'
import { termMatches } from '../../state/affinity-term.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import { groupsFor, labelsOfNamespace } from './filter.ts'
import type { InterPodAffinityArgs } from './index.ts'
import { TopologyCounts } from './topology-counts.ts'

export function scoreAffinity(cycle: Cycle, nodes: readonly NodeInfo[], into: Float64Array, args: InterPodAffinityArgs): boolean {
  const { preferredAffinity, preferredAntiAffinity } = cycle.pod.terms
  const scores = new TopologyCounts()
  const wished = preferredAffinity.length + preferredAntiAffinity.length > 0
  // A pod with wishes of its own hears those of others all the same, as upstream's does.
  if (args.ignorePreferredTermsOfExistingPods && !wished) return false
  if (wished) ownWishes(cycle, scores)
  wishesOfOthers(cycle, scores, args)
  if (scores.isEmpty) return false
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < nodes.length; i++) {
    const sum = scores.sumAt(nodes[i]!)
    into[i] = sum
    if (sum < min) min = sum
    if (sum > max) max = sum
  }
  const span = max - min
  for (let i = 0; i < nodes.length; i++) into[i] = span > 0 ? Math.floor((100 * (into[i]! - min)) / span) : 0
  return true
}

function ownWishes(cycle: Cycle, scores: TopologyCounts): void {
  const { preferredAffinity, preferredAntiAffinity } = cycle.pod.terms
  for (const { namespace, labels, counts } of groupsFor(cycle, [...preferredAffinity, ...preferredAntiAffinity])) {
    const there = labelsOfNamespace(cycle, namespace)
    for (const term of preferredAffinity) if (termMatches(term, namespace, labels, there)) scores.addGroup(term.topologyKey, counts, term.weight)
    for (const term of preferredAntiAffinity) if (termMatches(term, namespace, labels, there)) scores.addGroup(term.topologyKey, counts, -term.weight)
  }
}

function wishesOfOthers(cycle: Cycle, scores: TopologyCounts, { hardPodAffinityWeight }: InterPodAffinityArgs): void {
  const { pod, cluster } = cycle
  const own = labelsOfNamespace(cycle, pod.namespace)
  for (const { terms, counts } of cluster.index.drawing) {
    const { affinity, preferredAffinity, preferredAntiAffinity } = terms
    const draw = (term: (typeof affinity)[number], weight: number) => {
      if (termMatches(term, pod.namespace, pod.labels, own)) scores.addGroup(term.topologyKey, counts, weight)
    }
    if (hardPodAffinityWeight > 0) for (const term of affinity) draw(term, hardPodAffinityWeight)
    for (const term of preferredAffinity) draw(term, term.weight)
    for (const term of preferredAntiAffinity) draw(term, -term.weight)
  }
}
