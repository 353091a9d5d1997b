/** Validation of endpoint slices. */
import { duplicate, type FieldError, type FieldPath, path, required, tooMany } from '#apimachinery/field-error.ts'
import { isIpv4Address, isIpv6Address, isValidIp } from '#apimachinery/ip.ts'
import { isDns1123Label, isDns1123Subdomain, isFullyQualifiedDomainName, isQualifiedName, isValidLabelValue } from '#apimachinery/names.ts'
import type { Endpoint, EndpointHints, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { complaints, immutable, oneOf, requiredOneOf } from '../../checks.ts'
import { validateLabels } from '../../meta/labels.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validateReachableIp } from '../../core/v1/validate-endpoints.ts'

const maxEndpoints = 1000
const maxAddresses = 100
const maxPorts = 20000
const maxTopologyLabels = 16
const maxHints = 8

/** Endpoints that stay as they were are not looked at again. */
export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice, old?: EndpointSlice): FieldError[] {
  const errors = requiredOneOf(path('addressType'), addressType, ['FQDN', 'IPv4', 'IPv6'])
  errors.push(...validatePorts(ports ?? [], path('ports')))
  const all = endpoints ?? []
  if (old && semanticEqual(all, old.endpoints ?? [])) return errors
  if (all.length > maxEndpoints) return [...errors, tooMany(path('endpoints'), all.length, maxEndpoints)]
  return [...errors, ...all.flatMap((endpoint, position) => validateEndpoint(endpoint, addressType, path('endpoints').index(position)))]
}

function validateEndpoint({ addresses, hostname, nodeName, deprecatedTopology, hints }: Endpoint, type: string, at: FieldPath): FieldError[] {
  const here = at.child('addresses')
  const given = addresses ?? []
  const errors: FieldError[] = given.length === 0 ? [required(here, 'must contain at least 1 address')] : []
  if (given.length > maxAddresses) errors.push(tooMany(here, given.length, maxAddresses))
  for (const [position, address] of given.entries()) errors.push(...validateAddress(address, type, here, position))
  if (nodeName !== undefined) errors.push(...complaints(at.child('nodeName'), nodeName, isDns1123Subdomain(nodeName)))
  const topologyAt = at.child('deprecatedTopology')
  const labels = Object.keys(deprecatedTopology ?? {}).length
  if (labels > maxTopologyLabels) errors.push(tooMany(topologyAt, labels, maxTopologyLabels))
  errors.push(...validateLabels(deprecatedTopology, topologyAt))
  if (hostname !== undefined) errors.push(...complaints(at.child('hostname'), hostname, isDns1123Label(hostname)))
  return hints ? [...errors, ...validateHints(hints, at.child('hints'))] : errors
}

function validateHints({ forZones, forNodes }: EndpointHints, at: FieldPath): FieldError[] {
  return [...validateNames(forZones, isValidLabelValue, at.child('forZones')), ...validateNames(forNodes, isDns1123Subdomain, at.child('forNodes'))]
}

function validateNames(given: readonly { readonly name: string }[] | undefined, check: (name: string) => string[], at: FieldPath): FieldError[] {
  const names = (given ?? []).map(({ name }) => name)
  if (names.length > maxHints) return [tooMany(at, names.length, maxHints)]
  return names.flatMap((name, position) => {
    const here = at.index(position).child('name')
    return [...(names.indexOf(name) < position ? [duplicate(here, name)] : []), ...complaints(here, name, check(name))]
  })
}

/** Addresses of types that are not known are left alone; one of the other family is told of the whole list. */
function validateAddress(address: string, type: string, list: FieldPath, position: number): FieldError[] {
  const at = list.index(position)
  if (type === 'FQDN') return address === '' ? [required(at)] : complaints(at, address, isFullyQualifiedDomainName(address))
  if (type !== 'IPv4' && type !== 'IPv6') return []
  const wrong = complaints(at, address, isValidIp(address))
  if (wrong.length > 0) return wrong
  const isOfType = type === 'IPv4' ? isIpv4Address(address) : isIpv6Address(address)
  return [...(isOfType ? [] : complaints(list, address, [`must be an ${type} address`])), ...validateReachableIp(address, at)]
}

function validatePorts(ports: readonly NonNullable<EndpointSlice['ports']>[number][], at: FieldPath): FieldError[] {
  if (ports.length > maxPorts) return [tooMany(at, ports.length, maxPorts)]
  const names = new Set<string>()
  return ports.flatMap(({ name = '', protocol, appProtocol }, position) => {
    const here = at.index(position)
    const errors = name ? complaints(here.child('name'), name, isDns1123Label(name)) : []
    if (names.has(name)) errors.push(duplicate(here.child('name'), name))
    names.add(name)
    // Of the number nothing is asked, upstream neither.
    errors.push(...(protocol === undefined ? [required(here.child('protocol'))] : oneOf(here.child('protocol'), protocol, ['SCTP', 'TCP', 'UDP'])))
    return appProtocol === undefined ? errors : [...errors, ...complaints(here.child('appProtocol'), appProtocol, isQualifiedName(appProtocol))]
  })
}

export function validateEndpointSliceUpdate(object: EndpointSlice, old: EndpointSlice): FieldError[] {
  return [...validateEndpointSlice(object, old), ...immutable(path('addressType'), object.addressType, old.addressType)]
}
