/**
 * EndpointSlice: the addresses of a Service's pods, a hundred a slice.
 * In: Services, pods, nodes (zones), slices. Out: EndpointSlices. Upstream: pkg/controller/endpointslice, k8s.io/endpointslice.
 */
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, nodes, pods, services } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { isManaged, selects, serviceKeysOfPod } from '../service-pods/index.ts'
import { later } from '../service-pods/later.ts'
import { TriggerTimes, withTriggerTime } from '../service-pods/trigger-time.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'
import { addressTypes, desiredEndpoints } from './desired.ts'
import { SliceMetrics } from './metrics.ts'
import { managedBy, managedByLabel, planSlices, type SlicePlan, serviceNameLabel } from './plan.ts'
import { Uncertainty, uncertainRetryMs } from '../workload/uncertainty.ts'
import { TopologyHints, topologyOf, wantsTopologyHints } from './topology.ts'
import { SliceTracker } from './tracker.ts'

export function endpointSliceController({ endpoints: { sliceBatchMs = 0, perSlice } = {} }: Pick<ControllerSettings, 'endpoints'> = {}): Controller {
  let tracker: SliceTracker
  const uncertainty = new Uncertainty()
  const metrics = new SliceMetrics(perSlice)
  const topology = new TopologyHints()
  const triggers = new TriggerTimes()
  return {
    name: 'endpointslice-controller',
    account: 'endpointslice-controller',
    metrics: metrics.set,
    eventSource: 'endpoint-slice-controller',
    inputs: [
      input(services, { keys: (service) => [keyOf(service)], indexes: { topology: (service) => (wantsTopologyHints(service) ? ['yes'] : []) } }),
      input(pods, { keys: later(sliceBatchMs, serviceKeysOfPod) }),
      input(nodes, {
        // Shares of zones change with their nodes, and concern the Services that ask for them.
        keys: (node, change, previous, { cache }) =>
          change === 'update' && previous && topologyOf(previous) === topologyOf(node) ? [] : cache(services).byIndex('topology', 'yes').map(keyOf),
      }),
      input(endpointSlices, { keys: (slice) => serviceKey(slice), indexes: { service: serviceKey } }),
    ],
    outputs: [output(endpointSlices, 'object', { shared: true })],
    start({ clock }) {
      tracker = new SliceTracker(clock)
    },

    async reconcile(key, context) {
      const { cache } = context
      const service = cache(services).byKey(key)
      if (!service) {
        tracker.forget(key)
        uncertainty.forget(key)
        metrics.forget(key)
        topology.forget(key)
        triggers.forget(key)
        return undefined
      }
      if (!isManaged(service) || service.metadata.deletionTimestamp) return undefined
      if (!(await uncertainty.resolved(key, service, endpointSlices, context))) return { requeueAfterMs: uncertainRetryMs }
      const existing = cache(endpointSlices).byIndex('service', key)
      // Writes of ours that the cache does not show yet would be made a second time.
      if (!tracker.isCurrent(key, existing)) {
        metrics.synced('stale')
        return { requeueAfterMs: 100 }
      }
      const selected = cache(pods)
        .list(service.metadata.namespace)
        .filter(({ metadata }) => selects(service, metadata.labels))
      const { groups, missingNodes } = desiredEndpoints(service, selected, (name) => cache(nodes).byKey(name))
      const alive = existing.filter(({ metadata }) => !metadata.deletionTimestamp)
      if (wantsTopologyHints(service)) topology.apply(key, service, groups, alive, cache(nodes).list(), context.events)
      else topology.leave(key, service, addressTypes(service)[0] ?? 'IPv4', context.events)
      try {
        const plan = planSlices(service, alive, groups, addressTypes(service), perSlice)
        await apply(key, stamped(plan, triggers.changed(service, selected)), tracker, context)
        metrics.planned(key, service, groups, alive.length, plan)
        metrics.synced('success')
      } catch (error) {
        metrics.synced('error')
        uncertainty.note(key, error)
        throw error
      }
      if (missingNodes.length > 0) throw new Error(`skipping Pods for Service ${key}: Node ${missingNodes[0]} Not Found`)
      return undefined
    },
  }
}

/** The key of the Service whose slice this is, if it is one of ours. */
function serviceKey({ metadata: { labels, namespace } }: EndpointSlice): string[] {
  return labels?.[managedByLabel] === managedBy && labels[serviceNameLabel] ? [`${namespace}/${labels[serviceNameLabel]}`] : []
}

/** What is written tells since when that was due. */
function stamped(plan: SlicePlan, time: string | undefined): SlicePlan {
  const stamp = (slice: EndpointSlice) => ({ ...slice, metadata: { ...slice.metadata, annotations: withTriggerTime(slice.metadata.annotations, time) } })
  return { ...plan, create: plan.create.map(stamp), update: plan.update.map(stamp) }
}

async function apply(key: string, plan: SlicePlan, tracker: SliceTracker, { client }: ControllerContext): Promise<void> {
  for (const slice of plan.create) {
    try {
      tracker.wrote(key, await client.create(endpointSlices, slice))
    } catch (error) {
      if (isNamespaceTerminating(error)) return
      throw error
    }
  }
  for (const slice of plan.update) tracker.wrote(key, await client.update(endpointSlices, slice))
  for (const slice of plan.delete) {
    const { namespace, name, uid } = slice.metadata
    try {
      await client.delete(endpointSlices, { namespace, name }, { preconditions: { uid } })
      tracker.deleted(key, slice)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
