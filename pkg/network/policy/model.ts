/** For tests: the NetworkPolicy API's words, one after the other, for one packet. Slow and obviously right. */
import type { NetworkPolicyPeer, NetworkPolicyPort } from '#api/gen/networking/v1.ts'
import { selectorOf } from '#client/selector.ts'
import { type IpRange, ipRangeContains, parseIpRange } from '../ip.ts'
import type { PolicyInput, PolicyPod } from './types.ts'

export interface Packet {
  readonly source: string
  readonly destination: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
}

/** Whether the node of `input` forwards the first packet of a connection. */
export function forwards(input: PolicyInput, packet: Packet): boolean {
  if (packet.source === packet.destination) return true
  return mayLeave(input, packet) && mayEnter(input, packet)
}

function mayEnter(input: PolicyInput, packet: Packet): boolean {
  const pod = input.pods.find((each) => each.address === packet.destination)
  if (!pod || pod.nodeName !== input.nodeName) return true
  const policies = policiesOf(input, pod, 'Ingress')
  if (policies.length === 0) return true
  return policies.some((policy) =>
    (policy.spec.ingress ?? []).some((rule) => isPeer(input, rule.from, packet.source, pod.namespace) && isPort(input, rule.ports, packet)),
  )
}

function mayLeave(input: PolicyInput, packet: Packet): boolean {
  const pod = input.pods.find((each) => each.address === packet.source)
  if (!pod || pod.nodeName !== input.nodeName) return true
  const policies = policiesOf(input, pod, 'Egress')
  if (policies.length === 0) return true
  return policies.some((policy) =>
    (policy.spec.egress ?? []).some((rule) => isPeer(input, rule.to, packet.destination, pod.namespace) && isPort(input, rule.ports, packet)),
  )
}

function policiesOf(input: PolicyInput, pod: PolicyPod, type: string) {
  return input.policies.filter(
    ({ metadata, spec }) => metadata.namespace === pod.namespace && selectorOf(spec.podSelector)(pod.labels) && spec.policyTypes?.includes(type),
  )
}

function isPeer(input: PolicyInput, peers: readonly NetworkPolicyPeer[] | undefined, address: string, ownNamespace: string): boolean {
  if (!peers || peers.length === 0) return true
  return peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
    if (ipBlock) return within(address, ipBlock.cidr) && !(ipBlock.except ?? []).some((each) => within(address, each))
    const pod = input.pods.find((each) => each.address === address)
    if (!pod) return false
    const namespaceFits = namespaceSelector ? selectorOf(namespaceSelector)(input.namespaces.get(pod.namespace)) : pod.namespace === ownNamespace
    return namespaceFits && (!podSelector || selectorOf(podSelector)(pod.labels))
  })
}

function isPort(input: PolicyInput, ports: readonly NetworkPolicyPort[] | undefined, packet: Packet): boolean {
  if (!ports || ports.length === 0) return true
  return ports.some(({ protocol = 'TCP', port, endPort }) => {
    if (protocol.toLowerCase() !== packet.protocol) return false
    if (port === undefined) return true
    if (typeof port === 'number') return packet.port >= port && packet.port <= (endPort ?? port)
    const pod = input.pods.find((each) => each.address === packet.destination)
    return pod?.ports.some((each) => each.name === port && each.protocol === packet.protocol && each.port === packet.port) ?? false
  })
}

function within(address: string, range: string): boolean {
  return ipRangeContains(parsed(range), parsed(address))
}

const known = new Map<string, IpRange>()

function parsed(range: string): IpRange {
  const found = known.get(range) ?? parseIpRange(range)
  known.set(range, found)
  return found
}
