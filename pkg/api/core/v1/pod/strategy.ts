/** What each door of a pod may change (pkg/registry/core/pod/strategy.go). */
import { type Container, type Pod, type PodCondition, PodConditionSchema, type PodStatus } from '#api/gen/core/v1.ts'
import { normalize } from '#apimachinery/codec/index.ts'
import type { StrategyContext } from '#api/types.ts'
import { rfc3339 } from '#base/clock.ts'
import { raiseGeneration } from '../../../doors.ts'
import { takeOverAppArmorAnnotations } from './app-armor-annotations.ts'
import { qosClassOf } from './qos.ts'
import type { LabelSelector } from '#apimachinery/object.ts'

export function prepareForCreate(pod: Pod, { now, warn }: StrategyContext): void {
  pod.metadata.generation = 1
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec) }
  const gates = pod.spec.schedulingGates ?? []
  if (gates.length > 0) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates'
    const condition = { type: 'PodScheduled', status: 'False', lastTransitionTime: rfc3339(now), reason: 'SchedulingGated', message }
    pod.status.conditions = [normalize(PodConditionSchema, condition) as PodCondition]
  }
  mergeMatchLabelKeys(pod)
  for (const text of takeOverAppArmorAnnotations(pod)) warn?.(text)
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
  pod.status.qosClass ||= old.status.qosClass
  keepObservedGenerations(pod.status, old.status)
  keepEmptyReason(pod)
}

/** Clients that do not know of observed generations do not take them away (KEP-5067). Conditions of one type are told apart by their order. */
function keepObservedGenerations(status: PodStatus, before: PodStatus): void {
  if (!status.observedGeneration && before.observedGeneration) status.observedGeneration = before.observedGeneration
  const known = Map.groupBy(before.conditions ?? [], ({ type }) => type)
  for (const condition of status.conditions ?? []) {
    const earlier = known.get(condition.type)?.shift()
    if (!condition.observedGeneration && earlier?.observedGeneration) condition.observedGeneration = earlier.observedGeneration
  }
}

function keepEmptyReason(pod: Pod): void {
  for (const key of ['reason', 'message'] as const) if (pod.status[key] === '') delete pod.status[key]
}

/** Only `spec.ephemeralContainers`, and of metadata nothing. */
export function prepareForEphemeralContainersUpdate(pod: Pod, old: Pod): void {
  const { ephemeralContainers } = pod.spec
  pod.spec = { ...old.spec }
  if (ephemeralContainers) pod.spec.ephemeralContainers = ephemeralContainers
  else delete pod.spec.ephemeralContainers
  pod.status = old.status
  pod.metadata = { ...old.metadata, resourceVersion: pod.metadata.resourceVersion, managedFields: pod.metadata.managedFields }
  raiseGeneration(pod, old, (each) => (each as Pod).spec)
}

/** Only the resources of the pod and of its containers, and the resize policies of these (KEP-1287). Containers that do not match are for validation to refuse. */
export function prepareForResize(pod: Pod, old: Pod): void {
  const resized = pod.spec
  if (resizable.every((group) => (resized[group] ?? []).length === (old.spec[group] ?? []).length)) {
    pod.spec = { ...old.spec }
    if (resized.resources) pod.spec.resources = resized.resources
    else delete pod.spec.resources
    for (const group of resizable) if (resized[group]) pod.spec[group] = resizedContainers(resized[group], old.spec[group] ?? [])
    pod.status = old.status
    pod.metadata = { ...old.metadata, resourceVersion: pod.metadata.resourceVersion, managedFields: pod.metadata.managedFields }
  }
  raiseGeneration(pod, old, (each) => (each as Pod).spec)
}

const resizable = ['containers', 'initContainers'] as const

function resizedContainers(resized: Container[], old: readonly Container[]): Container[] {
  if (resized.some(({ name }, position) => old[position]?.name !== name)) return resized
  return resized.map(({ resources, resizePolicy }, position) => {
    const { resizePolicy: _, ...container } = old[position]!
    return { ...container, resources, ...(resizePolicy ? { resizePolicy } : {}) }
  })
}

/** Zero deletes at once: pods on no node, and those that have ended, have nothing to wait for. */
export function gracePeriodSeconds({ spec, status }: Pod, requested: number | undefined): number {
  if (!spec.nodeName || status.phase === 'Failed' || status.phase === 'Succeeded') return 0
  const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
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
    // Accepted, though upstream fills in nothing for it.
    'status.podIPs': '',
    'status.nominatedNodeName': status.nominatedNodeName ?? '',
  }
}
