/**
 * EndpointSlice mirroring: Endpoints that a user keeps for a Service without selector are shown as EndpointSlices too.
 * In: Endpoints, Services, EndpointSlices. Out: EndpointSlices. Upstream: pkg/controller/endpointslicemirroring.
 */
import { isIP } from 'node:net'
import type { EndpointAddress, Endpoints, EndpointSubset } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, endpoints, services } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { groupKey } from '../endpoint-slice/desired.ts'
import { managedByLabel, serviceNameLabel } from '../endpoint-slice/plan.ts'
import { later } from '../service-pods/later.ts'
import type { ControllerSettings } from '../types.ts'
import { controllerRef } from '../workload/owner.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'
import { sameStatus } from '../workload/status-write.ts'

const managedBy = 'endpointslicemirroring-controller.k8s.io'
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror'
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'
const defaultMaxAddresses = 1000
const unmirrored = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'endpoints.kubernetes.io/last-change-trigger-time'])

type Wanted = Pick<EndpointSlice, 'addressType'> & { ports: EndpointPort[]; endpoints: Endpoint[] }

export function endpointSliceMirroringController({ endpoints: settings = {} }: Pick<ControllerSettings, 'endpoints'> = {}): Controller {
  const { mirrorBatchMs = 0, mirroredPerSubset: maxAddresses = defaultMaxAddresses } = settings
  const scope = { labelSelector: `${managedByLabel}=${managedBy}` }
  const metrics = new MetricSet()
  const skippedPerSync = metrics.histogram(
    'endpoint_slice_mirroring_controller_addresses_skipped_per_sync',
    'Number of addresses skipped on each Endpoints sync due to being invalid or exceeding MaxEndpointsPerSubset',
    exponentialBounds(2, 2, 15),
  )
  const changes = metrics.counter('endpoint_slice_mirroring_controller_changes', 'Number of EndpointSlice changes')
  const perSync = (name: string, help: string) => metrics.histogram(`endpoint_slice_mirroring_controller_${name}`, help, exponentialBounds(2, 2, 15))
  const addedPerSync = perSync('endpoints_added_per_sync', 'Number of endpoints added on each Endpoints sync')
  const updatedPerSync = perSync('endpoints_updated_per_sync', 'Number of endpoints updated on each Endpoints sync')
  const removedPerSync = perSync('endpoints_removed_per_sync', 'Number of endpoints removed on each Endpoints sync')
  const duration = metrics.histogram(
    'endpoint_slice_mirroring_controller_endpoints_sync_duration',
    'Duration of a sync of Endpoints in seconds',
    exponentialBounds(0.001, 2, 15),
  )
  /** By Endpoints: how many addresses are to be mirrored, and in how many slices. */
  const sizes = new Map<string, { readonly endpoints: number; readonly slices: number }>()
  const total = (of: 'endpoints' | 'slices') => () => [[{}, [...sizes.values()].reduce((sum, each) => sum + each[of], 0)] as const]
  metrics.gauges('endpoint_slice_mirroring_controller_endpoints_desired', 'Number of endpoints desired', total('endpoints'))
  metrics.gauges('endpoint_slice_mirroring_controller_num_endpoint_slices', 'Number of EndpointSlices', total('slices'))
  metrics.gauges(
    'endpoint_slice_mirroring_controller_desired_endpoint_slices',
    'Number of EndpointSlices that would exist with perfect endpoint allocation',
    total('slices'),
  )
  return {
    name: 'endpointslice-mirroring-controller',
    account: 'endpointslicemirroring-controller',
    metrics,
    inputs: [
      input(endpoints, { keys: later(mirrorBatchMs, (object: Endpoints) => [keyOf(object)]) }),
      input(services, { keys: (service) => [keyOf(service)] }),
      input(endpointSlices, {
        scope,
        keys: ({ metadata }) => (metadata.labels?.[serviceNameLabel] ? [`${metadata.namespace}/${metadata.labels[serviceNameLabel]}`] : []),
        indexes: { mirrored: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`] },
      }),
    ],
    outputs: [output(endpointSlices, 'object', { shared: true })],
    async reconcile(key, { cache, client, clock, events }) {
      const begun = clock.now()
      const source = cache(endpoints).byKey(key)
      const service = cache(services).byKey(key)
      const existing = cache(endpointSlices, scope).byIndex('mirrored', key)
      const mirrored = source && service && isMirrored(source) && Object.keys(service.spec.selector ?? {}).length === 0
      const { wanted, invalid, skipped } = mirrored ? wantedSlices(source, maxAddresses) : { wanted: new Map<string, Wanted>(), invalid: 0, skipped: 0 }
      if (mirrored) {
        skippedPerSync.observe(skipped)
        if (invalid > 0) events.event(source, 'Warning', 'InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`)
        if (skipped > invalid) events.event(source, 'Warning', 'TooManyAddressesToMirror', tooMany(skipped, maxAddresses))
      }
      if (wanted.size > 0) sizes.set(key, { endpoints: [...wanted.values()].reduce((sum, each) => sum + each.endpoints.length, 0), slices: wanted.size })
      else sizes.delete(key)
      const difference = compare(existing, wanted)
      addedPerSync.observe(difference.added)
      updatedPerSync.observe(difference.updated)
      removedPerSync.observe(difference.removed)
      const kept = new Set<string>()
      for (const slice of existing) {
        const group = groupKey(slice.addressType, slice.ports ?? [])
        const want = wanted.get(group)
        if (!want || kept.has(group)) {
          await client.delete(endpointSlices, { namespace: slice.metadata.namespace!, name: slice.metadata.name }).catch(unlessGone)
          changes.add({ operation: 'delete' })
          continue
        }
        kept.add(group)
        // Written anew under its name, as upstream does it.
        const { generateName: _, ...rest } = slice.metadata
        const metadata = { ...rest, ...metadataOf(source!) }
        const same =
          sameStatus(slice.endpoints ?? [], want.endpoints) &&
          sameStatus(slice.metadata.labels, metadata.labels) &&
          sameStatus(slice.metadata.annotations, metadata.annotations)
        if (same) continue
        await client.update(endpointSlices, { ...slice, ...want, metadata })
        changes.add({ operation: 'update' })
      }
      for (const [group, want] of wanted) {
        if (kept.has(group)) continue
        const { namespace, name } = source!.metadata
        const metadata = { generateName: `${name}-`, namespace: namespace!, ownerReferences: [controllerRef(source!, endpoints)], ...metadataOf(source!) }
        try {
          await client.create(endpointSlices, { metadata, ...want })
          changes.add({ operation: 'create' })
        } catch (error) {
          if (!isNamespaceTerminating(error)) throw error
        }
      }
      duration.observe((clock.now() - begun) / 1000)
    },
  }
}

/** Addresses that come, change what they say, and go. */
function compare(existing: readonly EndpointSlice[], wanted: ReadonlyMap<string, Wanted>): { added: number; updated: number; removed: number } {
  const byAddress = (slices: Iterable<{ readonly endpoints: readonly Endpoint[] | null }>): Map<string, string> =>
    new Map([...slices].flatMap(({ endpoints: all }) => (all ?? []).map((each) => [each.addresses[0] ?? '', JSON.stringify(each)] as const)))
  const [before, after] = [byAddress(existing), byAddress(wanted.values())]
  const changed = [...after].filter(([address, text]) => before.has(address) && before.get(address) !== text)
  return {
    added: [...after.keys()].filter((each) => !before.has(each)).length,
    updated: changed.length,
    removed: [...before.keys()].filter((each) => !after.has(each)).length,
  }
}

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[skipLabel] !== 'true' && metadata.annotations?.[leaderAnnotation] === undefined
}

