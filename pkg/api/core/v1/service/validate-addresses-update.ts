/** How a service's addresses may change: a second family comes and goes, the first stays (KEP-563). */
import { type FieldError, invalidValue, path } from '#apimachinery/field-error.ts'
import type { ServiceSpec } from '#api/gen/core/v1.ts'
import { isHeadless } from './validate-addresses.ts'

const at = path('spec')
const fixed = 'may not change once set'

export function validateAddressesUpdate(now: ServiceSpec, before: ServiceSpec): FieldError[] {
  if (now.type === 'ExternalName' || before.type === 'ExternalName') return []
  return [...validateIps(now, before), ...validateFamilies(now, before)]
}

function validateIps(now: ServiceSpec, before: ServiceSpec): FieldError[] {
  if (isHeadless(now) && isHeadless(before)) return []
  const here = at.child('clusterIPs')
  const [ips, old] = [now.clusterIPs ?? [], before.clusterIPs ?? []]
  if (ips.length === old.length) return old.flatMap((ip, position) => (ip === ips[position] ? [] : [invalidValue(here.index(position), ips, fixed)]))
  const moved = old.length > 0 && ips.length > 0 && ips[0] !== old[0] ? [invalidValue(here.index(0), ips, fixed)] : []
  if (old.length < ips.length) return moved
  return [
    ...(ips.length === 0 ? [invalidValue(here.index(0), now.clusterIPs ?? null, 'primary clusterIP can not be unset')] : []),
    ...moved,
    ...(ips.length === 1 ? validateReleased(now, 'clusterIP') : []),
  ]
}

function validateFamilies(now: ServiceSpec, before: ServiceSpec): FieldError[] {
  if (isHeadless(now) || isHeadless(before)) return []
  const here = at.child('ipFamilies').index(0)
  const [families, old] = [now.ipFamilies ?? [], before.ipFamilies ?? []]
  if (families.length === old.length) return old.flatMap((family, position) => (family === families[position] ? [] : [invalidValue(here, families, fixed)]))
  // Upstream shows the addresses here, not the families.
  const moved = old.length > 0 && families.length > 0 && families[0] !== old[0] ? [invalidValue(here, now.clusterIPs ?? null, fixed)] : []
  if (old.length < families.length) return moved
  return [
    ...((now.clusterIPs ?? []).length === 0 ? [invalidValue(here, now.ipFamilies ?? null, 'primary ipFamily can not be unset')] : []),
    ...moved,
    ...(families.length === 1 ? validateReleased(now, 'ipFamily') : []),
  ]
}

function validateReleased({ ipFamilyPolicy }: ServiceSpec, what: string): FieldError[] {
  if (ipFamilyPolicy === 'SingleStack') return []
  return [invalidValue(at.child('ipFamilyPolicy'), ipFamilyPolicy ?? null, `must be set to 'SingleStack' when releasing the secondary ${what}`)]
}
