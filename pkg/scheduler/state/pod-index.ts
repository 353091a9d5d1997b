/**
 * Placed pods by what selectors see of them. Pods of one template share labels and terms, so a selector is matched once
 * a group, and not once a pod: counting 150,000 pods of 100 Deployments is 100 matches.
 */
import type { Labels } from '#apimachinery/labels.ts'
import type { AffinityTerms } from './affinity-term.ts'
import type { NodeInfo } from './node-info.ts'
import { PodCounts } from './pod-counts.ts'
import type { PodInfo } from './pod-info.ts'

/** Pods that no label selector can tell apart, and how many stand on each node. */
export interface PodGroup {
  readonly namespace: string
  readonly labels: Labels
  readonly terminating: boolean
  readonly counts: PodCounts
}

/** Pods with the same affinity terms. */
export interface TermGroup {
  readonly terms: AffinityTerms
  readonly counts: PodCounts
}

export class PodIndex {
  readonly #groups = new Map<string, PodGroup>()
  readonly #byNamespace = new Map<string, Map<string, PodGroup>>()
  /** Pods with required anti-affinity: they keep others away. */
  readonly #guarded = new Map<string, TermGroup>()
  /** Pods with any other terms: they draw or repel in scoring. */
  readonly #drawing = new Map<string, TermGroup>()

  get groups(): Iterable<PodGroup> {
    return this.#groups.values()
  }

  groupsIn(namespace: string): Iterable<PodGroup> {
    return this.#byNamespace.get(namespace)?.values() ?? []
  }

  get guarded(): Iterable<TermGroup> {
    return this.#guarded.values()
  }

  get drawing(): Iterable<TermGroup> {
    return this.#drawing.values()
  }

  /** The node's labels are others now, or it came or went. */
  relabelled(node: NodeInfo): void {
    for (const groups of [this.#groups, this.#guarded, this.#drawing]) for (const { counts } of groups.values()) counts.relabelled(node)
  }

  count(info: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    this.#countGroup(info, node, sign)
    const { terms, pod } = info
    if (terms.antiAffinity.length > 0) {
      const { requiredDuringSchedulingIgnoredDuringExecution } = pod.spec.affinity!.podAntiAffinity!
      this.#countTerms(this.#guarded, `${info.namespace}|${JSON.stringify(requiredDuringSchedulingIgnoredDuringExecution)}`, terms, node, sign)
    }
    if (terms.affinity.length + terms.preferredAffinity.length + terms.preferredAntiAffinity.length > 0) {
      const { podAffinity, podAntiAffinity } = pod.spec.affinity!
      this.#countTerms(this.#drawing, `${info.namespace}|${JSON.stringify([podAffinity, podAntiAffinity])}`, terms, node, sign)
    }
  }

  #countGroup({ namespace, labels, pod }: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    const terminating = pod.metadata.deletionTimestamp !== undefined
    const key = `${namespace}|${terminating}|${JSON.stringify(labels)}`
    let group = this.#groups.get(key)
    if (!group) {
      group = { namespace, labels, terminating, counts: new PodCounts() }
      this.#groups.set(key, group)
      const inNamespace = this.#byNamespace.get(namespace)
      if (inNamespace) inNamespace.set(key, group)
      else this.#byNamespace.set(namespace, new Map([[key, group]]))
    }
    group.counts.add(node, sign)
    if (group.counts.byNode.size > 0) return
    this.#groups.delete(key)
    const inNamespace = this.#byNamespace.get(namespace)
    inNamespace?.delete(key)
    if (inNamespace?.size === 0) this.#byNamespace.delete(namespace)
  }

  #countTerms(groups: Map<string, TermGroup>, key: string, terms: AffinityTerms, node: NodeInfo, sign: 1 | -1): void {
    let group = groups.get(key)
    if (!group) {
      group = { terms, counts: new PodCounts() }
      groups.set(key, group)
    }
    group.counts.add(node, sign)
    if (group.counts.byNode.size === 0) groups.delete(key)
  }
}
