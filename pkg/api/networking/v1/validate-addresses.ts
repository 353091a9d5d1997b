/** Validation of IPAddresses and ServiceCIDRs. */
import { type FieldError, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isValidIp } from '#apimachinery/ip.ts'
import { isValidCidr } from '#apimachinery/ip.ts'
import type { IPAddress, ServiceCIDR } from '#api/gen/networking/v1.ts'
import { complaints, immutable } from '../../checks.ts'
import { semanticEqual } from '../../semantic-equal.ts'

export function validateIpAddress({ spec: { parentRef } }: IPAddress): FieldError[] {
  const at = path('spec', 'parentRef')
  if (!parentRef) return [required(at)]
  return (['resource', 'name'] as const).filter((key) => !parentRef[key]).map((key) => required(at.child(key)))
}

export function validateIpAddressUpdate(object: IPAddress, old: IPAddress): FieldError[] {
  return immutable(path('spec', 'parentRef'), object.spec.parentRef, old.spec.parentRef)
}

export function nameIsIp(name: string): string[] {
  return isValidIp(name)
}

export function validateServiceCidr({ spec }: ServiceCIDR): FieldError[] {
  const at = path('spec', 'cidrs')
  const cidrs = spec.cidrs ?? []
  if (cidrs.length === 0) return [required(at, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalidValue(at, cidrs, 'may only hold up to 2 values')]
  const errors = cidrs.flatMap((cidr, position) => complaints(at.index(position), cidr, isValidCidr(cidr)))
  const [first, second] = cidrs
  const sameFamily = first !== undefined && second !== undefined && first.includes(':') === second.includes(':')
  return sameFamily ? [...errors, invalidValue(at, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96')] : errors
}

export function validateServiceCidrUpdate(object: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  if (semanticEqual(object.spec.cidrs, old.spec.cidrs)) return []
  const [now, before] = [object.spec.cidrs ?? [], old.spec.cidrs ?? []]
  const converts = before.length === 1 && now.length === 2 && now[0] === before[0]
  return converts ? validateServiceCidr(object) : [forbiddenField(path('spec', 'cidrs'), 'field is immutable')]
}
