/**
 * Ephemeral volumes: a claim of its own for each `ephemeral` volume of a pod, which goes with the pod.
 * In: pods, claims. Out: claims. Upstream: pkg/controller/volume/ephemeral.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type Counter, MetricSet } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import { controllerOf, controllerRef } from '../workload/owner.ts'

interface Counts {
  readonly created: Counter
  readonly failed: Counter
}

export function ephemeralVolumeController(): Controller {
  const metrics = new MetricSet()
  const counts: Counts = {
    created: metrics.counter('ephemeral_volume_controller_create_total', 'Number of PersistentVolumeClaim creation requests'),
    failed: metrics.counter('ephemeral_volume_controller_create_failures_total', 'Number of PersistentVolumeClaim creation requests that failed'),
  }
  return {
    name: 'ephemeral-volume-controller',
    account: 'ephemeral-volume-controller',
    metrics,
    eventSource: 'ephemeral_volume',
    inputs: [
      input(pods, { keys: (pod, change) => (change !== 'delete' && pod.spec.volumes?.some(({ ephemeral }) => ephemeral) ? [keyOf(pod)] : []) }),
      // A claim that went is made again for a pod that is still there.
      input(persistentVolumeClaims, {
        keys: (claim, change) => {
          const owner = controllerOf(claim)
          return change === 'delete' && owner?.kind === 'Pod' ? [`${claim.metadata.namespace}/${owner.name}`] : []
        },
      }),
    ],
    outputs: [output(persistentVolumeClaims, 'object', { shared: true })],
    async reconcile(key, context) {
      const pod = context.cache(pods).byKey(key)
      if (!pod || pod.metadata.deletionTimestamp) return
      for (const volume of pod.spec.volumes ?? []) if (volume.ephemeral) await ensureClaim(pod, volume, counts, context)
    },
  }
}

async function ensureClaim(
  pod: Pod,
  { name, ephemeral }: NonNullable<Pod['spec']['volumes']>[number],
  counts: Counts,
  { cache, client, events }: ControllerContext,
): Promise<void> {
  const { namespace } = pod.metadata
  const claimName = `${pod.metadata.name}-${name}`
  const found = cache(persistentVolumeClaims).get(namespace, claimName)
  if (found) {
    if (controllerOf(found)?.uid === pod.metadata.uid) return
    const why = `PVC ${namespace}/${claimName} was not created for pod ${keyOf(pod)} (pod is not owner)`
    events.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${name}: ${why}`)
    throw new Error(why)
  }
  const template = ephemeral?.volumeClaimTemplate
  if (!template) return
  const { labels, annotations } = template.metadata ?? {}
  counts.created.add()
  try {
    await client.create(persistentVolumeClaims, {
      metadata: {
        namespace: namespace!,
        name: claimName,
        ownerReferences: [controllerRef(pod, pods)],
        ...(annotations ? { annotations } : {}),
        ...(labels ? { labels } : {}),
      },
      spec: template.spec,
    })
  } catch (error) {
    counts.failed.add()
    events.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${name}: create PVC ${claimName}: ${(error as Error).message}`)
    throw error
  }
}
