/** What a container may have of huge pages and of swap, as the kernel takes it. */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import type { LinuxResources } from '../cri/types.ts'
import { bytes, isCriticalPriority, qosClass } from './resources.ts'

const prefix = 'hugepages-'

/** Of every size that the machine has; what is not asked for is none. As CRI names sizes: "2MB". */
export function hugePageLimits(limits: Readonly<Record<string, string>> | undefined, sizes: readonly string[]): { pageSize: string; limit: number }[] {
  const asked = new Map(
    Object.entries(limits ?? {})
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, quantity]) => [name, bytes(quantity)]),
  )
  return sizes.map((resource) => ({ pageSize: criPageSize(resource), limit: asked.get(resource) ?? 0 }))
}

/** "hugepages-2Mi" is "2MB" to the kernel's controller. */
export const criPageSize = (resource: string): string => resource.slice(prefix.length).replace('i', 'B')

export interface SwapSettings {
  readonly behavior: string
  /** Of the node. */
  readonly swapBytes: number
  readonly memoryBytes: number
  /** cgroups of version 2: only there can swap be limited by itself. */
  readonly isUnified: boolean
}

/** Nothing where the node has no swap; with LimitedSwap, containers of Burstable pods have as large a part of it as they request of the memory (KEP-2400). */
export function swapLimit(pod: Pod, container: Container, settings: SwapSettings, memoryLimit: number | undefined): LinuxResources {
  const { swapBytes, isUnified } = settings
  if (swapBytes === 0) return {}
  if (isUnified) return { unified: { 'memory.swap.max': String(allowedSwap(pod, container, settings)) } }
  return memoryLimit === undefined ? {} : { memorySwapLimitInBytes: memoryLimit }
}

function allowedSwap(pod: Pod, { resources }: Container, { behavior, swapBytes, memoryBytes }: SwapSettings): number {
  if (behavior !== 'LimitedSwap' || isCriticalPriority(pod) || (pod.status?.qosClass ?? qosClass(pod)) !== 'Burstable') return 0
  const [request, limit] = [bytes(resources?.requests?.memory), bytes(resources?.limits?.memory)]
  if (request === 0 || request === limit) return 0
  return Math.floor((request / memoryBytes) * swapBytes)
}
