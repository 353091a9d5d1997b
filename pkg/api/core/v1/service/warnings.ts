/** What the server warns of in services (upstream: pkg/api/service/warnings.go). */
import { path } from '#apimachinery/field-error.ts'
import type { Service } from '#api/gen/core/v1.ts'
import { cidrWarnings, ipWarnings } from '../../../ip-warnings.ts'

const at = path('spec')

export function serviceWarnings({ spec }: Service): string[] {
  const { type, clusterIPs = [], externalIPs = [], externalName, loadBalancerIP, loadBalancerSourceRanges = [] } = spec
  const own = clusterIPs[0] === 'None' ? [] : clusterIPs
  return [
    ...(type === 'ExternalName' && externalIPs.length > 0 ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : []),
    ...(type !== 'ExternalName' && externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : []),
    ...own.flatMap((ip, position) => ipWarnings(at.child('clusterIPs').index(position), ip)),
    ...externalIPs.flatMap((ip, position) => ipWarnings(at.child('externalIPs').index(position), ip)),
    ...(externalIPs.length > 0 && clusterIPs[0] !== 'None' && type !== 'ExternalName'
      ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters']
      : []),
    ...(loadBalancerIP ? ipWarnings(at.child('loadBalancerIP'), loadBalancerIP) : []),
    ...loadBalancerSourceRanges.flatMap((range, position) => cidrWarnings(at.child('loadBalancerSourceRanges').index(position), range.trim())),
  ]
}
