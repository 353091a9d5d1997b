/** A Service's pods as the subsets of an Endpoints object (upstream's RepackSubsets). */
import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from '#api/gen/core/v1.ts'
import { addressesOf, belongs, endpointHostname, isReadyEndpoint, podReference, targetPort } from '../service-pods/index.ts'

interface PortGroup {
  readonly port: EndpointPort | undefined
  readonly addresses: Map<string, { readonly address: EndpointAddress; readonly ready: boolean }>
}

/** Endpoints hold this many addresses at most; more are cut off and the object says so. */
export const maxAddresses = 1000

export function subsetsOf(service: Service, pods: readonly Pod[]): { readonly subsets: EndpointSubset[]; readonly truncated: boolean } {
  const groups = new Map<string, PortGroup>()
  for (const pod of pods) {
    if (!belongs(pod, service.spec.publishNotReadyAddresses === true)) continue
    const ip = addressOfFamily(pod, service)
    if (!ip) continue
    for (const port of portsFor(service, pod)) put(groups, port, addressFor(pod, service, ip), isReadyEndpoint(pod, service))
  }
  return truncate(repack(groups))
}

function addressOfFamily(pod: Pod, { spec }: Service): string | undefined {
  const ipv6 = spec.ipFamilies?.[0] === 'IPv6' || (!spec.ipFamilies?.length && spec.clusterIP?.includes(':'))
  return addressesOf(pod).find((ip) => ip.includes(':') === Boolean(ipv6))
}

function portsFor(service: Service, pod: Pod): (EndpointPort | undefined)[] {
  const { ports = [], clusterIP } = service.spec
  if (ports.length === 0) return clusterIP === 'None' ? [undefined] : []
  return ports.flatMap((each) => {
    const port = targetPort(pod, each)
    if (port === undefined) return []
    const { name, protocol = 'TCP', appProtocol } = each
    return [{ ...(name ? { name } : {}), port, protocol, ...(appProtocol ? { appProtocol } : {}) }]
  })
}

function addressFor(pod: Pod, service: Service, ip: string): EndpointAddress {
  const hostname = endpointHostname(pod, service)
  return {
    ip,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: podReference(pod),
  } as EndpointAddress
}

function put(groups: Map<string, PortGroup>, port: EndpointPort | undefined, address: EndpointAddress, ready: boolean): void {
  const key = port ? [port.name, port.protocol, port.port, port.appProtocol].join('|') : ''
  const group = groups.get(key) ?? { port, addresses: new Map() }
  groups.set(key, group)
  group.addresses.set(`${address.ip}|${address.targetRef?.uid}`, { address, ready })
}

/** Ports that the same addresses serve make one subset. */
function repack(groups: ReadonlyMap<string, PortGroup>): EndpointSubset[] {
  const subsets = new Map<string, { readonly addresses: PortGroup['addresses']; readonly ports: EndpointPort[] }>()
  for (const { port, addresses } of groups.values()) {
    const key = [...addresses]
      .map(([id, { ready }]) => `${id}|${ready}`)
      .sort()
      .join(';')
    const subset = subsets.get(key) ?? { addresses, ports: [] }
    subsets.set(key, subset)
    if (port) subset.ports.push(port)
  }
  return [...subsets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { addresses, ports }]) => toSubset([...addresses.values()], ports))
}

function toSubset(all: readonly { readonly address: EndpointAddress; readonly ready: boolean }[], ports: readonly EndpointPort[]): EndpointSubset {
  const sorted = [...all].sort((a, b) => (a.address.ip < b.address.ip ? -1 : 1))
  const ready = sorted.filter((each) => each.ready).map(({ address }) => address)
  const notReady = sorted.filter((each) => !each.ready).map(({ address }) => address)
  const byName = [...ports].sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
  return {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(byName.length > 0 ? { ports: byName } : {}),
  } as EndpointSubset
}

/** Ready addresses are kept before others. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const count = subsets.reduce((sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length, 0)
  if (count <= maxAddresses) return { subsets, truncated: false }
  let room = maxAddresses
  const take = <T>(list: readonly T[] | undefined): T[] | undefined => {
    const taken = (list ?? []).slice(0, room)
    room -= taken.length
    return taken.length > 0 ? taken : undefined
  }
  const withReady = subsets.map((subset) => ({ ...subset, addresses: take(subset.addresses) }))
  const cut = withReady.map((subset) => ({ ...subset, notReadyAddresses: take(subset.notReadyAddresses) }))
  return { subsets: cut.filter(({ addresses, notReadyAddresses }) => addresses || notReadyAddresses), truncated: true }
}
