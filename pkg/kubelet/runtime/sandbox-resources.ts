/** What a sandbox is told of its pod's size: runtimes that give it a machine of its own go by that (upstream's calculateSandboxResources). */
import { podResources, type ResourceList } from '#api/core/v1/quota/pod-resources.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import type { LinuxResources } from '../cri/types.ts'
import { bytes, milli, milliToQuota, milliToShares } from './resources.ts'

type Settings = Pick<CompleteConfiguration, 'cpuCFSQuota' | 'cpuCFSQuotaPeriod'>

export function sandboxResources(pod: Pod, settings: Settings): { readonly resources: LinuxResources; readonly overhead: LinuxResources } {
  const { overhead, ...spec } = pod.spec
  const own = { ...pod, spec }
  return {
    resources: linuxResources(podResources(own, 'requests'), podResources(own, 'limits'), settings),
    overhead: overhead ? linuxResources(overhead, overhead, settings) : {},
  }
}

function linuxResources(requests: ResourceList, limits: ResourceList, { cpuCFSQuota, cpuCFSQuotaPeriod }: Settings): LinuxResources {
  const memory = bytes(limits.memory)
  const period = ms(cpuCFSQuotaPeriod) * 1000
  return {
    cpuShares: milliToShares(milli(requests.cpu ?? limits.cpu)),
    ...(cpuCFSQuota ? { cpuPeriod: period, cpuQuota: milliToQuota(milli(limits.cpu), period) } : {}),
    ...(memory > 0 ? { memoryLimitInBytes: memory } : {}),
  }
}
