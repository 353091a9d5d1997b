/**
 * ResourceQuota: sets the books right that admission keeps, after objects were deleted or the quota changed.
 * In: ResourceQuotas and what they count. Out: ResourceQuota status. Upstream: pkg/controller/resourcequota.
 */
import type { ResourceQuota } from '#api/gen/core/v1.ts'
import { isSelected } from '#api/core/v1/quota/scopes.ts'
import { usageOf } from '#api/core/v1/quota/usage.ts'
import {
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  horizontalPodAutoscalers,
  ingresses,
  jobs,
  persistentVolumeClaims,
  pods,
  replicaSets,
  replicationControllers,
  resourceQuotas,
  secrets,
  services,
  statefulSets,
} from '#api/gen/resources.ts'
import { type KubeObject, keyOf, type ResourceRef } from '#apimachinery/object.ts'
import { addQuantities } from '#apimachinery/quantity.ts'
import { type Change, type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { writeStatus } from '../workload/status-write.ts'
import type { ControllerSettings } from '../types.ts'
import { listUncached } from './uncached.ts'

/** --resource-quota-sync-period: what is not watched is counted again this often. */
const defaultResyncMs = 300_000

/** Watched, so that what is given up is there again at once. */
const watched: readonly ResourceRef<any>[] = [
  pods,
  services,
  persistentVolumeClaims,
  replicationControllers,
  secrets,
  configMaps,
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  jobs,
  cronJobs,
  ingresses,
  horizontalPodAutoscalers,
]

export function resourceQuotaController({ resourceQuotaSyncMs: resyncMs = defaultResyncMs }: Pick<ControllerSettings, 'resourceQuotaSyncMs'> = {}): Controller {
  const replenish =
    (of: ResourceRef) =>
    (object: KubeObject, change: Change, previous: KubeObject | undefined, { cache }: ControllerContext) => {
      const quotas = cache(resourceQuotas).list(object.metadata.namespace)
      if (quotas.length === 0) return []
      // What is new was booked before it was stored: to count it now would undo what is booked and not stored yet.
      if (change === 'add' || (change === 'update' && (!previous || sameUsage(of, object, previous)))) return []
      return quotas.filter(({ spec }) => !spec?.scopes?.length || of.plural === 'pods' || of.plural === 'persistentvolumeclaims').map(keyOf)
    }
  return {
    name: 'resourcequota-controller',
    account: 'resourcequota-controller',
    inputs: [input(resourceQuotas, { keys: keysOfQuota }), ...watched.map((of) => input(of, { keys: replenish(of) }))],
    outputs: [output(resourceQuotas, 'status', { shared: true })],
    async reconcile(key, context) {
      const quota = context.cache(resourceQuotas).byKey(key)
      if (!quota || quota.metadata.deletionTimestamp) return undefined
      const hard = quota.spec?.hard ?? {}
      await writeStatus(context.client, resourceQuotas, quota, { hard, used: await count(quota, Object.keys(hard), context) })
      return { requeueAfterMs: resyncMs }
    },
  }
}

/** Its status is booked by admission for what is not stored yet: that is no reason to count. One that goes gives back what quotas of quotas count. */
function keysOfQuota(quota: ResourceQuota, change: Change, previous: ResourceQuota | undefined, { cache }: ControllerContext): string[] {
  if (change === 'delete') return cache(resourceQuotas).list(quota.metadata.namespace).map(keyOf)
  const isCounted = change === 'update' && JSON.stringify(quota.spec?.hard) === JSON.stringify(previous?.spec?.hard)
  return isCounted ? [] : [keyOf(quota)]
}

function sameUsage({ group, plural }: ResourceRef, a: KubeObject, b: KubeObject): boolean {
  return JSON.stringify(usageOf(group, plural, a)) === JSON.stringify(usageOf(group, plural, b))
}

async function count(quota: ResourceQuota, names: readonly string[], context: ControllerContext): Promise<Record<string, string>> {
  const used: Record<string, string> = Object.fromEntries(names.map((name) => [name, '0']))
  const limits = new Set(names)
  const tallyOf = (group: string, plural: string, objects: readonly KubeObject[]): void => {
    for (const object of objects) {
      if (!isSelected(quota, plural, object)) continue
      for (const [name, value] of Object.entries(usageOf(group, plural, object))) if (limits.has(name)) used[name] = addQuantities(used[name]!, value)
    }
  }
  const { namespace } = quota.metadata
  const counted = new Set<string>()
  for (const of of [...watched, resourceQuotas]) {
    counted.add(countName(of.group, of.plural))
    tallyOf(of.group, of.plural, context.cache<KubeObject>(of).list(namespace))
  }
  for (const name of names) {
    const match = /^count\/([^.]+)(?:\.(.+))?$/.exec(name)
    if (!match || counted.has(name)) continue
    const [, plural = '', group = ''] = match
    const objects = await listUncached(context.client, group, plural, namespace!)
    if (objects) tallyOf(group, plural, objects)
    else delete used[name]
  }
  return used
}

const countName = (group: string, plural: string): string => `count/${plural}${group === '' ? '' : `.${group}`}`
