/**
 * Taint eviction: pods leave a node with a NoExecute taint that they do not tolerate, or when they have tolerated it long enough.
 * In: pods, nodes. Out: deletion of pods. Upstream: pkg/controller/tainteviction.
 */
import type { Node, Taint } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { MetricSet } from '#base/metric-set.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { evict, evictionTime } from '../workload/tolerate.ts'

export function taintEvictionController(): Controller {
  const marked = new Set<string>()
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
        keys: (pod, change, previous, { cache }) => {
          if (change === 'delete') marked.delete(keyOf(pod))
          const moved = previous?.spec.nodeName !== pod.spec.nodeName || previous?.spec.tolerations !== pod.spec.tolerations
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
      if (!pod || !node || pod.metadata.deletionTimestamp) return undefined
      const createdAt = Date.parse(pod.metadata.creationTimestamp ?? '') || 0
      const at = evictionTime(noExecute(node), pod.spec.tolerations, createdAt, clock.now())
      if (at === undefined) {
        if (marked.delete(key)) events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
        return undefined
      }
      if (at > clock.now()) {
        marked.add(key)
        return { requeueAfterMs: at - clock.now() }
      }
      const words = {
        event: { reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${key}` },
        condition: { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' },
      }
      await evict(pod, words, context)
      deletions.add()
      late.observe((clock.now() - at) / 1000)
      marked.delete(key)
      return undefined
    },
  }
}

function noExecute(node: Node): Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
}
