/** Validation of network policies. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isValidCidr, parseCidr } from '#apimachinery/ip.ts'
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#api/gen/networking/v1.ts'
import { complaints, optionalOneOf, portNumberOrName } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'

const at = path('spec')

export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  const errors = validateLabelSelector(spec.podSelector, at.child('podSelector'))
  for (const [position, rule] of (spec.ingress ?? []).entries()) {
    const here = at.child('ingress').index(position)
    errors.push(...validatePorts(rule.ports, here.child('ports')), ...validatePeers(rule.from, here.child('from')))
  }
  for (const [position, rule] of (spec.egress ?? []).entries()) {
    const here = at.child('egress').index(position)
    errors.push(...validatePorts(rule.ports, here.child('ports')), ...validatePeers(rule.to, here.child('to')))
  }
  const types = spec.policyTypes ?? []
  if (types.length > 2) return [...errors, invalidValue(at.child('policyTypes'), types, 'may not specify more than two policyTypes')]
  for (const [position, type] of types.entries())
    if (type !== 'Ingress' && type !== 'Egress') errors.push(notSupported(at.child('policyTypes').index(position), type, ['Egress', 'Ingress']))
  return errors
}

function validatePorts(ports: readonly NetworkPolicyPort[] | undefined, at: FieldPath): FieldError[] {
  return (ports ?? []).flatMap(({ protocol, port, endPort }, position) => {
    const here = at.index(position)
    const errors = optionalOneOf(here.child('protocol'), protocol, ['SCTP', 'TCP', 'UDP'])
    if (port !== undefined) errors.push(...portNumberOrName(here.child('port'), port))
    if (endPort === undefined) return errors
    if (port === undefined) return [...errors, required(here.child('port'), 'may not be empty when `endPort` is specified')]
    if (typeof port === 'string') return [...errors, invalidValue(here.child('endPort'), endPort, 'may not be specified when `port` is non-numeric')]
    return endPort < port ? [...errors, invalidValue(here.child('endPort'), endPort, 'must be greater than or equal to `port`')] : errors
  })
}

function validatePeers(peers: readonly NetworkPolicyPeer[] | undefined, at: FieldPath): FieldError[] {
  return (peers ?? []).flatMap(({ podSelector, namespaceSelector, ipBlock }, position) => {
    const here = at.index(position)
    const errors = [
      ...validateLabelSelector(podSelector, here.child('podSelector')),
      ...validateLabelSelector(namespaceSelector, here.child('namespaceSelector')),
    ]
    if (ipBlock) errors.push(...validateBlock(ipBlock, here.child('ipBlock')))
    if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(here, 'must specify a peer'))
    if (ipBlock && (podSelector || namespaceSelector)) errors.push(forbiddenField(here, 'may not specify both ipBlock and another peer'))
    return errors
  })
}

function validateBlock({ cidr, except }: IPBlock, at: FieldPath): FieldError[] {
  if (!cidr) return [required(at.child('cidr'))]
  const wrong = complaints(at.child('cidr'), cidr, isValidCidr(cidr))
  const outer = parseCidr(cidr)
  if (wrong.length > 0 || !outer) return wrong
  return (except ?? []).flatMap((text, position) => {
    const here = at.child('except').index(position)
    const errors = complaints(here, text, isValidCidr(text))
    return errors.length > 0 || isStrictlyWithin(text, cidr) ? errors : [invalidValue(here, text, 'must be a strict subset of `cidr`')]
  })
}

function isStrictlyWithin(inner: string, outer: string): boolean {
  const [a, b] = [bitsOf(inner), bitsOf(outer)]
  return a.family === b.family && a.prefix.length > b.prefix.length && a.prefix.startsWith(b.prefix)
}

/** The bits of the prefix as text, so that "within" is "starts with". */
function bitsOf(cidr: string): { family: number; prefix: string } {
  const [address = '', length = '0'] = cidr.split('/')
  const isV6 = address.includes(':')
  const groups = isV6 ? expandIpv6(address) : address.split('.').map(Number)
  const width = isV6 ? 16 : 8
  return {
    family: isV6 ? 6 : 4,
    prefix: groups
      .map((group) => group.toString(2).padStart(width, '0'))
      .join('')
      .slice(0, Number(length)),
  }
}

function expandIpv6(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const [left, right] = [parse(head), parse(tail ?? '')]
  return tail === undefined ? left : [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}
