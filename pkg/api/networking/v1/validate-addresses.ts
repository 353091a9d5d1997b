/** Validation of IPAddresses and ServiceCIDRs (pkg/apis/networking/validation). */
import { type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isValidCidr, isValidIp, parseCidr } from '#apimachinery/ip.ts'
import { isDns1123Subdomain, isPathSegmentName } from '#apimachinery/names.ts'
import { type IPAddress, ParentReferenceSchema, type ServiceCIDR } from '#api/gen/networking/v1.ts'
import { complaints, immutableMessage } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { requiredSegment } from './validate-reference.ts'

export function validateIpAddress({ spec: { parentRef } }: IPAddress): FieldError[] {
  const at = path('spec', 'parentRef')
  if (!parentRef) return [required(at)]
  const { group, resource, name, namespace } = parentRef
  return [
    ...(group ? complaints(at.child('group'), group, isDns1123Subdomain(group)) : []),
    ...requiredSegment(resource, at.child('resource')),
    ...requiredSegment(name, at.child('name')),
    ...(namespace ? complaints(at.child('namespace'), namespace, isPathSegmentName(namespace)) : []),
  ]
}

export function validateIpAddressUpdate(object: IPAddress, old: IPAddress): FieldError[] {
  const { parentRef } = object.spec
  if (semanticEqual(parentRef, old.spec.parentRef)) return []
  return [invalidValue(path('spec', 'parentRef'), internalForm(ParentReferenceSchema, parentRef), immutableMessage)]
}

export function nameIsIp(name: string): string[] {
  return isValidIp(name)
}

const at = path('spec', 'cidrs')

export function validateServiceCidr({ spec }: ServiceCIDR): FieldError[] {
  const cidrs = spec.cidrs ?? []
  if (cidrs.length === 0) return [required(at, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalidValue(at, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  const errors = cidrs.flatMap((cidr, position) => complaints(at.index(position), cidr, isValidCidr(cidr)))
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.family)
  const sameFamily = cidrs.length === 2 && first !== undefined && first === second
  return sameFamily ? [...errors, invalidValue(at, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64')] : errors
}

/** The only change there may be is a second range beside the first. */
export function validateServiceCidrUpdate(object: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const [now, before] = [object.spec.cidrs ?? [], old.spec.cidrs ?? []]
  const changed = (position: number) => (now[position] === before[position] ? [] : [invalidValue(at.index(position), now[position], immutableMessage)])
  if (now.length === before.length) return before.flatMap((_, position) => changed(position))
  if (before.length === 1 && now.length === 2) return [...changed(0), ...validateServiceCidr(object)]
  return [invalidValue(at, object.spec.cidrs, immutableMessage)]
}