function metadataOf({ metadata }: Endpoints): { labels: Record<string, string>; annotations: Record<string, string> } {
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => !unmirrored.has(name)))
  return { labels: { ...metadata.labels, [serviceNameLabel]: metadata.name, [managedByLabel]: managedBy }, annotations }
}

/** One slice for each set of ports and family of addresses; of each subset no more than fit into one. */
function wantedSlices({ subsets = [] }: Endpoints, maxAddresses: number): { wanted: Map<string, Wanted>; invalid: number; skipped: number } {
  const wanted = new Map<string, Wanted>()
  let invalid = 0
  let skipped = 0
  const known = new Map<string, EndpointAddress>()
  const first = (each: EndpointAddress): EndpointAddress => {
    const key = `${each.ip} ${each.targetRef?.uid ?? ''}`
    if (!known.has(key)) known.set(key, each)
    return known.get(key)!
  }
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map(({ name, port, protocol, appProtocol }) => ({
      name: name ?? '',
      port,
      protocol: protocol ?? 'TCP',
      ...(appProtocol ? { appProtocol } : {}),
    })) as EndpointPort[]
    const all = endpointsOf(subset, first)
    let added = 0
    for (const endpoint of all) {
      if (added >= maxAddresses) break
      const family = isIP(endpoint.addresses[0]!)
      if (family === 0) {
        invalid++
        continue
      }
      const addressType = family === 6 ? 'IPv6' : 'IPv4'
      const key = groupKey(addressType, ports)
      const slice = wanted.get(key) ?? { addressType, ports, endpoints: [] }
      wanted.set(key, slice)
      if (slice.endpoints.length >= maxAddresses) continue
      slice.endpoints.push(endpoint)
      added++
    }
    skipped += all.length - added
  }
  return { wanted, invalid, skipped }
}

function tooMany(skipped: number, maxAddresses: number): string {
  return `A max of ${maxAddresses} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`
}

/** `first`: what is said of an address at its first place holds at the others. */
function endpointsOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset, first: (each: EndpointAddress) => EndpointAddress): Endpoint[] {
  return [...addresses.map((each) => mirror(first(each), true)), ...notReadyAddresses.map((each) => mirror(first(each), false))]
}

function mirror({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  }
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}
