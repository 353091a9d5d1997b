/** How many matching pods stand in each topology domain. */
import type { NodeInfo } from '../../state/node-info.ts'

/** Topology key, then the key's value on nodes, then pods. */
export type TopologyCounts = Map<string, Map<string, number>>

export interface AffinityState {
  /** Pods that match all the pod's affinity terms, in the terms' domains. */
  readonly affinity: TopologyCounts
  /** Pods that match the pod's anti-affinity terms. */
  readonly antiAffinity: TopologyCounts
  /** Pods whose own anti-affinity keeps the pod away. */
  readonly existing: TopologyCounts
}

export function addToDomain(counts: TopologyCounts, key: string, node: NodeInfo, amount: number): void {
  const value = node.labels[key]
  if (value === undefined) return
  let domains = counts.get(key)
  if (!domains) {
    domains = new Map()
    counts.set(key, domains)
  }
  const next = (domains.get(value) ?? 0) + amount
  if (next === 0) domains.delete(value)
  else domains.set(value, next)
  if (domains.size === 0) counts.delete(key)
}

/** For each of the nodes: a whole group's domains at once. */
export function addGroup(counts: TopologyCounts, key: string, nodes: ReadonlyMap<NodeInfo, number>, factor = 1): void {
  let domains = counts.get(key)
  if (!domains) {
    domains = new Map()
    counts.set(key, domains)
  }
  for (const [node, count] of nodes) {
    if (node.node === undefined) continue
    const value = node.labels[key]
    if (value !== undefined) domains.set(value, (domains.get(value) ?? 0) + count * factor)
  }
  if (domains.size === 0) counts.delete(key)
}

export function countAt(counts: TopologyCounts, key: string, node: NodeInfo): number {
  const value = node.labels[key]
  return value === undefined ? 0 : (counts.get(key)?.get(value) ?? 0)
}
