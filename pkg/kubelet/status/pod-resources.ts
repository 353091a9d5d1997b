/** What a pod has in all, whoever of it asked (KEP-5419; upstream's convertToAPIPodLevelResourcesStatus): allocated, and what its cgroup says. Pure. */
import { podResources, type ResourceList } from '#api/core/v1/quota/pod-resources.ts'
import type { Pod, PodStatus } from '#api/gen/core/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { PodCgroupSettings } from '../cgroups/cgroup-manager.ts'

/** At or below these the kernel tells no difference, and the status keeps to what was asked. */
const minShares = 2
const minMilliCpuLimit = 10

/** `pod` is the pod as allocated; `cgroup` is undefined where pods have none of their own. */
export function podResourcesStatus(
  pod: Pod,
  cgroup: PodCgroupSettings | undefined,
  before: PodStatus | undefined,
): Pick<PodStatus, 'allocatedResources' | 'resources'> {
  const requested = podResources(pod, 'requests')
  const given = pod.status?.phase === 'Running' ? running(pod, requested, cgroup, before) : { requests: requested, limits: podResources(pod, 'limits') }
  return {
    ...(isEmpty(requested) ? {} : { allocatedResources: requested }),
    resources: { ...(isEmpty(given.limits) ? {} : { limits: given.limits }), ...(isEmpty(given.requests) ? {} : { requests: given.requests }) },
  }
}

/** Of what its containers ask for only what a cgroup knows; of what it asks for itself everything. */
function running({ spec }: Pod, requested: ResourceList, cgroup: PodCgroupSettings | undefined, before: PodStatus | undefined) {
  const requests: ResourceList = { ...spec.resources?.requests }
  const limits: ResourceList = { ...spec.resources?.limits }
  const old = before?.phase === 'Running' ? before.resources : undefined
  const keep = (list: ResourceList, name: string, from: Readonly<Record<string, string>> | undefined) => {
    if (from?.[name] !== undefined) list[name] = from[name]
  }
  const milli = (list: ResourceList) => Quantity.parse(list.cpu ?? '0').milliValue()
  if (cgroup) {
    const request = cgroup.shares >= minShares ? Math.ceil((cgroup.shares * 1000) / 1024) : 0
    if (request > 0 && (request > minShares || milli(requests) > minShares)) requests.cpu = Quantity.ofMilli(request).toString()
  }
  if (requests.memory === undefined && requested.memory !== undefined) requests.memory = requested.memory
  // No cgroup knows of it, and so upstream never tells of a change while the pod runs.
  keep(requests, 'memory', old?.requests)
  if (!cgroup) return { requests, limits }
  if (cgroup.cpuLimitMilli) {
    if (cgroup.cpuLimitMilli > minMilliCpuLimit || milli(limits) > minMilliCpuLimit) limits.cpu = Quantity.ofMilli(cgroup.cpuLimitMilli).toString()
  } else keep(limits, 'cpu', old?.limits)
  if (cgroup.memoryLimit) limits.memory = Quantity.of(cgroup.memoryLimit, 'BinarySI').toString()
  else keep(limits, 'memory', old?.limits)
  return { requests, limits }
}

const isEmpty = (list: object): boolean => Object.keys(list).length === 0
