/** What the server warns of in services (upstream: pkg/api/service/warnings.go). */
import { path } from '#apimachinery/field-error.ts'
import type { Service } from '#api/gen/core/v1.ts'
import { cidrWarnings, ipWarnings } from '../../../ip-warnings.ts'

const at = path('spec')
const oldHints = 'service.kubernetes.io/topology-aware-hints'

export function serviceWarnings({ metadata, spec }: Service): string[] {
  const { type, clusterIP, clusterIPs = [], externalIPs = [], externalName, loadBalancerIP, loadBalancerSourceRanges = [], trafficDistribution } = spec
  const isHeadless = type === 'ClusterIP' && clusterIP === 'None'
  const isElsewhere = type === 'ExternalName'
  const own = isElsewhere || clusterIP === 'None' ? [] : clusterIPs
  return [
    ...(metadata.annotations?.[oldHints] === undefined ? [] : [`annotation ${oldHints} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
    ...own.flatMap((ip, position) => ipWarnings(at.child('clusterIPs').index(position), ip)),
    ...(isHeadless ? ignoredWhenHeadless(spec) : []),
    ...externalIPs.flatMap((ip, position) => ipWarnings(at.child('externalIPs').index(position), ip)),
    ...(externalIPs.length > 0 && !isHeadless && !isElsewhere ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'] : []),
    ...(loadBalancerIP ? ipWarnings(at.child('loadBalancerIP'), loadBalancerIP) : []),
    ...loadBalancerSourceRanges.flatMap((range, position) => cidrWarnings(at.child('loadBalancerSourceRanges').index(position), range)),
    ...(isElsewhere && externalIPs.length > 0 ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : []),
    ...(!isElsewhere && externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : []),
    ...(trafficDistribution === 'PreferClose' ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'] : []),
  ]
}

function ignoredWhenHeadless({ loadBalancerIP, externalIPs = [], sessionAffinity }: Service['spec']): string[] {
  return [
    ...(loadBalancerIP ? ['spec.loadBalancerIP is ignored for headless services'] : []),
    ...(externalIPs.length > 0 ? ['spec.externalIPs is ignored for headless services'] : []),
    ...(sessionAffinity === 'None' ? [] : ['spec.SessionAffinity is ignored for headless services']),
  ]
}
