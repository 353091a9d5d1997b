/** A Service and its endpoints as elements of the proxy's maps: pure, but for the numbers it draws. */
import type { Service, ServicePort } from '#api/gen/core/v1.ts'
import { alone, type IpFamily, ipRangeContains, parseIpRange, rangeFamily } from '../ip.ts'
import { addressesOf, chooseEndpoints, clusterIpOf, endpointsOf, type ProxyEndpoint } from './endpoints.ts'
import { endpointLimit, localBit, slotMark } from './marks.ts'
import { outermost } from './service-ranges.ts'
import type { CompileService, MarkIds, NodeView } from './types.ts'

const defaultAffinitySeconds = 10800

/** Names of the endpoint sets a Service has drawn numbers for. */
export function setOwner(service: Service, port: ServicePort): string {
  return `${service.metadata.namespace}/${service.metadata.name}:${port.protocol ?? 'TCP'}:${port.port}`
}

export const compile: CompileService = (service, slices, node, ids) => {
  const elements = new Map<string, string>()
  const udp = new Map<string, ReadonlySet<string>>()
  const clusterIp = clusterIpOf(service, node.family)
  if (clusterIp === undefined || node.ownAddresses.has(clusterIp)) return { elements, udp, withoutLocal: { internal: 0, external: 0 } }
  const { spec } = service
  const internalLocal = spec.internalTrafficPolicy === 'Local'
  const externalLocal =
    spec.externalTrafficPolicy === 'Local' && (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0)
  let healthEndpoints = 0
  const withoutLocal = { internal: 0, external: 0 }
  elements.set(`cluster-addresses ${clusterIp}`, '')

  for (const port of spec.ports ?? []) {
    const protocol = (port.protocol ?? 'TCP').toLowerCase()
    const all = endpointsOf(port, slices, node).slice(0, endpointLimit)
    const { cluster, local } = chooseEndpoints(all, node)
    const id = ids.setId(setOwner(service, port))
    ids.keepSlots(id, new Set(all.map(endpointKey)))
    const everywhere: EndpointSet = { id, endpoints: cluster, otherwise: 'reject-it' }
    // Endpoints elsewhere but none here: silence, so that a load balancer tries another node; none at all: a refusal.
    const onlyHere: EndpointSet = { id: id | localBit, endpoints: local, otherwise: cluster.length > 0 ? 'drop-it' : 'reject-it' }
    const write = (set: EndpointSet) => writeSet(elements, set, affinitySeconds(service), ids)
    write(everywhere)
    if (internalLocal || externalLocal) write(onlyHere)
    if (onlyHere.otherwise === 'drop-it' && local.length === 0) {
      if (internalLocal) withoutLocal.internal++
      if (externalLocal) withoutLocal.external++
    }

    // A flow may go on to an endpoint that is leaving, as long as it serves.
    const flows = new Set(all.filter((each) => each.serving).map((each) => `${each.address} ${each.port}`))
    const front = (map: string, key: string, set: EndpointSet, flowKey: string) => {
      elements.set(`${map} ${key}`, String(set.id))
      if (protocol === 'udp') udp.set(flowKey, flows)
    }
    front('cluster-ips', `${clusterIp} . ${protocol} . ${port.port}`, internalLocal ? onlyHere : everywhere, `${clusterIp} ${port.port}`)
    const external = externalLocal ? onlyHere : everywhere
    for (const address of addressesOf(spec.externalIPs, node.family))
      front('external-ips', `${address} . ${protocol} . ${port.port}`, external, `${address} ${port.port}`)
    for (const address of loadBalancerIps(service, node.family)) {
      front('external-ips', `${address} . ${protocol} . ${port.port}`, external, `${address} ${port.port}`)
      writeFirewall(elements, `${address} . ${protocol} . ${port.port}`, spec.loadBalancerSourceRanges ?? [], node)
    }
    if (port.nodePort && spec.type !== 'ClusterIP') front('node-ports', `${protocol} . ${port.nodePort}`, external, `* ${port.nodePort}`)
    // Ready ones only: a load balancer should leave while the last of this node still answer.
    healthEndpoints = Math.max(healthEndpoints, new Set(local.filter((each) => each.ready).map((each) => each.address)).size)
  }

  const { namespace = '', name = '' } = service.metadata
  const healthPort = externalLocal && spec.type === 'LoadBalancer' ? (spec.healthCheckNodePort ?? 0) : 0
  return {
    elements,
    udp,
    withoutLocal,
    ...(healthPort > 0 ? { health: { port: healthPort, namespace, name, localEndpoints: healthEndpoints } } : {}),
  }
}

interface EndpointSet {
  readonly id: number
  readonly endpoints: readonly ProxyEndpoint[]
  /** The chain for when there is no endpoint. */
  readonly otherwise: 'reject-it' | 'drop-it'
}

function writeSet(elements: Map<string, string>, set: EndpointSet, affinity: number | undefined, ids: MarkIds): void {
  const { endpoints } = set
  const count = endpoints.length
  elements.set(
    `dispatch ${set.id}`,
    count === 0 ? `goto ${set.otherwise}` : affinity === undefined ? `goto any-of-${count}` : `goto any-of-${count}-for-${affinity}s`,
  )
  // Places are shared by the two sets of a service port, and stay with the endpoint as long as it lives: affinity remembers them.
  const owner = set.id & ~localBit
  endpoints.forEach((endpoint, index) => {
    const mark = slotMark(set.id, ids.slot(owner, endpointKey(endpoint)))
    elements.set(`pick ${set.id} . ${index}`, String(mark))
    elements.set(`endpoint ${mark}`, `${endpoint.address} . ${endpoint.port}`)
  })
}

function writeFirewall(elements: Map<string, string>, key: string, sourceRanges: readonly string[], { family, address }: NodeView): void {
  // As upstream: a family of which there is no range is not guarded.
  const ranges = [...new Set(sourceRanges.map((each) => each.trim()))].filter((each) => rangeFamily(each) === family)
  if (ranges.length === 0) return
  elements.set(`guarded ${key}`, '')
  // What the node sends to an address that it has itself comes from that address.
  const node = address === undefined ? undefined : parseIpRange(address)
  if (node && ranges.some((each) => ipRangeContains(parseIpRange(each), node))) ranges.push(alone(key.split(' ')[0]!))
  for (const range of outermost(ranges)) elements.set(`allowed ${key} . ${range}`, '')
}

function loadBalancerIps(service: Service, family: IpFamily): string[] {
  if (service.spec.type !== 'LoadBalancer') return []
  const ingress = service.status?.loadBalancer?.ingress ?? []
  return addressesOf(
    ingress.filter(({ ipMode }) => ipMode !== 'Proxy').map(({ ip }) => ip),
    family,
  )
}

function affinitySeconds(service: Service): number | undefined {
  if (service.spec.sessionAffinity !== 'ClientIP') return undefined
  return service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds
}

function endpointKey(endpoint: ProxyEndpoint): string {
  return `${endpoint.address}:${endpoint.port}`
}
