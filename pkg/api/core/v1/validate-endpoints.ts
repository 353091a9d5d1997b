/** Validation of endpoints. */
import { type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { parseIpSloppy } from '#apimachinery/ip.ts'
import { isDns1123Label, isQualifiedName, isValidPortNum, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { EndpointAddress, Endpoints } from '#api/gen/core/v1.ts'
import { complaints, legacyIp, requiredOneOf } from '../../checks.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { protocols } from './pod-spec/validate-ports.ts'

/** Subsets that were taken before, and are as they were, may go on being wrong. */
export function validateEndpoints({ subsets }: Endpoints, old?: Endpoints): FieldError[] {
  const errors = validateSubsets(subsets)
  return errors.length > 0 && old && semanticEqual(subsets, old.subsets) ? [] : errors
}

function validateSubsets(subsets: Endpoints['subsets']): FieldError[] {
  return (subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }, position) => {
    const here = path('subsets').index(position)
    const errors: FieldError[] = []
    if (addresses.length + notReadyAddresses.length === 0) errors.push(required(here, 'must specify `addresses` or `notReadyAddresses`'))
    for (const [index, address] of addresses.entries()) errors.push(...validateAddress(address, here.child('addresses').index(index)))
    for (const [index, address] of notReadyAddresses.entries()) errors.push(...validateAddress(address, here.child('notReadyAddresses').index(index)))
    for (const [index, { name, port, protocol, appProtocol }] of ports.entries()) {
      const portAt = here.child('ports').index(index)
      if (name) errors.push(...complaints(portAt.child('name'), name, isDns1123Label(name)))
      else if (ports.length > 1) errors.push(required(portAt.child('name')))
      errors.push(...complaints(portAt.child('port'), port ?? 0, isValidPortNum(port ?? 0)), ...requiredOneOf(portAt.child('protocol'), protocol, protocols))
      if (appProtocol !== undefined) errors.push(...complaints(portAt.child('appProtocol'), appProtocol, isQualifiedName(appProtocol)))
    }
    return errors
  })
}

function validateAddress({ ip = '', hostname, nodeName }: EndpointAddress, at: FieldPath): FieldError[] {
  return [
    ...legacyIp(at.child('ip'), ip),
    ...(hostname ? complaints(at.child('hostname'), hostname, isDns1123Label(hostname)) : []),
    ...(nodeName === undefined ? [] : complaints(at.child('nodeName'), nodeName, nameIsDnsSubdomain(nodeName, false))),
    ...nonSpecialIp(ip, at.child('ip')),
  ]
}

export function validateReachableIp(ip: string, at: FieldPath): FieldError[] {
  const wrong = legacyIp(at, ip)
  return wrong.length > 0 ? wrong : nonSpecialIp(ip, at)
}

/** Traffic must not be sent to an address that means the sender itself or everyone near it. */
export function nonSpecialIp(value: string, at: FieldPath): FieldError[] {
  const ip = parseIpSloppy(value)
  if (ip === undefined) return [invalidValue(at, value, 'must be a valid IP address')]
  if (ip === '0.0.0.0' || ip === '::') return [invalidValue(at, value, `may not be unspecified (${value})`)]
  if (ip.startsWith('127.') || ip === '::1') return [invalidValue(at, value, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')]
  if (ip.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/i.test(ip))
    return [invalidValue(at, value, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')]
  if (ip.startsWith('224.0.0.') || /^ff[0-9a-f]2:/i.test(ip))
    return [invalidValue(at, value, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')]
  return []
}
