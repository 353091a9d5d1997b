/** Validation of endpoint slices. */
import { duplicate, type FieldError, type FieldPath, path, required, tooMany } from '#apimachinery/field-error.ts'
import { isIpv4Address, isIpv6Address, isValidIp } from '#apimachinery/ip.ts'
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, isValidPortNum } from '#apimachinery/names.ts'
import type { Endpoint, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { complaints, immutable, requiredOneOf } from '../../checks.ts'
import { validateReachableIp } from '../../core/v1/validate-endpoints.ts'

const maxEndpoints = 1000
const maxAddresses = 100
const maxPorts = 20000

export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice): FieldError[] {
  const errors = requiredOneOf(path('addressType'), addressType, ['FQDN', 'IPv4', 'IPv6'])
  const all = endpoints ?? []
  if (all.length > maxEndpoints) return [...errors, tooMany(path('endpoints'), all.length, maxEndpoints)]
  errors.push(...all.flatMap((endpoint, position) => validateEndpoint(endpoint, addressType, path('endpoints').index(position))))
  return [...errors, ...validatePorts(ports ?? [], path('ports'))]
}

function validateEndpoint({ addresses, hostname, nodeName }: Endpoint, type: string, at: FieldPath): FieldError[] {
  const here = at.child('addresses')
  const given = addresses ?? []
  const errors: FieldError[] = given.length === 0 ? [required(here, 'must contain at least 1 address')] : []
  if (given.length > maxAddresses) errors.push(tooMany(here, given.length, maxAddresses))
  for (const [position, address] of given.entries()) errors.push(...validateAddress(address, type, here.index(position)))
  if (hostname !== undefined) errors.push(...complaints(at.child('hostname'), hostname, isDns1123Label(hostname)))
  return nodeName === undefined ? errors : [...errors, ...complaints(at.child('nodeName'), nodeName, isDns1123Subdomain(nodeName))]
}

function validateAddress(address: string, type: string, at: FieldPath): FieldError[] {
  if (type === 'FQDN') return complaints(at, address, isDns1123Subdomain(address))
  const wrong = complaints(at, address, isValidIp(address))
  if (wrong.length > 0) return wrong
  if (type === 'IPv4' && !isIpv4Address(address)) return complaints(at, address, ['must be an IPv4 address'])
  if (type === 'IPv6' && !isIpv6Address(address)) return complaints(at, address, ['must be an IPv6 address'])
  return validateReachableIp(address, at)
}

function validatePorts(ports: readonly NonNullable<EndpointSlice['ports']>[number][], at: FieldPath): FieldError[] {
  if (ports.length > maxPorts) return [tooMany(at, ports.length, maxPorts)]
  const names = new Set<string>()
  return ports.flatMap(({ name = '', port, protocol, appProtocol }, position) => {
    const here = at.index(position)
    const errors = name ? complaints(here.child('name'), name, isDns1123Label(name)) : []
    if (names.has(name)) errors.push(duplicate(here.child('name'), name))
    names.add(name)
    errors.push(...requiredOneOf(here.child('protocol'), protocol, ['SCTP', 'TCP', 'UDP']))
    if (port !== undefined) errors.push(...complaints(here.child('port'), port, isValidPortNum(port)))
    return appProtocol === undefined ? errors : [...errors, ...complaints(here.child('appProtocol'), appProtocol, isQualifiedName(appProtocol))]
  })
}

export function validateEndpointSliceUpdate(object: EndpointSlice, old: EndpointSlice): FieldError[] {
  return [...validateEndpointSlice(object), ...immutable(path('addressType'), object.addressType, old.addressType)]
}
