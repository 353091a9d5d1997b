/**
 * Node lifecycle: a node that is silent becomes Unknown; conditions become taints; pods of a node that is not ready are not ready.
 * In: nodes, their Leases, pods. Out: node conditions and taints, pods' Ready condition. Upstream: pkg/controller/nodelifecycle.
 */
import type { Node, NodeCondition } from '#api/gen/core/v1.ts'
import { leases, nodes, pods } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { Heartbeats } from './heartbeat.ts'
import { hasEvictionTaint, readyStatus, sameTaints, wantedTaints } from './taints.ts'

const leaseScope = { namespace: 'kube-node-lease' }
/** Nodes begin to be emptied at most this often, so that a mistake of ours does not empty the cluster (--node-eviction-rate). */
const evictionPeriodMs = 10_000
const monitored = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export function nodeLifecycleController({ nodeMonitorGracePeriodMs = 50_000 }: ControllerSettings): Controller {
  let heartbeats: Heartbeats | undefined
  let lastEvictionAt = Number.NEGATIVE_INFINITY
  const heard = (context: ControllerContext): Heartbeats => {
    heartbeats ??= new Heartbeats(context.clock)
    return heartbeats
  }

  /** When every node is silent it is more likely we who are cut off. */
  function allSilent({ cache }: ControllerContext): boolean {
    return cache(nodes)
      .list()
      .every((node) => readyStatus(node) !== 'True')
  }

  function mayEvict(node: Node, context: ControllerContext): boolean | 'later' {
    if (readyStatus(node) === 'True' || allSilent(context)) return false
    if (hasEvictionTaint(node)) return true
    if (context.clock.now() - lastEvictionAt < evictionPeriodMs) return 'later'
    lastEvictionAt = context.clock.now()
    return true
  }

  return {
    name: 'node-lifecycle-controller',
    eventSource: 'node-controller',
    inputs: [
      input(nodes, {
        keys: (node, change, previous, context) => {
          if (change === 'delete') heard(context).forget(node.metadata.name)
          else heard(context).node(node)
          const names = [node.metadata.name]
          // Whether all are silent concerns every node.
          if (previous && (readyStatus(previous) === 'True') !== (readyStatus(node) === 'True'))
            names.push(
              ...context
                .cache(nodes)
                .list()
                .map(({ metadata }) => metadata.name),
            )
          return names
        },
      }),
      input(leases, {
        scope: leaseScope,
        keys: (lease, change, _previous, context) => {
          if (change !== 'delete') heard(context).lease(lease.metadata.name, lease)
          return []
        },
      }),
      input(pods, {
        indexes: { node: ({ spec }) => (spec.nodeName ? [spec.nodeName] : []) },
        // A pod that calls itself ready on a node that is not.
        keys: (pod, change, _previous, { cache }) => {
          const node = change === 'delete' || !pod.spec.nodeName ? undefined : cache(nodes).byKey(pod.spec.nodeName)
          const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
          return node && ready && readyStatus(node) !== 'True' ? [node.metadata.name] : []
        },
      }),
    ],
    outputs: [output(nodes, 'conditions when silent'), output(nodes, 'spec.taints'), output(pods, 'status', { shared: true })],

    async reconcile(name, context): Promise<ReconcileResult | undefined> {
      const found = context.cache(nodes).byKey(name)
      if (!found) return undefined
      const silentMs = heard(context).silentMs(name)
      const node = silentMs > nodeMonitorGracePeriodMs ? await markUnknown(found, context) : found
      const evict = mayEvict(node, context)
      const taints = wantedTaints(node, evict === true, context.clock.now())
      if (!sameTaints(node.spec?.taints, taints)) {
        const patch = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints } }
        await context.client.patch(nodes, { name }, patch, { type: 'merge' })
      }
      if (readyStatus(node) !== 'True') await markPodsNotReady(node, context)
      const nextCheckMs = silentMs > nodeMonitorGracePeriodMs ? undefined : nodeMonitorGracePeriodMs - silentMs + 1
      if (evict === 'later') return { requeueAfterMs: Math.min(evictionPeriodMs, nextCheckMs ?? evictionPeriodMs) }
      return nextCheckMs === undefined ? undefined : { requeueAfterMs: nextCheckMs }
    },
  }
}

async function markUnknown(node: Node, { client, clock, events, log }: ControllerContext): Promise<Node> {
  const now = rfc3339(clock.now())
  const current = node.status?.conditions ?? []
  if (monitored.every((type) => current.find((each) => each.type === type)?.status === 'Unknown')) return node
  const conditions = current.map((each) => {
    if (!monitored.includes(each.type) || each.status === 'Unknown') return each
    return { ...each, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now }
  })
  for (const type of monitored) {
    if (current.some((each) => each.type === type)) continue
    const never = { type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' }
    conditions.push({ ...never, lastHeartbeatTime: node.metadata.creationTimestamp, lastTransitionTime: now } as NodeCondition)
  }
  const { name, uid } = node.metadata
  log.warn('a node is silent', { node: name })
  const updated = await client.update(nodes, { ...node, status: { ...node.status, conditions } }, { subresource: 'status' })
  if (readyStatus(node) === 'True')
    events.event({ kind: 'Node', name, uid: uid || name } as any, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
  return updated
}

async function markPodsNotReady(node: Node, { client, cache, clock, events }: ControllerContext): Promise<void> {
  for (const pod of cache(pods).byIndex('node', node.metadata.name)) {
    const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
    if (ready?.status !== 'True') continue
    const { namespace, name, uid } = pod.metadata
    const condition = { ...ready, status: 'False', lastTransitionTime: rfc3339(clock.now()) }
    try {
      await client.patch(pods, { namespace, name }, { metadata: { uid }, status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' })
      events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
