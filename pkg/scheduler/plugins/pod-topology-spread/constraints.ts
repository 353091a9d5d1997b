/** topologySpreadConstraints made ready: the pod's own, or the defaults that every pod of a Service or workload has. */
import type { Pod, TopologySpreadConstraint } from '#api/gen/core/v1.ts'
import { type Labels, nothing, type Selector, selectorFromLabelSelector, selectorFromSet, selectorOf } from '#apimachinery/labels.ts'
import type { Cycle } from '../../framework/types.ts'
import { hasNodeAffinity, matchesPodAffinity } from '#api/core/v1/placement/node-affinity.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodCounts } from '../../state/pod-counts.ts'
import { hasUntoleratedTaint } from '#api/core/v1/placement/tolerations.ts'

export interface Constraint {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly selector: Selector
  readonly honorAffinity: boolean
  readonly honorTaints: boolean
}

export interface SpreadArgs {
  /** For pods without constraints of their own. */
  readonly defaultConstraints: readonly TopologySpreadConstraint[]
  readonly systemDefaulted: boolean
}

export const systemDefaults: SpreadArgs = {
  systemDefaulted: true,
  defaultConstraints: [
    { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
    { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
  ],
}

export function constraintsOf(cycle: Cycle, { defaultConstraints }: SpreadArgs, action: 'DoNotSchedule' | 'ScheduleAnyway'): readonly Constraint[] {
  const { pod } = cycle.pod
  const own = pod.spec.topologySpreadConstraints ?? []
  if (own.length > 0) return ownConstraints(pod, cycle.pod.labels, action)
  const wanted = defaultConstraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
  if (wanted.length === 0) return []
  const selector = defaultSelector(cycle)
  return selector.isEmpty ? [] : wanted.map((each) => compile(each, selector))
}

/** Those that the pod has itself. */
export function ownConstraints({ spec }: Pod, labels: Labels, action: 'DoNotSchedule' | 'ScheduleAnyway'): readonly Constraint[] {
  const wanted = (spec.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
  return wanted.map((each) => compile(each, withKeys(each, labels)))
}

function compile({ topologyKey, maxSkew, minDomains, nodeAffinityPolicy, nodeTaintsPolicy }: TopologySpreadConstraint, selector: Selector): Constraint {
  return {
    topologyKey,
    maxSkew,
    minDomains: minDomains ?? 1,
    selector,
    honorAffinity: nodeAffinityPolicy !== 'Ignore',
    honorTaints: nodeTaintsPolicy === 'Honor',
  }
}

/** matchLabelKeys narrow the selector to pods with the same values; twice is as good as once. */
function withKeys({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, labels: Labels): Selector {
  const selector = selectorFromLabelSelector(labelSelector)
  const keys = matchLabelKeys.filter((key) => Object.hasOwn(labels, key))
  if (keys.length === 0 || selector === nothing) return selector
  return selectorOf([...selector.requirements, ...keys.map((key) => ({ key, operator: 'in' as const, values: [labels[key]!] }))])
}

/** What Services and the owner select the pod by, together (upstream's DefaultSelector). */
function defaultSelector({ pod, objects }: Cycle): Selector {
  const { namespace, labels } = pod
  const sets: Record<string, string> = {}
  for (const { spec } of objects.services.list(namespace)) {
    const entries = Object.entries(spec?.selector ?? {})
    if (entries.length > 0 && entries.every(([key, value]) => labels[key] === value)) Object.assign(sets, spec!.selector)
  }
  const owner = ownerOf(pod.pod)
  const of = (kind: string, group: string) => owner?.kind === kind && owner.apiVersion.startsWith(group)
  if (of('ReplicationController', 'v1')) Object.assign(sets, objects.replicationControllers.get(namespace, owner!.name)?.spec?.selector)
  const structured = of('ReplicaSet', 'apps/')
    ? objects.replicaSets.get(namespace, owner!.name)?.spec?.selector
    : of('StatefulSet', 'apps/')
      ? objects.statefulSets.get(namespace, owner!.name)?.spec?.selector
      : undefined
  const set = selectorFromSet(sets)
  return structured ? selectorOf([...set.requirements, ...selectorFromLabelSelector(structured).requirements]) : set
}

function ownerOf({ metadata }: Pod) {
  return metadata.ownerReferences?.find(({ controller }) => controller)
}

/** Whether the node counts as part of a domain at all. */
export function nodeCounts(constraint: Constraint, pod: Pod, node: NodeInfo): boolean {
  if (constraint.honorAffinity && hasNodeAffinity(pod) && !matchesPodAffinity(pod, node.node!)) return false
  return !constraint.honorTaints || node.taints.length === 0 || !hasUntoleratedTaint(node.taints, pod.spec.tolerations)
}

export function hasAllKeys(constraints: readonly Constraint[], { labels }: NodeInfo): boolean {
  for (const { topologyKey } of constraints) if (labels[topologyKey] === undefined) return false
  return true
}

/** Whether all nodes that have the key count: then domains need not be counted node by node. */
export function allNodesCount({ honorAffinity, honorTaints }: Constraint, pod: Pod): boolean {
  return !honorTaints && !(honorAffinity && hasNodeAffinity(pod))
}

/** Living pods that the constraint means, group by group. */
export function matchingPods({ pod, cluster }: Cycle, { selector }: Constraint): PodCounts[] {
  const found: PodCounts[] = []
  for (const group of cluster.index.groupsIn(pod.namespace)) {
    if (!group.terminating && selector.matches(group.labels)) found.push(group.counts)
  }
  return found
}
