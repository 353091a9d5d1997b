/** What each door of a pod may change (pkg/registry/core/pod/strategy.go). */
import type { Pod } from '#api/gen/core/v1.ts'
import type { StrategyContext } from '#api/types.ts'
import { raiseGeneration } from '../../../doors.ts'
import { qosClassOf } from './qos.ts'
import type { LabelSelector } from '#apimachinery/object.ts'

export function prepareForCreate(pod: Pod, _context: StrategyContext): void {
  pod.metadata.generation = 1
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec) }
  const gates = pod.spec.schedulingGates ?? []
  if (gates.length > 0) {
    pod.status.conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' },
    ]
  }
  mergeMatchLabelKeys(pod)
}

/** Topology spread and affinity take the values of `matchLabelKeys` into their selectors at creation. */
function mergeMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels ?? {}
  const terms: SelectingTerm[] = [...affinityTerms(pod), ...(pod.spec.topologySpreadConstraints ?? [])]
  for (const { matchLabelKeys, mismatchLabelKeys, labelSelector } of terms) {
    if (!labelSelector) continue
    const requirements = [
      ...(matchLabelKeys ?? []).map((key) => ({ key, operator: 'In' })),
      ...(mismatchLabelKeys ?? []).map((key) => ({ key, operator: 'NotIn' })),
    ]
    for (const { key, operator } of requirements) {
      if (labels[key] === undefined) continue
      labelSelector.matchExpressions = [...(labelSelector.matchExpressions ?? []), { key, operator, values: [labels[key]] }]
    }
  }
}

interface SelectingTerm {
  matchLabelKeys?: string[]
  mismatchLabelKeys?: string[]
  labelSelector?: LabelSelector
}

function affinityTerms({ spec: { affinity } }: Pod) {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((each) => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ])
}

export function prepareForUpdate(pod: Pod, old: Pod): void {
  pod.status = old.status
  raiseGeneration(pod, old, (each) => (each as Pod).spec)
}

export function prepareForStatusUpdate(pod: Pod, old: Pod): void {
  pod.spec = old.spec
  pod.metadata.generation = old.metadata.generation
  delete pod.metadata.deletionTimestamp
  if (old.metadata.deletionTimestamp) pod.metadata.deletionTimestamp = old.metadata.deletionTimestamp
  pod.metadata.ownerReferences = old.metadata.ownerReferences
  if (!pod.metadata.ownerReferences) delete pod.metadata.ownerReferences
  pod.status.qosClass = old.status.qosClass
  keepEmptyReason(pod)
}

function keepEmptyReason(pod: Pod): void {
  for (const key of ['reason', 'message'] as const) if (pod.status[key] === '') delete pod.status[key]
}

/** Only `spec.ephemeralContainers`, and of metadata nothing. */
export function prepareForEphemeralContainersUpdate(pod: Pod, old: Pod): void {
  const { ephemeralContainers } = pod.spec
  pod.spec = { ...old.spec }
  if (ephemeralContainers) pod.spec.ephemeralContainers = ephemeralContainers
  pod.status = old.status
  pod.metadata = { ...old.metadata, resourceVersion: pod.metadata.resourceVersion, managedFields: pod.metadata.managedFields }
  raiseGeneration(pod, old, (each) => (each as Pod).spec)
}

/** Only the resources and resize policies of containers (KEP-1287). */
export function prepareForResize(pod: Pod, old: Pod): void {
  const resized = pod.spec
  pod.spec = structuredClone(old.spec)
  for (const group of ['containers', 'initContainers'] as const) {
    for (const container of pod.spec[group] ?? []) {
      const wanted = resized[group]?.find(({ name }) => name === container.name)
      if (!wanted) continue
      container.resources = wanted.resources
      if (wanted.resizePolicy) container.resizePolicy = wanted.resizePolicy
    }
  }
  pod.status = old.status
  pod.metadata = { ...old.metadata, resourceVersion: pod.metadata.resourceVersion, managedFields: pod.metadata.managedFields }
  raiseGeneration(pod, old, (each) => (each as Pod).spec)
}

/** Zero deletes at once: pods on no node, and those that have ended, have nothing to wait for. */
export function gracePeriodSeconds({ spec, status }: Pod, requested: number | undefined): number | undefined {
  if (!spec.nodeName || status.phase === 'Failed' || status.phase === 'Succeeded') return undefined
  const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0
  if (seconds < 0) return 1
  return seconds === 0 ? undefined : seconds
}

export function selectableFields({ spec, status }: Pod): Record<string, string> {
  return {
    'spec.nodeName': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? '',
    'spec.schedulerName': spec.schedulerName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec.hostNetwork ?? false),
    'status.phase': status.phase ?? '',
    'status.podIP': status.podIPs?.[0]?.ip ?? status.podIP ?? '',
    'status.nominatedNodeName': status.nominatedNodeName ?? '',
  }
}
