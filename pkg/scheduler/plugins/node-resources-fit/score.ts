/** LeastAllocated, MostAllocated and RequestedToCapacityRatio. */
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'

export interface ResourceWeight {
  readonly name: string
  readonly weight: number
}

export interface FitArgs {
  readonly ignoredResources: ReadonlySet<string>
  readonly ignoredResourceGroups: ReadonlySet<string>
  readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio'
  readonly resources: readonly ResourceWeight[]
  /** RequestedToCapacityRatio: score (0 to 10) by utilisation (0 to 100). */
  readonly shape: readonly { readonly utilization: number; readonly score: number }[]
}

export function scoreFit(pod: PodInfo, nodes: readonly NodeInfo[], into: Float64Array, args: FitArgs): void {
  const { type, resources } = args
  const plain =
    type === 'LeastAllocated' && resources.length === 2 && resources.every(({ name, weight }) => weight === 1 && (name === 'cpu' || name === 'memory'))
  if (plain) leastOfCpuAndMemory(pod, nodes, into)
  else for (let i = 0; i < nodes.length; i++) into[i] = weighted(pod, nodes[i]!, args)
}

/** The default, in one loop without calls. */
function leastOfCpuAndMemory({ scoredCpu, scoredMemory }: PodInfo, nodes: readonly NodeInfo[], into: Float64Array): void {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!
    let sum = 0
    let weight = 0
    if (node.cpu > 0) {
      const left = node.cpu - node.nonZeroCpu - scoredCpu
      if (left > 0) sum += Math.floor((left * 100) / node.cpu)
      weight++
    }
    if (node.memory > 0) {
      const left = node.memory - node.nonZeroMemory - scoredMemory
      if (left > 0) sum += Math.floor((left * 100) / node.memory)
      weight++
    }
    into[i] = weight === 0 ? 0 : Math.floor(sum / weight)
  }
}

function weighted(pod: PodInfo, node: NodeInfo, { type, resources, shape }: FitArgs): number {
  let sum = 0
  let weights = 0
  for (const { name, weight } of resources) {
    const [allocatable, requested] = usage(pod, node, name)
    if (allocatable === 0) continue
    const wanted = name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || (pod.scalars.get(name) ?? 0) > 0
    if (!wanted) continue
    const score =
      type === 'LeastAllocated'
        ? requested > allocatable
          ? 0
          : Math.floor(((allocatable - requested) * 100) / allocatable)
        : type === 'MostAllocated'
          ? Math.floor((Math.min(requested, allocatable) * 100) / allocatable)
          : ratio(requested, allocatable, shape)
    if (type === 'RequestedToCapacityRatio' && score <= 0) continue
    sum += score * weight
    weights += weight
  }
  if (weights === 0) return 0
  return type === 'RequestedToCapacityRatio' ? Math.round(sum / weights) : Math.floor(sum / weights)
}

function usage(pod: PodInfo, node: NodeInfo, name: string): [allocatable: number, requested: number] {
  if (name === 'cpu') return [node.cpu, node.nonZeroCpu + pod.scoredCpu]
  if (name === 'memory') return [node.memory, node.nonZeroMemory + pod.scoredMemory]
  if (name === 'ephemeral-storage') return [node.ephemeralStorage, node.usedEphemeralStorage + pod.ephemeralStorage]
  return [node.scalars.get(name) ?? 0, (node.usedScalars.get(name) ?? 0) + (pod.scalars.get(name) ?? 0)]
}

/** A line through the points of the shape; ten times the score is on the scale of 100. */
function ratio(requested: number, allocatable: number, shape: FitArgs['shape']): number {
  const utilization = requested > allocatable ? 100 : Math.floor((requested * 100) / allocatable)
  const first = shape[0]
  if (!first) return 0
  if (utilization <= first.utilization) return first.score * 10
  for (let i = 1; i < shape.length; i++) {
    const [from, to] = [shape[i - 1]!, shape[i]!]
    if (utilization > to.utilization) continue
    return from.score * 10 + Math.trunc(((to.score - from.score) * 10 * (utilization - from.utilization)) / (to.utilization - from.utilization))
  }
  return shape.at(-1)!.score * 10
}
