/** In: the configuration and the machine. Out: which NUMA nodes each container's memory comes from. Upstream: pkg/kubelet/cm/memorymanager. */
import { join } from 'node:path'
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import type { NumaMachine } from '../topology/machine.ts'
import type { TopologyMetrics } from '../metrics/topology-metrics.ts'
import { StaticMemory } from './memory-manager.ts'
import { reservedMemory } from './reserved.ts'

/** Undefined under the policy None. Throws when what is reserved does not fit the machine. */
export function memoryManager(configuration: CompleteConfiguration, rootDir: string, machine: NumaMachine, metrics: TopologyMetrics): StaticMemory | undefined {
  if (configuration.memoryManagerPolicy !== 'Static') return undefined
  return new StaticMemory({ machine, reserved: reservedMemory(configuration, machine), stateFile: join(rootDir, 'memory_manager_state'), metrics })
}
