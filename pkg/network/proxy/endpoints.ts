/** Which endpoints a node sends a Service's traffic to (upstream: CategorizeEndpoints). */
import type { Service, ServicePort } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { parseIpSloppy } from '#apimachinery/ip.ts'
import { type IpFamily, ipFamily } from '../ip.ts'
import { isIpv4 } from '../ipv4.ts'
import { isForProxy } from '../slice-index.ts'
import type { NodeView } from './types.ts'

export interface ProxyEndpoint {
  readonly address: string
  readonly port: number
  readonly local: boolean
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly zones?: readonly string[] | undefined
  readonly nodes?: readonly string[] | undefined
}

export interface EndpointChoice {
  /** For traffic that may go to any node. */
  readonly cluster: readonly ProxyEndpoint[]
  /** For traffic that must stay on this node. */
  readonly local: readonly ProxyEndpoint[]
}

/** The endpoints of one service port out of the Service's slices, each address and port once. */
export function endpointsOf(port: ServicePort, slices: readonly EndpointSlice[], node: NodeView): ProxyEndpoint[] {
  const found = new Map<string, ProxyEndpoint>()
  const addressType = node.family === 4 ? 'IPv4' : 'IPv6'
  for (const slice of slices) {
    if (slice.addressType !== addressType) continue
    for (const slicePort of slice.ports ?? []) {
      if ((slicePort.name ?? '') !== (port.name ?? '') || (slicePort.protocol ?? 'TCP') !== (port.protocol ?? 'TCP') || !slicePort.port) continue
      for (const endpoint of slice.endpoints ?? []) {
        const address = addressOf(endpoint.addresses[0], node.family)
        if (!address) continue
        const entry = proxyEndpoint(endpoint, address, slicePort.port, node)
        const key = `${address}:${slicePort.port}`
        const earlier = found.get(key)
        // While an endpoint moves between slices it may be in both, and a new pod may have the address of one that leaves.
        if (!earlier || (entry.terminating === earlier.terminating ? !earlier.ready && entry.ready : earlier.terminating)) found.set(key, entry)
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port))
}

function proxyEndpoint(endpoint: Endpoint, address: string, port: number, node: NodeView): ProxyEndpoint {
  const { ready, serving, terminating } = endpoint.conditions ?? {}
  return {
    address,
    port,
    local: endpoint.nodeName === node.name,
    ready: ready ?? true,
    serving: serving ?? true,
    terminating: terminating ?? false,
    zones: endpoint.hints?.forZones?.map((each) => each.name),
    nodes: endpoint.hints?.forNodes?.map((each) => each.name),
  }
}

/** Ready ones; when there are none, those that still serve while they terminate. */
export function chooseEndpoints(endpoints: readonly ProxyEndpoint[], node: NodeView): EndpointChoice {
  const ready = endpoints.filter((each) => each.ready)
  const cluster = ready.length > 0 ? byTopology(ready, node) : endpoints.filter((each) => each.serving && each.terminating)
  const here = endpoints.filter((each) => each.local)
  const readyHere = here.filter((each) => each.ready)
  return { cluster, local: readyHere.length > 0 ? readyHere : here.filter((each) => each.serving && each.terminating) }
}

/** Hints count only when every endpoint has them and one is for us: half-written hints would leave a few pods all the load. */
function byTopology(ready: readonly ProxyEndpoint[], node: NodeView): readonly ProxyEndpoint[] {
  if (ready.every((each) => each.nodes?.length)) {
    const here = ready.filter((each) => each.nodes?.includes(node.name))
    if (here.length > 0) return here
  }
  const { zone } = node
  if (zone !== undefined && ready.every((each) => each.zones?.length)) {
    const near = ready.filter((each) => each.zones?.includes(zone))
    if (near.length > 0) return near
  }
  return ready
}

/** The Service's address of a family, or undefined when it has none that a proxy serves (headless, ExternalName, another proxy's). */
export function clusterIpOf(service: Service, family: IpFamily): string | undefined {
  const { spec, metadata } = service
  if (spec.type === 'ExternalName' || spec.clusterIP === 'None') return undefined
  if (!isForProxy({ metadata })) return undefined
  return addressesOf([...(spec.clusterIPs ?? []), spec.clusterIP], family)[0]
}

/** Those of a family, as the kernel's maps have them: one address in two spellings would be two elements to us and one to it. */
export function addressesOf(texts: readonly (string | undefined)[] | undefined, family: IpFamily): string[] {
  return (texts ?? []).flatMap((each) => addressOf(each, family) ?? [])
}

function addressOf(text: string | undefined, family: IpFamily): string | undefined {
  if (!text) return undefined
  if (family === 4) return isIpv4(text) ? text : undefined
  return ipFamily(text) === 6 ? parseIpSloppy(text) : undefined
}
