/**
 * Node lifecycle: a node that is silent becomes Unknown; conditions become taints; pods of a node that is not ready are not ready.
 * In: nodes, their Leases, pods. Out: node conditions, taints and labels, pods' Ready condition. Upstream: pkg/controller/nodelifecycle.
 */
import type { Node, NodeCondition, ObjectReference, Pod, Taint } from '#api/gen/core/v1.ts'
import { leases, nodes, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { type Change, type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { Heartbeats } from './heartbeat.ts'
import { missingLabels } from './labels.ts'
import { hasEvictionTaint, readyStatus, sameTaints, wantedTaints } from './taints.ts'
import { zoneOf, Zones } from './zones.ts'

const leaseScope = { namespace: 'kube-node-lease' }
const monitored = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export function nodeLifecycleController({
  nodeMonitorGracePeriodMs = 50_000,
  nodeStartupGracePeriodMs = 60_000,
  zoneLimits = {},
}: ControllerSettings): Controller {
  let known: { readonly heartbeats: Heartbeats; readonly zones: Zones } | undefined
  const state = ({ clock }: ControllerContext) => {
    known ??= { heartbeats: new Heartbeats(clock), zones: new Zones(clock, zoneLimits) }
    return known
  }

  /** Nodes that we found silent, whose pods are still to be told; and pods that are new on their nodes. */
  const toTell = new Set<string>()
  const unjudged = new Set<string>()

  const metrics = new MetricSet()
  const ofZones = (name: string, help: string, read: (zone: { size: number; unhealthy: number }) => number) =>
    metrics.gauges(`node_collector_${name}`, help, () => (known?.zones.sizes() ?? []).map((each) => [{ zone: each.zone }, read(each)]))
  ofZones('zone_size', 'Gauge measuring number of registered Nodes per zones', ({ size }) => size)
  ofZones('unhealthy_nodes_in_zone', 'Gauge measuring number of not Ready Nodes per zones', ({ unhealthy }) => unhealthy)
  ofZones('zone_health', 'Gauge measuring percentage of healthy nodes per zone', ({ size, unhealthy }) => (size > 0 ? (100 * (size - unhealthy)) / size : 100))
  const health = metrics.histogram(
    'node_collector_update_node_health_duration_seconds',
    'Duration in seconds for NodeController to update the health of a single node',
    exponentialBounds(0.001, 4, 8),
  )
  const evictions = metrics.counter('node_collector_evictions_total', 'Number of Node evictions that happened since current instance of NodeController started')

  /** In how long the node may begin to be emptied; zero is now, infinity not as things stand. */
  function evictionWaitMs(node: Node, zones: Zones): number {
    if (readyStatus(node) === 'True' || zones.allDisrupted) return Number.POSITIVE_INFINITY
    return hasEvictionTaint(node) ? 0 : zones.waitMs(node)
  }

  /** Takes note of the node; what changes for a whole zone concerns all nodes. */
  function concerned(node: Node, change: Change, context: ControllerContext): string[] {
    const { heartbeats, zones } = state(context)
    const { name } = node.metadata
    if (change === 'delete') {
      heartbeats.forget(name)
      toTell.delete(name)
    } else heartbeats.node(node)
    const wereAllDisrupted = zones.allDisrupted
    if (!zones.note(name, change === 'delete' ? undefined : node)) return [name]
    // While we heard nobody, nobody could be heard: all begin anew.
    if (wereAllDisrupted && !zones.allDisrupted) heartbeats.forgive()
    return context
      .cache(nodes)
      .list()
      .map(({ metadata }) => metadata.name)
  }

  return {
    name: 'node-lifecycle-controller',
    account: 'node-controller',
    metrics,
    eventSource: 'node-controller',
    inputs: [
      input(nodes, {
        keys: (node, change, _previous, context) => {
          const { name } = node.metadata
          if (change === 'add') nodeEvent(node, 'RegisteredNode', `Registered Node ${name} in Controller`, context)
          if (change === 'delete') nodeEvent(node, 'RemovingNode', `Removing Node ${name} from Controller`, context)
          return concerned(node, change, context)
        },
      }),
      input(leases, {
        scope: leaseScope,
        keys: (lease, change, _previous, context) => {
          if (change !== 'delete') state(context).heartbeats.lease(lease.metadata.name, lease)
          return []
        },
      }),
      input(pods, {
        indexes: { node: ({ spec }) => (spec.nodeName ? [spec.nodeName] : []) },
        // One that comes to a node, and at our start every one; what a kubelet says later of its own pods is its business.
        keys: (pod, change, previous, { cache }) => {
          const { nodeName } = pod.spec
          if (change === 'delete') unjudged.delete(keyOf(pod))
          if (change === 'delete' || !nodeName || nodeName === previous?.spec.nodeName) return []
          const node = cache(nodes).byKey(nodeName)
          if (node && readyStatus(node) === 'True') return []
          unjudged.add(keyOf(pod))
          return [nodeName]
        },
      }),
    ],
    outputs: [
      output(nodes, 'conditions when silent'),
      output(nodes, 'spec.taints'),
      output(nodes, 'labels of older versions'),
      output(pods, 'status', { shared: true }),
    ],

    async reconcile(name, context): Promise<ReconcileResult | undefined> {
      const { heartbeats, zones } = state(context)
      const begun = context.clock.now()
      const found = context.cache(nodes).byKey(name)
      if (!found) return undefined
      const silentMs = heartbeats.silentMs(name)
      const graceMs = found.status?.conditions?.some(({ type }) => type === 'Ready') ? nodeMonitorGracePeriodMs : nodeStartupGracePeriodMs
      const node = silentMs > graceMs ? await markUnknown(found, context) : found
      if (readyStatus(found) === 'True' && readyStatus(node) !== 'True') toTell.add(name)
      if (node !== found) for (const each of concerned(node, 'update', context)) if (each !== name) context.enqueue(each)
      health.observe((context.clock.now() - begun) / 1000)
      const waitMs = evictionWaitMs(node, zones)
      await patchNode(node, wantedTaints(node, waitMs === 0, context.clock.now()), context)
      if (waitMs === 0 && !hasEvictionTaint(node)) evictions.add({ zone: zoneOf(node) })
      const here = context.cache(pods).byIndex('node', name)
      const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
      for (const pod of here) {
        if (!toTell.has(name) && !unjudged.has(keyOf(pod))) continue
        if (ready && ready.status !== 'True') await markNotReady(pod, context)
        unjudged.delete(keyOf(pod))
      }
      toTell.delete(name)
      const nextMs = Math.min(waitMs > 0 ? waitMs : Number.POSITIVE_INFINITY, silentMs > graceMs ? Number.POSITIVE_INFINITY : graceMs - silentMs + 1)
      return Number.isFinite(nextMs) ? { requeueAfterMs: nextMs } : undefined
    },
  }
}

async function patchNode(node: Node, taints: Taint[], { client }: ControllerContext): Promise<void> {
  const { name, resourceVersion } = node.metadata
  const labels = missingLabels(node)
  const spec = sameTaints(node.spec?.taints, taints) ? {} : { spec: { taints } }
  if (!labels && !('spec' in spec)) return
  // The whole list of taints is replaced, so it must be the one we saw.
  await client.patch(nodes, { name }, { metadata: { resourceVersion, ...(labels ? { labels } : {}) }, ...spec }, { type: 'merge' })
}

function nodeEvent({ metadata: { name, uid } }: Node, reason: string, what: string, { events }: ControllerContext): void {
  events.event({ apiVersion: 'v1', kind: 'Node', name, uid: uid || name } as ObjectReference, 'Normal', reason, `Node ${name} event: ${what}`)
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
    events.event(
      { apiVersion: 'v1', kind: 'Node', name, uid: uid || name } as ObjectReference,
      'Normal',
      'NodeNotReady',
      `Node ${name} status is now: NodeNotReady`,
    )
  return updated
}

async function markNotReady(pod: Pod, { client, clock, events }: ControllerContext): Promise<void> {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status !== 'True') return
  const { namespace, name, uid } = pod.metadata
  const condition = { ...ready, status: 'False', lastTransitionTime: rfc3339(clock.now()) }
  try {
    await client.patch(pods, { namespace, name }, { metadata: { uid }, status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' })
    events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
