/**
 * EndpointSlice mirroring: Endpoints that a user keeps for a Service without selector are shown as EndpointSlices too.
 * In: Endpoints, Services, EndpointSlices. Out: EndpointSlices. Upstream: pkg/controller/endpointslicemirroring.
 */
import type { EndpointAddress, Endpoints, EndpointSubset } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { endpointSlices, endpoints, services } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { groupKey } from '../endpoint-slice/desired.ts'
import { managedByLabel, serviceNameLabel } from '../endpoint-slice/plan.ts'
import { controllerRef } from '../workload/owner.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'
import { sameStatus } from '../workload/status-write.ts'

const managedBy = 'endpointslicemirroring-controller.k8s.io'
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror'
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'
/** --mirroring-max-endpoints-per-subset. */
const maxAddresses = 1000
const unmirrored = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'endpoints.kubernetes.io/last-change-trigger-time'])

type Wanted = Pick<EndpointSlice, 'addressType'> & { ports: EndpointPort[]; endpoints: Endpoint[] }

export function endpointSliceMirroringController(): Controller {
  const scope = { labelSelector: `${managedByLabel}=${managedBy}` }
  return {
    name: 'endpointslice-mirroring-controller',
    inputs: [
      input(endpoints, { keys: (object) => [keyOf(object)] }),
      input(services, { keys: (service) => [keyOf(service)] }),
      input(endpointSlices, {
        scope,
        keys: ({ metadata }) => (metadata.labels?.[serviceNameLabel] ? [`${metadata.namespace}/${metadata.labels[serviceNameLabel]}`] : []),
        indexes: { mirrored: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`] },
      }),
    ],
    outputs: [output(endpointSlices, 'object', { shared: true })],
    async reconcile(key, { cache, client }) {
      const source = cache(endpoints).byKey(key)
      const service = cache(services).byKey(key)
      const existing = cache(endpointSlices, scope).byIndex('mirrored', key)
      const mirrored = source && service && isMirrored(source) && Object.keys(service.spec.selector ?? {}).length === 0
      const wanted = mirrored ? wantedSlices(source) : new Map<string, Wanted>()
      const kept = new Set<string>()
      for (const slice of existing) {
        const group = groupKey(slice.addressType, slice.ports)
        const want = wanted.get(group)
        if (!want || kept.has(group)) {
          await client.delete(endpointSlices, { namespace: slice.metadata.namespace!, name: slice.metadata.name }).catch(unlessGone)
          continue
        }
        kept.add(group)
        const metadata = { ...slice.metadata, ...metadataOf(source!) }
        const same =
          sameStatus(slice.endpoints, want.endpoints) &&
          sameStatus(slice.metadata.labels, metadata.labels) &&
          sameStatus(slice.metadata.annotations, metadata.annotations)
        if (!same) await client.update(endpointSlices, { ...slice, ...want, metadata })
      }
      for (const [group, want] of wanted) {
        if (kept.has(group)) continue
        const { namespace, name } = source!.metadata
        const metadata = { generateName: `${name}-`, namespace: namespace!, ownerReferences: [controllerRef(source!, endpoints)], ...metadataOf(source!) }
        try {
          await client.create(endpointSlices, { metadata, ...want })
        } catch (error) {
          if (!isNamespaceTerminating(error)) throw error
        }
      }
    },
  }
}

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[skipLabel] !== 'true' && metadata.annotations?.[leaderAnnotation] === undefined
}

function metadataOf({ metadata }: Endpoints): { labels: Record<string, string>; annotations: Record<string, string> } {
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => !unmirrored.has(name)))
  return { labels: { ...metadata.labels, [serviceNameLabel]: metadata.name, [managedByLabel]: managedBy }, annotations }
}

/** One slice for each set of ports and family of addresses. */
function wantedSlices({ subsets = [] }: Endpoints): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map(({ name, port, protocol, appProtocol }) => ({
      name: name ?? '',
      port,
      protocol: protocol ?? 'TCP',
      ...(appProtocol ? { appProtocol } : {}),
    })) as EndpointPort[]
    for (const endpoint of endpointsOf(subset)) {
      const addressType = endpoint.addresses[0]!.includes(':') ? 'IPv6' : 'IPv4'
      const key = groupKey(addressType, ports)
      const slice = wanted.get(key) ?? { addressType, ports, endpoints: [] }
      wanted.set(key, slice)
      if (slice.endpoints.length < maxAddresses) slice.endpoints.push(endpoint)
    }
  }
  return wanted
}

function endpointsOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset): Endpoint[] {
  return [...addresses.map((each) => mirror(each, true)), ...notReadyAddresses.map((each) => mirror(each, false))]
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
