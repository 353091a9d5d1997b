/** `sortOptions:` and kubectl kustomize's own order: kinds that others need come first (kustomize's SortOrderTransformer). */
import { KustomizeError } from '../errors.ts'
import { formatGvk } from '../res-id.ts'
import type { Resource } from '../resource.ts'
import type { ResourceSet } from '../resource-set.ts'
import type { Gvk, SortOptions } from '../types.ts'

const orderFirst = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
const orderLast = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

export function sortResources(set: ResourceSet, { order = 'fifo', legacySortOptions }: SortOptions): void {
  if (order !== 'fifo' && order !== 'legacy') throw new KustomizeError("the field 'sortOptions.order' must be one of [fifo, legacy]")
  if (order === 'fifo') {
    if (legacySortOptions === undefined) return
    throw new KustomizeError("the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'")
  }
  const first = legacySortOptions?.orderFirst ?? (legacySortOptions ? [] : orderFirst)
  const last = legacySortOptions?.orderLast ?? (legacySortOptions ? [] : orderLast)
  const rank = new Map<string, number>([
    ...last.map((kind, index) => [kind, index + 1] as const),
    ...first.map((kind, index) => [kind, index - first.length] as const),
  ])
  set.list.sort((a, b) => (rank.get(a.id.kind) ?? 0) - (rank.get(b.id.kind) ?? 0) || compare(gvkText(a.id), gvkText(b.id)) || compare(idText(a), idText(b)))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function gvkText({ group, version, kind }: Gvk): string {
  return `${group || '~G'}_${version || '~V'}_${kind || '~K'}`
}

function idText({ id }: Resource): string {
  return `${formatGvk(id)}|${id.namespace || '~X'}|${id.name || '~N'}`
}
