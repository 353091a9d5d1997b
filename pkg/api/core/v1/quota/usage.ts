/** What one object counts for, in the names that ResourceQuotas use (docs: "Resource Quotas"). */
import type { PersistentVolumeClaim, Pod, Service } from '#api/gen/core/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { podResources, type ResourceList } from './pod-resources.ts'

/** Resources counted under their plain plural as well as under count/… */
const plainCounts = new Set(['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'persistentvolumeclaims'])
/** Named without "requests." too. */
const shortNames = ['cpu', 'memory', 'ephemeral-storage']

export function usageOf(group: string, resource: string, object: KubeObject): ResourceList {
  const counted = `count/${resource}${group === '' ? '' : `.${group}`}`
  const usage: ResourceList = { [counted]: '1' }
  if (group !== '') return usage
  if (resource === 'pods') return { ...usage, ...podUsage(object as Pod) }
  if (plainCounts.has(resource)) usage[resource] = '1'
  if (resource === 'services') return { ...usage, ...serviceUsage(object as Service) }
  if (resource === 'persistentvolumeclaims') return { ...usage, ...claimUsage(object as PersistentVolumeClaim) }
  return usage
}

/** A pod that has ended counts as an object only. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded'
}

function podUsage(pod: Pod): ResourceList {
  if (hasEnded(pod)) return {}
  const usage: ResourceList = { pods: '1' }
  for (const [name, value] of Object.entries(podResources(pod, 'requests'))) {
    usage[`requests.${name}`] = value
    if (shortNames.includes(name) || name.startsWith('hugepages-')) usage[name] = value
  }
  for (const [name, value] of Object.entries(podResources(pod, 'limits'))) if (shortNames.includes(name)) usage[`limits.${name}`] = value
  return usage
}

function serviceUsage({ spec }: Service): ResourceList {
  const ports = String(spec?.ports?.length ?? 0)
  if (spec?.type === 'NodePort') return { 'services.nodeports': ports, 'services.loadbalancers': '0' }
  if (spec?.type !== 'LoadBalancer') return { 'services.nodeports': '0', 'services.loadbalancers': '0' }
  const allocated = spec.allocateLoadBalancerNodePorts === false ? String((spec.ports ?? []).filter((each) => each.nodePort).length) : ports
  return { 'services.nodeports': allocated, 'services.loadbalancers': '1' }
}

function claimUsage({ metadata, spec }: PersistentVolumeClaim): ResourceList {
  const size = spec?.resources?.requests?.storage ?? '0'
  const className = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName
  const usage: ResourceList = { 'requests.storage': size }
  if (className) {
    usage[`${className}.storageclass.storage.k8s.io/requests.storage`] = size
    usage[`${className}.storageclass.storage.k8s.io/persistentvolumeclaims`] = '1'
  }
  return usage
}

/** Quota'd compute resources that a container of the pod leaves out: `limits.cpu for: a,b`. */
export function missingOf(pod: Pod, hard: readonly string[]): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  return hard
    .filter((name) => /^((requests|limits)\.)?(cpu|memory)$/.test(name))
    .sort()
    .flatMap((name) => {
      const key = name.startsWith('limits.') ? 'limits' : 'requests'
      const bare = name.replace(/^(requests|limits)\./, '')
      const without = containers.filter((each) => each.resources?.[key]?.[bare] === undefined).map((each) => each.name)
      return without.length > 0 ? [`${name} for: ${[...new Set(without)].sort().join(',')}`] : []
    })
}
