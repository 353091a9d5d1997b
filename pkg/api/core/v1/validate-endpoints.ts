/** Validation of endpoints. */
import { type FieldError, type FieldPath, path, required } from '#apimachinery/field-error.ts'
import { isValidIp } from '#apimachinery/ip.ts'
import { isDns1123Label, isQualifiedName, isValidPortNum, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { EndpointAddress, Endpoints } from '#api/gen/core/v1.ts'
import { complaints, requiredOneOf } from '../../checks.ts'

export function validateEndpoints({ subsets }: Endpoints): FieldError[] {
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
      errors.push(
        ...complaints(portAt.child('port'), port ?? 0, isValidPortNum(port ?? 0)),
        ...requiredOneOf(portAt.child('protocol'), protocol, ['SCTP', 'TCP', 'UDP']),
      )
      if (appProtocol !== undefined) errors.push(...complaints(portAt.child('appProtocol'), appProtocol, isQualifiedName(appProtocol)))
    }
    return errors
  })
}

function validateAddress({ ip, hostname, nodeName }: EndpointAddress, at: FieldPath): FieldError[] {
  return [
    ...validateReachableIp(ip ?? '', at.child('ip')),
    ...(hostname ? complaints(at.child('hostname'), hostname, isDns1123Label(hostname)) : []),
    ...(nodeName === undefined ? [] : complaints(at.child('nodeName'), nodeName, nameIsDnsSubdomain(nodeName, false))),
  ]
}

/** Traffic must not be sent to an address that means the sender itself or everyone near it. */
export function validateReachableIp(ip: string, at: FieldPath): FieldError[] {
  const wrong = complaints(at, ip, isValidIp(ip))
  if (wrong.length > 0) return wrong
  if (ip === '0.0.0.0' || ip === '::') return complaints(at, ip, [`may not be unspecified (${ip})`])
  if (ip.startsWith('127.') || ip === '::1') return complaints(at, ip, ['may not be in the loopback range (127.0.0.0/8, ::1/128)'])
  if (ip.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/i.test(ip)) return complaints(at, ip, ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'])
  if (/^224\.0\.0\./.test(ip) || /^ff02:/i.test(ip)) return complaints(at, ip, ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'])
  return []
}
