/** Which Services have a load balancer, which changes concern it, and which nodes are behind it. */
import { isDeepStrictEqual } from 'node:util'
import type { Node, Service } from '#api/gen/core/v1.ts'

export const cleanupFinalizer = 'service.kubernetes.io/load-balancer-cleanup'

/** A Service that names a class is for whoever has that class. */
export function wantsLoadBalancer({ spec }: Service, ownClass: string | undefined): boolean {
  return spec.type === 'LoadBalancer' && (!spec.loadBalancerClass || spec.loadBalancerClass === ownClass)
}

export function hasFinalizer({ metadata }: Service): boolean {
  return metadata.finalizers?.includes(cleanupFinalizer) ?? false
}

export function needsCleanup(service: Service): boolean {
  return hasFinalizer(service) && (!!service.metadata.deletionTimestamp || service.spec.type !== 'LoadBalancer')
}

/** Upstream compares these and no others: a status, a label or a selector changes no load balancer. */
const compared = [
  'loadBalancerSourceRanges',
  'sessionAffinity',
  'sessionAffinityConfig',
  'loadBalancerIP',
  'externalIPs',
  'externalTrafficPolicy',
  'healthCheckNodePort',
] as const

export function needsUpdate(before: Service, after: Service, ownClass: string | undefined): boolean {
  const wants = wantsLoadBalancer(after, ownClass)
  if (wants !== wantsLoadBalancer(before, ownClass)) return true
  if (!wants) return false
  return (
    before.metadata.uid !== after.metadata.uid ||
    before.spec.ipFamilies?.length !== after.spec.ipFamilies?.length ||
    !isDeepStrictEqual(before.spec.ports, after.spec.ports) ||
    !isDeepStrictEqual(before.metadata.annotations, after.metadata.annotations) ||
    compared.some((field) => !isDeepStrictEqual(before.spec[field], after.spec[field]))
  )
}

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'
const toBeDeleted = 'ToBeDeletedByClusterAutoscaler'
const falseWords = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

/** The label excludes unless it says "false". */
export function isIncluded({ metadata }: Node): boolean {
  const label = metadata.labels?.[excludeLabel]
  return label === undefined || falseWords.has(label)
}

/** Whether a node is ready does not matter here: load balancers find that out for themselves. */
export function isBackend(node: Node): boolean {
  return !node.metadata.deletionTimestamp && isIncluded(node) && !node.spec?.taints?.some(({ key }) => key === toBeDeleted)
}
