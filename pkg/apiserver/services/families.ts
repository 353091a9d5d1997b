/**
 * Which address families a Service has (registry/core/service/storage/alloc.go: initIPFamilyFields; KEP-563): what its writer asked
 * for, completed by what the cluster has ranges of.
 */
import type { Service, ServiceSpec } from '#api/gen/core/v1.ts'
import { validateAddresses } from '#api/core/v1/service/validate-addresses.ts'
import { type FieldError, invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import { invalid } from '#apimachinery/status-error.ts'
import { isIpv6Address, parseCidr } from '#apimachinery/ip.ts'

export type Family = 'IPv4' | 'IPv6'

const at = path('spec')
const policyAt = at.child('ipFamilyPolicy')

/** The ranges of --service-cluster-ip-range: one, or two of different families. Throws a RangeError for anything else. */
export function serviceRanges(serviceCidr: string): readonly string[] {
  const ranges = serviceCidr.split(',').map((each) => each.trim())
  if (ranges.length > 2) throw new RangeError('--service-cluster-ip-range must not contain more than two entries')
  const [first, second] = ranges.map(parseCidr)
  if (ranges.length === 2 && first && second && first.family === second.family)
    throw new RangeError('--service-cluster-ip-range and --secondary-service-cluster-ip-range must be of different IP family')
  return ranges
}

export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

/**
 * Sets policy and families of a Service that is written, by the families that the cluster has, the first being its default.
 * Throws the API's Invalid where they do not go together.
 */
export function setFamilies(service: Service, old: Service | undefined, configured: readonly Family[]): void {
  const { spec } = service
  if (spec.type === 'ExternalName' || (old && keepsPreference(spec, old.spec))) return
  if (spec.clusterIP && (spec.clusterIPs?.length ?? 0) === 0) spec.clusterIPs = [spec.clusterIP]
  const bringsOwnEndpoints = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (bringsOwnEndpoints ? 'RequireDualStack' : 'SingleStack')
  refuse(service, validateAddresses(spec, old?.spec))
  refuse(service, [...(old ? release(spec, old.spec) : []), ...contradictions(spec), ...inferFamilies(spec, configured)])
  // Who runs a headless Service without selector brings the endpoints, of whatever family the cluster has.
  if (!bringsOwnEndpoints) refuse(service, unavailable(spec, configured))
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!]
  const [first, second] = spec.ipFamilies
  if (spec.ipFamilyPolicy !== 'SingleStack' && second === undefined && (bringsOwnEndpoints || configured.length === 2))
    spec.ipFamilies = [first!, first === 'IPv4' ? 'IPv6' : 'IPv4']
}

/** A preference is not weighed anew when the cluster has changed meanwhile: only a change of the Service's own fields does that. */
export function keepsPreference(spec: ServiceSpec, old: ServiceSpec): boolean {
  return (
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    spec.type === old.type &&
    same(spec.clusterIPs, old.clusterIPs) &&
    same(spec.ipFamilies, old.ipFamilies)
  )
}

/** Saying SingleStack gives the second family back; leaving it out without saying so is an error. */
function release(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (same(spec.clusterIPs, old.clusterIPs) && (spec.clusterIPs?.length ?? 0) > 1) spec.clusterIPs = spec.clusterIPs!.slice(0, 1)
    if (same(spec.ipFamilies, old.ipFamilies) && (spec.ipFamilies?.length ?? 0) > 1) spec.ipFamilies = spec.ipFamilies!.slice(0, 1)
    return []
  }
  const why = (what: string) => [invalidValue(policyAt, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`)]
  return [...(reduced(spec.clusterIPs, old.clusterIPs) ? why('cluster IP') : []), ...(reduced(spec.ipFamilies, old.ipFamilies) ? why('IP family') : [])]
}

function contradictions({ ipFamilyPolicy, clusterIPs, ipFamilies }: ServiceSpec): FieldError[] {
  if (ipFamilyPolicy !== 'SingleStack') return []
  const why = (what: string) => [invalidValue(policyAt, ipFamilyPolicy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`)]
  return [...(clusterIPs?.length === 2 ? why('cluster IPs') : []), ...(ipFamilies?.length === 2 ? why('IP families') : [])]
}

/** An address that was chosen says its family. */
function inferFamilies(spec: ServiceSpec, configured: readonly Family[]): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === 'None') break
    const family: Family = isIpv6Address(address) ? 'IPv6' : 'IPv4'
    if (index < (spec.ipFamilies?.length ?? 0)) continue
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family]
    else errors.push(invalidValue(at.child('clusterIPs').index(index), spec.clusterIPs, `${family} is not configured on this cluster`))
  }
  return errors
}

function unavailable({ ipFamilyPolicy, ipFamilies }: ServiceSpec, configured: readonly Family[]): FieldError[] {
  const dual =
    ipFamilyPolicy === 'RequireDualStack' && configured.length < 2
      ? [invalidValue(policyAt, ipFamilyPolicy, 'this cluster is not configured for dual-stack services')]
      : []
  const missing = (ipFamilies ?? []).flatMap((family, index) =>
    configured.includes(family as Family) ? [] : [invalidValue(at.child('ipFamilies').index(index), family, 'not configured on this cluster')],
  )
  return [...dual, ...missing]
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, metadata.name, toCauses(errors))
}

const same = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean => (a ?? []).join() === (b ?? []).join()

/** Fewer than before, but not by leaving all of them out. */
function reduced(now: readonly string[] = [], before: readonly string[] = []): boolean {
  return now.length > 0 && now.length < before.length
}
