/** What cpu_manager_state holds (upstream: cm/cpumanager/state, version 2 of its checkpoint). */
import type { StateFormat } from '../topology/checkpoint.ts'
import { dumpMap } from '../topology/checksum.ts'

export interface CpuState {
  readonly policyName: string
  readonly defaultCpuSet: string
  /** By pod and container. */
  readonly entries: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export const cpuState: StateFormat<CpuState> = {
  manager: 'CPU',
  dump: ({ policyName, defaultCpuSet, entries }) =>
    `(*state.CPUManagerCheckpoint){PolicyName:(string)${policyName} DefaultCPUSet:(string)${defaultCpuSet} ` +
    `Entries:(map[string]map[string]string)${dumpMap(entries, (containers) => dumpMap(containers, String))} Checksum:(checksum.Checksum)0}`,
}
