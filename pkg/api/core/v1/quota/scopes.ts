/** Which objects a quota's scopes select. */
import type { PersistentVolumeClaim, Pod, ResourceQuota, ScopedResourceSelectorRequirement } from '#api/gen/core/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { podResources } from './pod-resources.ts'

export function isSelected({ spec }: ResourceQuota, resource: string, object: KubeObject): boolean {
  const requirements: ScopedResourceSelectorRequirement[] = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' as const })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ]
  if (requirements.length === 0) return true
  if (resource === 'pods') return requirements.every((each) => podMatches(each, object as Pod))
  return resource === 'persistentvolumeclaims' && requirements.every((each) => claimMatches(each, object as PersistentVolumeClaim))
}

function podMatches(requirement: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return pod.spec?.activeDeadlineSeconds !== undefined
    case 'NotTerminating':
      return pod.spec?.activeDeadlineSeconds === undefined
    case 'BestEffort':
      return isBestEffort(pod)
    case 'NotBestEffort':
      return !isBestEffort(pod)
    case 'PriorityClass':
      return valueMatches(requirement, pod.spec?.priorityClassName ?? '')
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod)
    default:
      return false
  }
}

function claimMatches(requirement: ScopedResourceSelectorRequirement, { spec }: PersistentVolumeClaim): boolean {
  return requirement.scopeName === 'VolumeAttributesClass' && valueMatches(requirement, spec?.volumeAttributesClassName ?? '')
}

function valueMatches({ operator, values = [] }: ScopedResourceSelectorRequirement, value: string): boolean {
  if (operator === 'In') return values.includes(value)
  if (operator === 'NotIn') return !values.includes(value)
  return operator === 'Exists' ? value !== '' : value === ''
}

function isBestEffort(pod: Pod): boolean {
  const named = [podResources(pod, 'requests'), podResources(pod, 'limits')].flatMap((list) => Object.keys(list))
  return !named.some((each) => each === 'cpu' || each === 'memory')
}

function reachesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return [podAffinity, podAntiAffinity].some((each) =>
    [
      ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ].some((term) => (term?.namespaces?.length ?? 0) > 0 || term?.namespaceSelector !== undefined),
  )
}
