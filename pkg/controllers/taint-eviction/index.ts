/**
 * Taint eviction: pods leave a node with a NoExecute taint that they do not tolerate, or when they have tolerated it long enough.
 * In: pods, nodes. Out: deletion of pods. Upstream: pkg/controller/tainteviction.
 */
import { toleratesTaint } from '#api/core/v1/placement/tolerations.ts'
import type { Node, Pod, Taint } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { MetricSet } from '#base/metric-set.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { evict } from '../workload/tolerate.ts'

export function taintEvictionController(): Controller {
  /** Pods that have tolerated long enough at some later time: since when they were first seen to. */
  const waiting = new Map<string, number>()
  /** Those that were sent off, and need not wait again until they are gone. */
  const sent = new Set<string>()
  const metrics = new MetricSet()
  const deletions = metrics.counter('taint_eviction_controller_pod_deletions_total', 'Total number of Pods deleted by TaintEvictionController since its start')
  const late = metrics.histogram(
    'taint_eviction_controller_pod_deletion_duration_seconds',
    'Latency, in seconds, between the time when a taint effect has been activated for the Pod and its deletion via TaintEvictionController',
    [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240],
  )
  return {
    name: 'taint-eviction-controller',
    account: 'node-controller',
    metrics,
    workers: 8,
    inputs: [
      input(pods, {
        indexes: { node: ({ spec }) => (spec.nodeName ? [spec.nodeName] : []) },
        keys: (pod, change, previous, { cache, events }) => {
          if (change === 'delete') sent.delete(keyOf(pod))
          if (change === 'delete' && waiting.delete(keyOf(pod))) events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${keyOf(pod)}`)
          const moved = previous?.spec.nodeName !== pod.spec.nodeName || JSON.stringify(previous?.spec.tolerations) !== JSON.stringify(pod.spec.tolerations)
          const node = change !== 'delete' && moved && pod.spec.nodeName ? cache(nodes).byKey(pod.spec.nodeName) : undefined
          return node && noExecute(node).length > 0 ? [keyOf(pod)] : []
        },
      }),
      input(nodes, {
        keys: (node, change, previous, { cache }) => {
          const changed =
            change === 'add' ? noExecute(node).length > 0 : JSON.stringify(noExecute(node)) !== JSON.stringify(previous ? noExecute(previous) : [])
          return change !== 'delete' && changed ? cache(pods).byIndex('node', node.metadata.name).map(keyOf) : []
        },
      }),
    ],
    outputs: [output(pods, 'object', { shared: true }), output(pods, 'status', { shared: true })],
    async reconcile(key, context) {
      const { cache, clock, events } = context
      const pod = cache(pods).byKey(key)
      const node = pod?.spec.nodeName ? cache(nodes).byKey(pod.spec.nodeName) : undefined
      if (!pod || !node) return undefined
      const cancel = (): void => {
        if (waiting.delete(key)) events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
      }
      const since = waiting.get(key) ?? clock.now()
      const at = leavesAt(noExecute(node), pod, since)
      if (at === undefined) {
        sent.delete(key)
        cancel()
        return undefined
      }
      // One that waits for its time has no longer any.
      if (at === atOnce) cancel()
      else if (sent.has(key)) return undefined
      if (at > clock.now()) {
        waiting.set(key, since)
        return { requeueAfterMs: at - clock.now() }
      }
      const words = {
        event: { reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${key}` },
        condition: { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' },
      }
      await evict(pod, words, context)
      deletions.add()
      late.observe(at === atOnce ? 0 : (clock.now() - at) / 1000)
      waiting.delete(key)
      sent.add(key)
      return undefined
    },
  }
}

const atOnce = Number.NEGATIVE_INFINITY

/** When it has to go; undefined: not for these taints. Of several tolerations of one taint the first counts, and of all taints the shortest. */
function leavesAt(taints: readonly Taint[], { spec, metadata }: Pod, sinceMs: number): number | undefined {
  let earliest: number | undefined
  for (const taint of taints) {
    const toleration = (spec.tolerations ?? []).find((each) => toleratesTaint(each, taint))
    if (!toleration) return atOnce
    if (toleration.tolerationSeconds === undefined) continue
    if (toleration.tolerationSeconds <= 0) return atOnce
    // A taint that says since when it is there says so to the next of us too; one made by hand does not.
    const came = taint.timeAdded ? Math.max(Date.parse(taint.timeAdded), Date.parse(metadata.creationTimestamp ?? '') || 0) : sinceMs
    earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, came + toleration.tolerationSeconds * 1000)
  }
  return earliest
}

function noExecute(node: Node): Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
}
