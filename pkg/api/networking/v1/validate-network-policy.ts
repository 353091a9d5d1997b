/** Validation of network policies (pkg/apis/networking/validation). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { parseCidr } from '#apimachinery/ip.ts'
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '#api/gen/networking/v1.ts'
import { complaints, legacyCidr, optionalOneOf } from '../../checks.ts'
import { isValidPortName, isValidPortNum } from '#apimachinery/names.ts'
import { validateLabelSelector } from '../../meta/labels.ts'

const at = path('spec')

export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  return validateSpec(spec, [])
}

/** Ranges that were there before may stay, wherever in the policy they now are. */
export function validateNetworkPolicyUpdate({ spec }: NetworkPolicy, { spec: old }: NetworkPolicy): FieldError[] {
  const peers = [...(old.ingress ?? []).flatMap(({ from }) => from ?? []), ...(old.egress ?? []).flatMap(({ to }) => to ?? [])]
  return validateSpec(
    spec,
    peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])),
  )
}

function validateSpec(spec: NetworkPolicySpec, before: readonly string[]): FieldError[] {
  const errors = validateLabelSelector(spec.podSelector, at.child('podSelector'))
  for (const [position, rule] of (spec.ingress ?? []).entries()) {
    const here = at.child('ingress').index(position)
    errors.push(...validatePorts(rule.ports, here.child('ports')), ...validatePeers(rule.from, here.child('from'), before))
  }
  for (const [position, rule] of (spec.egress ?? []).entries()) {
    const here = at.child('egress').index(position)
    errors.push(...validatePorts(rule.ports, here.child('ports')), ...validatePeers(rule.to, here.child('to'), before))
  }
  const types = spec.policyTypes ?? []
  if (types.length > 2) return [...errors, invalidValue(at.child('policyTypes'), types, 'may not specify more than two policyTypes')]
  for (const [position, type] of types.entries())
    if (type !== 'Ingress' && type !== 'Egress') errors.push(notSupported(at.child('policyTypes').index(position), type, ['Ingress', 'Egress']))
  return errors
}

function validatePorts(ports: readonly NetworkPolicyPort[] | undefined, at: FieldPath): FieldError[] {
  return (ports ?? []).flatMap(({ protocol, port, endPort }, position) => {
    const here = at.index(position)
    const endAt = here.child('endPort')
    const errors = optionalOneOf(here.child('protocol'), protocol, ['TCP', 'UDP', 'SCTP'])
    if (port === undefined)
      return endPort === undefined ? errors : [...errors, invalidValue(endAt, endPort, 'may not be specified when `port` is not specified')]
    if (typeof port === 'string') {
      if (endPort !== undefined) errors.push(invalidValue(endAt, endPort, 'may not be specified when `port` is non-numeric'))
      return [...errors, ...complaints(here.child('port'), port, isValidPortName(port))]
    }
    errors.push(...complaints(here.child('port'), port, isValidPortNum(port)))
    if (endPort === undefined) return errors
    // What is shown is the port, upstream too.
    if (endPort < port) errors.push(invalidValue(endAt, port, 'must be greater than or equal to `port`'))
    return [...errors, ...complaints(endAt, endPort, isValidPortNum(endPort))]
  })
}

function validatePeers(peers: readonly NetworkPolicyPeer[] | undefined, at: FieldPath, before: readonly string[]): FieldError[] {
  return (peers ?? []).flatMap(({ podSelector, namespaceSelector, ipBlock }, position) => {
    const here = at.index(position)
    const errors = [
      ...validateLabelSelector(podSelector, here.child('podSelector')),
      ...validateLabelSelector(namespaceSelector, here.child('namespaceSelector')),
    ]
    if (ipBlock) errors.push(...validateBlock(ipBlock, here.child('ipBlock'), before))
    if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(here, 'must specify a peer'))
    if (ipBlock && (podSelector || namespaceSelector)) errors.push(forbiddenField(here, 'may not specify both ipBlock and another peer'))
    return errors
  })
}

function validateBlock({ cidr, except }: IPBlock, at: FieldPath, before: readonly string[]): FieldError[] {
  if (!cidr) return [required(at.child('cidr'))]
  const errors = legacyCidr(at.child('cidr'), cidr, before)
  const outer = parseCidr(cidr)
  if (!outer) return errors
  for (const [position, text] of (except ?? []).entries()) {
    const here = at.child('except').index(position)
    errors.push(...legacyCidr(here, text, before))
    const inner = parseCidr(text)
    if (inner && !isStrictlyWithin(inner, outer)) errors.push(invalidValue(here, text, 'must be a strict subset of `cidr`'))
  }
  return errors
}

type Cidr = NonNullable<ReturnType<typeof parseCidr>>

function isStrictlyWithin(inner: Cidr, outer: Cidr): boolean {
  const hostBits = BigInt((outer.family === 4 ? 32 : 128) - outer.prefixLength)
  return inner.family === outer.family && inner.prefixLength > outer.prefixLength && inner.network >> hostBits === outer.network >> hostBits
}
