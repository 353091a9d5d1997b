/**
 * Pod GC: sweeps up pods that nobody else will: on nodes that are gone, ended ones beyond a number, and deleted ones that never got a node.
 * In: pods, nodes. Out: deletion of pods. Upstream: pkg/controller/podgc.
 */
import { withPodCondition } from '#api/core/v1/pod/with-condition.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Counter, MetricSet } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { isPodTerminal } from '../workload/pod-state.ts'

const sweepKey = 'sweep'
const sweepPeriodMs = 20_000
/** A node that just disappeared may be about to come back. */
const quarantineMs = 40_000
interface Counts {
  readonly deleted: Counter
  readonly failed: Counter
}

const outOfServiceTaint = 'node.kubernetes.io/out-of-service'

export function podGcController({ terminatedPodThreshold = 12_500 }: ControllerSettings): Controller {
  const missingSince = new Map<string, number>()
  const metrics = new MetricSet()
  const counts: Counts = {
    deleted: metrics.counter(
      'pod_gc_collector_force_delete_pods_total',
      'Number of pods that are being forcefully deleted since the Pod GC Controller started',
    ),
    failed: metrics.counter('pod_gc_collector_force_delete_pod_errors_total', 'Number of errors encountered when forcefully deleting the pods'),
  }
  return {
    name: 'pod-garbage-collector-controller',
    account: 'pod-garbage-collector',
    metrics,
    workers: 1,
    inputs: [input(pods), input(nodes)],
    outputs: [output(pods, 'object', { shared: true }), output(pods, 'status', { shared: true })],
    start: ({ enqueue }) => enqueue(sweepKey, sweepPeriodMs),
    async reconcile(_key, context) {
      const all = context.cache(pods).list()
      await sweepTerminated(all, terminatedPodThreshold, counts, context)
      await sweepOutOfService(all, counts, context)
      await sweepOrphans(all, missingSince, counts, context)
      for (const pod of all) if (pod.metadata.deletionTimestamp && !pod.spec.nodeName) await forceDelete(pod, 'unscheduled', undefined, counts, context)
      return { requeueAfterMs: sweepPeriodMs }
    },
  }
}

async function sweepTerminated(all: readonly Pod[], threshold: number, counts: Counts, context: ControllerContext): Promise<void> {
  if (threshold <= 0) return
  const ended = all.filter(isPodTerminal)
  if (ended.length <= threshold) return
  const evicted = (pod: Pod) => pod.status?.phase === 'Failed' && pod.status.reason === 'Evicted'
  ended.sort(
    (a, b) =>
      Number(evicted(b)) - Number(evicted(a)) ||
      Date.parse(a.metadata.creationTimestamp!) - Date.parse(b.metadata.creationTimestamp!) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  )
  for (const pod of ended.slice(0, ended.length - threshold)) await forceDelete(pod, 'terminated', undefined, counts, context)
}

async function sweepOutOfService(all: readonly Pod[], counts: Counts, context: ControllerContext): Promise<void> {
  for (const pod of all) {
    if (!pod.metadata.deletionTimestamp || !pod.spec.nodeName) continue
    const node = context.cache(nodes).byKey(pod.spec.nodeName)
    const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
    const outOfService = node?.spec?.taints?.some(({ key }) => key === outOfServiceTaint)
    if (node && !ready && outOfService) await forceDelete(pod, 'out-of-service', undefined, counts, context)
  }
}

async function sweepOrphans(all: readonly Pod[], missingSince: Map<string, number>, counts: Counts, context: ControllerContext): Promise<void> {
  const { cache, client, clock } = context
  const orphans = all.filter(({ spec }) => spec.nodeName && !cache(nodes).byKey(spec.nodeName))
  const missing = new Set(orphans.map(({ spec }) => spec.nodeName!))
  for (const name of missingSince.keys()) if (!missing.has(name)) missingSince.delete(name)
  for (const name of missing) {
    const since = missingSince.get(name) ?? clock.now()
    missingSince.set(name, since)
    if (clock.now() - since < quarantineMs || (await exists(name, client))) continue
    for (const pod of orphans) if (pod.spec.nodeName === name) await forceDelete(pod, 'orphaned', 'PodGC: node no longer exists', counts, context)
  }
}

async function exists(name: string, client: ControllerContext['client']): Promise<boolean> {
  try {
    await client.get(nodes, { name })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** One that has not ended has failed first, so that its owner may know; `why` is told as a condition. */
async function forceDelete(pod: Pod, reason: string, why: string | undefined, counts: Counts, { client, clock, log }: ControllerContext): Promise<void> {
  const { namespace, name, uid, generation } = pod.metadata
  const labels = { namespace: namespace!, reason }
  counts.deleted.add(labels)
  try {
    if (!isPodTerminal(pod)) {
      const condition = why ? withPodCondition(pod, { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: why }, clock.now()) : {}
      const status = { phase: 'Failed', ...(generation === undefined ? {} : { observedGeneration: generation }), ...condition }
      await client.patch(pods, { namespace, name }, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' })
    }
    await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
    log.info('deleted a pod that nobody looks after', { pod: `${namespace}/${name}`, why: why ?? 'ended or never placed' })
  } catch (error) {
    if (isNotFound(error)) return
    counts.failed.add(labels)
    log.warn('could not delete a pod', { pod: `${namespace}/${name}`, error })
  }
}
