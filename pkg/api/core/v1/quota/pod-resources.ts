/**
 * What a pod asks for in all (component-helpers' PodRequests and PodLimits): its containers together, or its largest init container beside
 * the sidecars before it; what the pod asks for as a whole instead, where it does (KEP-2837); and the overhead.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import { isPodLevel } from '../resource-names.ts'
import { addQuantities, compareQuantities } from '#apimachinery/quantity.ts'

export type ResourceList = Record<string, string>

export function addLists(a: ResourceList, b: ResourceList): ResourceList {
  const sum = { ...a }
  for (const [name, value] of Object.entries(b)) sum[name] = sum[name] === undefined ? value : addQuantities(sum[name], value)
  return sum
}

export function maxLists(a: ResourceList, b: ResourceList): ResourceList {
  const max = { ...a }
  for (const [name, value] of Object.entries(b)) if (max[name] === undefined || compareQuantities(value, max[name]) > 0) max[name] = value
  return max
}

export function podResources({ spec }: Pod, key: 'requests' | 'limits'): ResourceList {
  let sum: ResourceList = {}
  for (const container of spec?.containers ?? []) sum = addLists(sum, container.resources?.[key] ?? {})
  let sidecars: ResourceList = {}
  let largestInit: ResourceList = {}
  for (const container of spec?.initContainers ?? []) {
    const own = container.resources?.[key] ?? {}
    if (container.restartPolicy === 'Always') {
      sidecars = addLists(sidecars, own)
      largestInit = maxLists(largestInit, sidecars)
    } else largestInit = maxLists(largestInit, addLists(sidecars, own))
  }
  const whole = Object.entries(spec?.resources?.[key] ?? {}).filter(([name]) => isPodLevel(name))
  const total = { ...maxLists(addLists(sum, sidecars), largestInit), ...Object.fromEntries(whole) }
  const overhead = spec?.overhead ?? {}
  if (key === 'requests') return addLists(total, overhead)
  return addLists(total, Object.fromEntries(Object.entries(overhead).filter(([name]) => total[name] !== undefined)))
}
