/** The endpoints that a Service should have, grouped by address type and ports. */
import type { Node, Pod, Service } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointPort } from '#api/gen/discovery/v1.ts'
import { addressesOf, belongs, endpointHostname, podReference, targetPort } from '../service-pods/index.ts'
import { isPodReady } from '../workload/pod-state.ts'

export interface PortGroup {
  readonly addressType: 'IPv4' | 'IPv6'
  readonly ports: EndpointPort[]
  readonly endpoints: Endpoint[]
}

const zoneLabel = 'topology.kubernetes.io/zone'

/** Groups by "addressType|ports"; `missingNodes`: pods left out because their node is not known (yet). */
export function desiredEndpoints(
  service: Service,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
): { groups: Map<string, PortGroup>; missingNodes: string[] } {
  const groups = new Map<string, PortGroup>()
  const missingNodes: string[] = []
  for (const pod of pods) {
    if (!belongs(pod, true)) continue
    const node = pod.spec.nodeName ? nodeOf(pod.spec.nodeName) : undefined
    if (pod.spec.nodeName && !node && !service.spec.publishNotReadyAddresses) {
      missingNodes.push(pod.spec.nodeName)
      continue
    }
    const ports = portsFor(service, pod)
    for (const addressType of addressTypes(service)) {
      const addresses = addressesOf(pod).filter((ip) => ip.includes(':') === (addressType === 'IPv6'))
      if (addresses.length === 0) continue
      const key = groupKey(addressType, ports)
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      groups.set(key, group)
      group.endpoints.push(endpointFor(pod, service, node, addresses))
    }
  }
  return { groups, missingNodes }
}

export function addressTypes({ spec }: Service): ('IPv4' | 'IPv6')[] {
  if (spec.ipFamilies?.length) return spec.ipFamilies as ('IPv4' | 'IPv6')[]
  return [spec.clusterIP?.includes(':') ? 'IPv6' : 'IPv4']
}

export function groupKey(addressType: string, ports: readonly EndpointPort[] | undefined): string {
  const texts = (ports ?? []).map(({ name = '', port = 0, protocol = 'TCP', appProtocol = '' }) => `${name}/${port}/${protocol}/${appProtocol}`)
  return `${addressType}|${texts.sort().join(',')}`
}

function portsFor({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec.ports ?? []).flatMap((each) => {
    const port = targetPort(pod, each)
    return port === undefined
      ? []
      : [{ name: each.name ?? '', port, protocol: each.protocol ?? 'TCP', ...(each.appProtocol ? { appProtocol: each.appProtocol } : {}) }]
  })
}

function endpointFor(pod: Pod, service: Service, node: Node | undefined, addresses: string[]): Endpoint {
  const serving = isPodReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating)
  const zone = node?.metadata.labels?.[zoneLabel]
  const hostname = endpointHostname(pod, service)
  const hints = ready ? hintsFor(service.spec.trafficDistribution, zone, pod.spec.nodeName) : undefined
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: podReference(pod),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
    ...(hints ? { hints } : {}),
  } as Endpoint
}

function hintsFor(distribution: string | undefined, zone: string | undefined, nodeName: string | undefined): Endpoint['hints'] {
  const forZones = zone ? { forZones: [{ name: zone }] } : {}
  const forNodes = nodeName ? { forNodes: [{ name: nodeName }] } : {}
  if (distribution === 'PreferClose' || distribution === 'PreferSameZone') return zone ? forZones : undefined
  return distribution === 'PreferSameNode' ? { ...forZones, ...forNodes } : undefined
}
