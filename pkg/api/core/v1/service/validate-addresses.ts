/** Validation of a service's addresses and their families. */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isIpv6Address } from '#apimachinery/ip.ts'
import type { ServiceSpec } from '#api/gen/core/v1.ts'
import { legacyIp } from '../../../checks.ts'
import { nonSpecialIp } from '../validate-endpoints.ts'

const at = path('spec')
const families = ['IPv4', 'IPv6']
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

export function isHeadless({ clusterIPs }: ServiceSpec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === 'None'
}

export function validateAddresses(spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return []
  const here = at.child('clusterIPs')
  const errors = [...validateTwins(spec, here), ...validateFamilies(spec)]
  const { isWrong, errors: wrong } = validateEach(spec, here, old?.clusterIPs ?? [])
  errors.push(...wrong)
  // What follows would speak of addresses that are none.
  return isWrong ? errors : [...errors, ...validateStacks(spec, here)]
}

function validateTwins({ clusterIP, clusterIPs = [] }: ServiceSpec, here: FieldPath): FieldError[] {
  if (!clusterIP) return clusterIPs.length > 0 ? [invalidValue(here, clusterIPs, 'must be empty when `clusterIP` is not specified')] : []
  if (clusterIPs.length === 0) return [required(here)]
  return clusterIPs[0] === clusterIP ? [] : [invalidValue(here, clusterIPs, 'first value must match `clusterIP`')]
}

function validateFamilies({ ipFamilies, ipFamilyPolicy }: ServiceSpec): FieldError[] {
  const seen = new Set<string>()
  const errors = (ipFamilies ?? []).flatMap((family, position) => {
    const here = at.child('ipFamilies').index(position)
    const wrong = families.includes(family) ? [] : [notSupported(here, family, families)]
    if (seen.has(family)) wrong.push(duplicate(here, family))
    seen.add(family)
    return wrong
  })
  if (ipFamilyPolicy === undefined || familyPolicies.includes(ipFamilyPolicy)) return errors
  return [...errors, notSupported(at.child('ipFamilyPolicy'), ipFamilyPolicy, familyPolicies)]
}

function validateEach({ clusterIPs = [] }: ServiceSpec, here: FieldPath, before: readonly string[]): { isWrong: boolean; errors: FieldError[] } {
  const errors = clusterIPs.flatMap((ip, position) => {
    if (position > 0 || ip !== 'None') return legacyIp(here.index(position), ip, before)
    return clusterIPs.length > 1 ? [invalidValue(here, clusterIPs, "'None' must be the first and only value")] : []
  })
  const isWrong = errors.length > 0
  if (clusterIPs.length > 2) errors.push(invalidValue(here, clusterIPs, 'may only hold up to 2 values'))
  return { isWrong, errors }
}

function validateStacks(spec: ServiceSpec, here: FieldPath): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec
  const errors: FieldError[] = []
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(isIpv6Address)).size < 2)
    errors.push(invalidValue(here, clusterIPs, 'may specify no more than one IP for each IP family'))
  if (isHeadless(spec)) return errors
  for (const [position, ip] of clusterIPs.entries()) {
    const family = ipFamilies[position]
    if (family !== undefined && families.includes(family) && (family === 'IPv6') !== isIpv6Address(ip))
      errors.push(invalidValue(here.index(position), ip, `expected an ${family} value as indicated by \`ipFamilies[${position}]\``))
  }
  return errors
}

export function validateExternalIps({ externalIPs }: ServiceSpec, old?: ServiceSpec): FieldError[] {
  return (externalIPs ?? []).flatMap((ip, position) => {
    const here = at.child('externalIPs').index(position)
    const wrong = legacyIp(here, ip, old?.externalIPs ?? [])
    return wrong.length > 0 ? wrong : nonSpecialIp(ip, here)
  })
}
