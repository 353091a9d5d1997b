/**
 * Taint eviction: pods leave a node with a NoExecute taint that they do not tolerate, or when they have tolerated it long enough.
 * In: pods, nodes. Out: deletion of pods. Upstream: pkg/controller/tainteviction.
 */
import type { Node, Pod, Taint, Toleration } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'

export function taintEvictionController(): Controller {
  const marked = new Set<string>()
  return {
    name: 'taint-eviction-controller',
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
      const at = evictionTime(pod, noExecute(node), clock.now())
      if (at === undefined) {
        if (marked.delete(key)) events.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`)
        return undefined
      }
      if (at > clock.now()) {
        marked.add(key)
        return { requeueAfterMs: at - clock.now() }
      }
      await evict(pod, context)
      marked.delete(key)
      return undefined
    },
  }
}

function noExecute(node: Node): Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
}

/** When the pod has to go: now, at a time, or never. The shortest toleration counts, from when the taint came. */
function evictionTime(pod: Pod, taints: readonly Taint[], nowMs: number): number | undefined {
  let earliest: number | undefined
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((each) => tolerates(each, taint))
    if (matching.length === 0) return nowMs
    const limits = matching.map(({ tolerationSeconds }) => tolerationSeconds).filter((each) => each !== undefined)
    if (limits.length === 0) continue
    const since = Math.max(taint.timeAdded ? Date.parse(taint.timeAdded) : nowMs, Date.parse(pod.metadata.creationTimestamp ?? '') || 0)
    const at = since + Math.max(0, Math.min(...limits)) * 1000
    earliest = earliest === undefined ? at : Math.min(earliest, at)
  }
  return earliest
}

function tolerates({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  return operator === 'Exists' || (key !== '' && value === (taint.value ?? ''))
}

async function evict(pod: Pod, { client, clock, events }: ControllerContext): Promise<void> {
  const key = keyOf(pod)
  const { uid } = pod.metadata
  events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`)
  const now = rfc3339(clock.now())
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: now,
  }
  try {
    if (!pod.status?.conditions?.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True')) {
      await client.patch(pods, splitKey(key), { metadata: { uid }, status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' })
    }
    await client.delete(pods, splitKey(key), { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
