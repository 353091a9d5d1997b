/** Nodes whose resources the pod would bring to a more even use score best (upstream's 1.36 formula: the change counts, not the state). */
import type { Plugin } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'

export function nodeResourcesBalancedAllocation(resources: readonly string[] = ['cpu', 'memory']): Plugin {
  const plain = resources.length === 2 && resources.includes('cpu') && resources.includes('memory')
  return {
    name: 'NodeResourcesBalancedAllocation',
    score({ pod }, nodes, into) {
      // A pod that asks for nothing changes no balance.
      if (resources.every((name) => requestOf(pod, name) === 0)) return false
      if (plain) ofCpuAndMemory(pod, nodes, into)
      else for (let i = 0; i < nodes.length; i++) into[i] = change(balance(nodes[i]!, pod, resources, 1), balance(nodes[i]!, pod, resources, 0))
      return true
    },
  }
}

/** 75 for no change, 50 and 100 for the most there can be. */
function change(withPod: number, withoutPod: number): number {
  return 50 + Math.floor((50 + withPod - withoutPod) / 2)
}

/** The default, in one loop without calls. */
function ofCpuAndMemory({ cpu, memory }: PodInfo, nodes: readonly NodeInfo[], into: Float64Array): void {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!
    // One resource alone is always in balance.
    if (node.cpu === 0 || node.memory === 0) {
      into[i] = 75
      continue
    }
    const after = Math.abs(Math.min(1, (node.usedCpu + cpu) / node.cpu) - Math.min(1, (node.usedMemory + memory) / node.memory))
    const before = Math.abs(Math.min(1, node.usedCpu / node.cpu) - Math.min(1, node.usedMemory / node.memory))
    into[i] = 50 + Math.floor((50 + Math.floor((1 - after / 2) * 100) - Math.floor((1 - before / 2) * 100)) / 2)
  }
}

/** 100 less the standard deviation of the shares in use; `times`: with the pod (1) or without (0). */
function balance(node: NodeInfo, pod: PodInfo, resources: readonly string[], times: 0 | 1): number {
  const shares: number[] = []
  for (const name of resources) {
    const [all, used] = usage(node, name)
    const request = requestOf(pod, name)
    // What the pod does not ask for beside the usual ones is not looked at.
    if (all === 0 || (request === 0 && !usual.has(name))) continue
    shares.push(Math.min(1, (used + times * request) / all))
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  const deviation = shares.length < 2 ? 0 : Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length)
  return Math.floor((1 - deviation) * 100)
}

const usual: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage'])

function requestOf({ cpu, memory, ephemeralStorage, scalars }: PodInfo, name: string): number {
  return name === 'cpu' ? cpu : name === 'memory' ? memory : name === 'ephemeral-storage' ? ephemeralStorage : (scalars.get(name) ?? 0)
}

function usage(node: NodeInfo, name: string): [all: number, used: number] {
  if (name === 'cpu') return [node.cpu, node.usedCpu]
  if (name === 'memory') return [node.memory, node.usedMemory]
  if (name === 'ephemeral-storage') return [node.ephemeralStorage, node.usedEphemeralStorage]
  return [node.scalars.get(name) ?? 0, node.usedScalars.get(name) ?? 0]
}
