/** What one container may have of the node, as CRI takes it. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import type { LinuxResources } from '../cri/types.ts'
import { hugePageLimits, type SwapSettings, swapLimit } from './memory-extras.ts'
import { bytes, milli, milliToQuota, milliToShares, oomScoreAdjust } from './resources.ts'

export interface NodeLimits {
  readonly memoryCapacity: number
  readonly canLowerOomScore: boolean
  /** Whether limits of CPU are enforced. */
  readonly cpuCFSQuota: boolean
  readonly quotaPeriodMicroseconds: number
  /** Sizes of huge pages that can be limited: "hugepages-2Mi". */
  readonly hugePages: readonly string[]
  readonly swap: SwapSettings
  /** A process that is out of memory takes all of its container along. */
  readonly oomGroup: boolean
}

export function containerResources(
  pod: Pod,
  container: Container,
  { memoryCapacity, canLowerOomScore, cpuCFSQuota, quotaPeriodMicroseconds: period, hugePages, swap, oomGroup }: NodeLimits,
): LinuxResources {
  const { requests, limits } = container.resources ?? {}
  const limitMilli = milli(limits?.cpu)
  const memory = bytes(limits?.memory)
  const oomScoreAdj = oomScoreAdjust(pod, container, memoryCapacity)
  const ofSwap = swapLimit(pod, container, swap, memory > 0 ? memory : undefined)
  return {
    cpuShares: milliToShares(requests?.cpu !== undefined ? milli(requests.cpu) : limitMilli),
    ...(cpuCFSQuota ? { cpuPeriod: period, cpuQuota: milliToQuota(limitMilli, period) } : {}),
    ...(memory > 0 ? { memoryLimitInBytes: memory } : {}),
    ...(hugePages.length > 0 ? { hugepageLimits: hugePageLimits(limits, hugePages) } : {}),
    ...ofSwap,
    ...(oomGroup ? { unified: { ...ofSwap.unified, 'memory.oom.group': '1' } } : {}),
    oomScoreAdj: canLowerOomScore ? oomScoreAdj : Math.max(0, oomScoreAdj),
  }
}
