/** What the names of resources mean: which are Kubernetes' own, which are counted in whole numbers (pkg/apis/core/helper). */
import { isQualifiedName } from '#apimachinery/names.ts'

export const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage'])

const quotaOnly = [
  ...['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'persistentvolumeclaims'],
  ...['requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory'],
  ...['limits.ephemeral-storage', 'services.nodeports', 'services.loadbalancers'],
]
const standard = new Set([...containerResources, ...quotaOnly, 'storage'])
const quota = new Set([...containerResources, ...quotaOnly])
const integers = new Set(['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'persistentvolumeclaims'])
const integerServices = new Set(['services.nodeports', 'services.loadbalancers'])

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
export const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-')
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
export const isStandard = (name: string): boolean => standard.has(name) || isQuotaHugePages(name)
export const isStandardQuota = (name: string): boolean => quota.has(name) || isQuotaHugePages(name)
export const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePages(name)
export const isIntegerResource = (name: string): boolean => integers.has(name) || integerServices.has(name) || isExtended(name)

/** A vendor's resource ("example.com/gpu"), which must also make a valid name in quotas. */
export function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
}
