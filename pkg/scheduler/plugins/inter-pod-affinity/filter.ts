/** Required affinity and anti-affinity. */
import type { Labels } from '#apimachinery/labels.ts'
import type { Batch, Cycle, PreFilterResult, Verdict } from '../../framework/types.ts'
import { type AffinityTerm, termMatches } from '../../state/affinity-term.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import { addGroup, addToDomain, type AffinityState, countAt, type TopologyCounts } from './topology-counts.ts'

const plugin = 'InterPodAffinity'
const affinityRules: Verdict = { plugin, reasons: ["node(s) didn't match pod affinity rules"], resolvable: false }
const antiAffinityRules: Verdict = { plugin, reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true }
const existingRules: Verdict = { plugin, reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], resolvable: true }

export function preFilterAffinity(cycle: Cycle): PreFilterResult<AffinityState> {
  const { pod, cluster, objects } = cycle
  const { affinity, antiAffinity } = pod.terms
  const state: AffinityState = { affinity: new Map(), antiAffinity: new Map(), existing: new Map() }
  const ownLabels = labelsOfNamespace(cycle, pod.namespace)
  for (const { terms, counts } of cluster.index.guarded) {
    for (const term of terms.antiAffinity) {
      if (termMatches(term, pod.namespace, pod.labels, ownLabels)) addGroup(state.existing, term.topologyKey, counts)
    }
  }
  if (affinity.length === 0 && antiAffinity.length === 0) return state.existing.size === 0 ? { skip: true } : { state }
  const namespaceLabels = new Map<string, Labels>()
  for (const { namespace, labels, counts } of groupsFor(cycle, [...affinity, ...antiAffinity])) {
    let labelsThere = namespaceLabels.get(namespace)
    if (!labelsThere) {
      labelsThere = objects.namespaces.get(undefined, namespace)?.metadata.labels ?? {}
      namespaceLabels.set(namespace, labelsThere)
    }
    if (affinity.length > 0 && affinity.every((term) => termMatches(term, namespace, labels, labelsThere))) {
      for (const { topologyKey } of affinity) addGroup(state.affinity, topologyKey, counts)
    }
    for (const term of antiAffinity) {
      if (termMatches(term, namespace, labels, labelsThere)) addGroup(state.antiAffinity, term.topologyKey, counts)
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
  const first = affinity.length > 0 && state.affinity.size === 0 && matchesItself(cycle)
  for (let i = 0; i < length; i++) {
    if (verdicts[i] !== undefined) continue
    const node = nodes[i]!
    if (affinity.length > 0 && !nearFriends(affinity, state.affinity, node, first)) verdicts[i] = affinityRules
    else if (antiAffinity.length > 0 && nearFoes(antiAffinity, state.antiAffinity, node)) verdicts[i] = antiAffinityRules
    else if (state.existing.size > 0 && isGuarded(state.existing, node)) verdicts[i] = existingRules
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
    if (!first && countAt(counts, topologyKey, node) <= 0) return false
  }
  return true
}

function nearFoes(terms: readonly AffinityTerm[], counts: TopologyCounts, node: NodeInfo): boolean {
  for (const { topologyKey } of terms) if (countAt(counts, topologyKey, node) > 0) return true
  return false
}

function isGuarded(counts: TopologyCounts, node: NodeInfo): boolean {
  for (const [key, domains] of counts) {
    const value = node.labels[key]
    if (value !== undefined && (domains.get(value) ?? 0) > 0) return true
  }
  return false
}

export function supposeAffinity(state: AffinityState, cycle: Cycle, other: PodInfo, node: NodeInfo, sign: 1 | -1): void {
  const { pod } = cycle
  const own = labelsOfNamespace(cycle, pod.namespace)
  for (const term of other.terms.antiAffinity) {
    if (termMatches(term, pod.namespace, pod.labels, own)) addToDomain(state.existing, term.topologyKey, node, sign)
  }
  const { affinity, antiAffinity } = pod.terms
  if (affinity.length === 0 && antiAffinity.length === 0) return
  const theirs = labelsOfNamespace(cycle, other.namespace)
  if (affinity.length > 0 && affinity.every((term) => termMatches(term, other.namespace, other.labels, theirs))) {
    for (const { topologyKey } of affinity) addToDomain(state.affinity, topologyKey, node, sign)
  }
  for (const term of antiAffinity) {
    if (termMatches(term, other.namespace, other.labels, theirs)) addToDomain(state.antiAffinity, term.topologyKey, node, sign)
  }
}
