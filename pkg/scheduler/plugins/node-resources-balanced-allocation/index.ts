/** Nodes whose CPU and memory would be used to the same degree score best. */
import type { Plugin } from '../../framework/types.ts'

export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  score({ pod }, nodes, into) {
    const { cpu, memory } = pod
    // A pod that asks for nothing changes no balance.
    if (cpu === 0 && memory === 0) return false
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!
      if (node.cpu === 0 || node.memory === 0) {
        into[i] = 100
        continue
      }
      const cpuShare = Math.min(1, (node.usedCpu + cpu) / node.cpu)
      const memoryShare = Math.min(1, (node.usedMemory + memory) / node.memory)
      into[i] = Math.floor((1 - Math.abs(cpuShare - memoryShare) / 2) * 100)
    }
    return true
  },
}
