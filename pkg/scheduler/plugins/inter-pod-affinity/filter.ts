/** Required affinity and anti-affinity. */
import type { Labels } from '#apimachinery/labels.ts'
import type { Batch, Cycle, PreFilterResult, Verdict } from '../../framework/types.ts'
import { type AffinityTerm, termMatches } from '../../state/affinity-term.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import { type AffinityState, TopologyCounts } from './topology-counts.ts'

const plugin = 'InterPodAffinity'
const affinityRules: Verdict = { plugin, reasons: ["node(s) didn't match pod affinity rules"], resolvable: false }
const antiAffinityRules: Verdict = { plugin, reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true }
const existingRules: Verdict = { plugin, reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], resolvable: true }

export function preFilterAffinity(cycle: Cycle): PreFilterResult<AffinityState> {
  const { pod, cluster, objects } = cycle
  const { affinity, antiAffinity } = pod.terms
  const state: AffinityState = { affinity: new TopologyCounts(), antiAffinity: new TopologyCounts(), existing: new TopologyCounts() }
  const ownLabels = labelsOfNamespace(cycle, pod.namespace)
  for (const { terms, counts } of cluster.index.guarded) {
    for (const term of terms.antiAffinity) {
      if (termMatches(term, pod.namespace, pod.labels, ownLabels)) state.existing.addGroup(term.topologyKey, counts)
    }
  }
  if (affinity.length === 0 && antiAffinity.length === 0) return state.existing.isEmpty ? { skip: true } : { state }
  const namespaceLabels = new Map<string, Labels>()
  for (const { namespace, labels, counts } of groupsFor(cycle, [...affinity, ...antiAffinity])) {
    let labelsThere = namespaceLabels.get(namespace)
    if (!labelsThere) {
      labelsThere = objects.namespaces.get(undefined, namespace)?.metadata.labels ?? {}
      namespaceLabels.set(namespace, labelsThere)
    }
    if (affinity.length > 0 && affinity.every((term) => termMatches(term, namespace, labels, labelsThere))) {
      for (const { topologyKey } of affinity) state.affinity.addGroup(topologyKey, counts)
    }
    for (const term of antiAffinity) {
      if (termMatches(term, namespace, labels, labelsThere)) state.antiAffinity.addGroup(term.topologyKey, counts)
    }
  }
  return { state }
}

/** Only groups of namespaces that some term may mean. */
export function* groupsFor({ cluster }: Cycle, terms: readonly AffinityTerm[]) {
  const { index } = cluster
  if (terms.some(({ namespaceSelector }) => namespaceSelector.isEmpty || namespaceSelector.requirements.length > 0)) yield* index.groups
  else for (const namespace of new Set(terms.flatMap(({ namespaces }) => [...namespaces]))) yield* index.groupsIn(namespace)
}

export function labelsOfNamespace({ objects }: Cycle, name: string): Labels | undefined {
  return objects.namespaces.get(undefined, name)?.metadata.labels
}

export function filterAffinity(state: AffinityState, cycle: Cycle, { nodes, verdicts, length }: Batch): void {
  const { affinity, antiAffinity } = cycle.pod.terms
  const first = affinity.length > 0 && state.affinity.isEmpty && matchesItself(cycle)
  const guarded = !state.existing.isEmpty
  for (let i = 0; i < length; i++) {
    if (verdicts[i] !== undefined) continue
    const node = nodes[i]!
    if (affinity.length > 0 && !nearFriends(affinity, state.affinity, node, first)) verdicts[i] = affinityRules
    else if (antiAffinity.length > 0 && nearFoes(antiAffinity, state.antiAffinity, node)) verdicts[i] = antiAffinityRules
    else if (guarded && state.existing.hasSomeAt(node)) verdicts[i] = existingRules
  }
}

/** The first of pods that want to be together goes anywhere, if the node is in a domain at all. */
function matchesItself(cycle: Cycle): boolean {
  const { pod } = cycle
  const own = labelsOfNamespace(cycle, pod.namespace)
  return pod.terms.affinity.every((term) => termMatches(term, pod.namespace, pod.labels, own))
}

function nearFriends(terms: readonly AffinityTerm[], counts: TopologyCounts, node: NodeInfo, first: boolean): boolean {
  for (const { topologyKey } of terms) {
    if (node.labels[topologyKey] === undefined) return false
    if (!first && counts.at(topologyKey, node) <= 0) return false
  }
  return true
}

function nearFoes(terms: readonly AffinityTerm[], counts: TopologyCounts, node: NodeInfo): boolean {
  for (const { topologyKey } of terms) if (counts.at(topologyKey, node) > 0) return true
  return false
}

export function supposeAffinity(state: AffinityState, cycle: Cycle, other: PodInfo, node: NodeInfo, sign: 1 | -1): void {
  const { pod } = cycle
  const own = labelsOfNamespace(cycle, pod.namespace)
  for (const term of other.terms.antiAffinity) {
    if (termMatches(term, pod.namespace, pod.labels, own)) state.existing.suppose(term.topologyKey, node, sign)
  }
  const { affinity, antiAffinity } = pod.terms
  if (affinity.length === 0 && antiAffinity.length === 0) return
  const theirs = labelsOfNamespace(cycle, other.namespace)
  if (affinity.length > 0 && affinity.every((term) => termMatches(term, other.namespace, other.labels, theirs))) {
    for (const { topologyKey } of affinity) state.affinity.suppose(topologyKey, node, sign)
  }
  for (const term of antiAffinity) {
    if (termMatches(term, other.namespace, other.labels, theirs)) state.antiAffinity.suppose(term.topologyKey, node, sign)
  }
}
