/** Which routes a machine needs towards the pods of the others: pure. */
import type { Node } from '#api/gen/core/v1.ts'
import { addressAt, isIpv4 } from '../ipv4.ts'

export const vxlanDevice = 'k8ts.vx'
/** IANA's port; the network number is our own, so that others on the port are not mixed up. */
export const vxlanPort = 4789
export const vxlanNetwork = 27448
/** What VXLAN over IPv4 adds to each packet. */
export const vxlanOverhead = 50
/** Our routes carry it, so that they are found again. */
export const routeProtocol = 107

export interface Peer {
  readonly name: string
  readonly address: string
  readonly podCidr: string
}

/** Every node that has an address and a range of pods. */
export function peersOf(nodes: readonly Node[]): Peer[] {
  return nodes.flatMap(({ metadata, spec, status }) => {
    const address = status?.addresses?.find((each) => each.type === 'InternalIP' && isIpv4(each.address))?.address
    const podCidr = [...(spec?.podCIDRs ?? []), spec?.podCIDR ?? ''].find((each) => isIpv4(each.split('/')[0] ?? ''))
    return address && podCidr ? [{ name: metadata.name, address, podCidr }] : []
  })
}

/** Locally administered, and the node's own: the address in its last four bytes. */
export function hardwareAddress(address: string): string {
  const bytes = address.split('.').map((each) => Number(each).toString(16).padStart(2, '0'))
  return ['0a', '6b', ...bytes].join(':')
}

/** A node's address on the overlay: the first of its range, which no pod gets. */
export function overlayAddress(podCidr: string): string {
  return addressAt(podCidr, 0)
}

/** What the kernel should have for one peer: by key, the arguments of the command that makes it. */
export type Entry =
  | { readonly kind: 'route'; readonly destination: string; readonly arguments: string }
  | { readonly kind: 'neighbour'; readonly address: string; readonly hardware: string }
  | { readonly kind: 'forwarding'; readonly hardware: string; readonly address: string }

export function entriesFor(peer: Peer, mode: 'vxlan' | 'routes'): Entry[] {
  if (mode === 'routes') return [{ kind: 'route', destination: peer.podCidr, arguments: `via ${peer.address}` }]
  const hardware = hardwareAddress(peer.address)
  const gateway = overlayAddress(peer.podCidr)
  return [
    { kind: 'forwarding', hardware, address: peer.address },
    { kind: 'neighbour', address: gateway, hardware },
    { kind: 'route', destination: peer.podCidr, arguments: `via ${gateway} dev ${vxlanDevice} onlink` },
  ]
}

export function podMtu(linkMtu: number, mode: 'vxlan' | 'routes'): number {
  return mode === 'vxlan' ? linkMtu - vxlanOverhead : linkMtu
}
