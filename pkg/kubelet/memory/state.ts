/** What memory_manager_state holds (upstream: cm/memorymanager/state). */
import type { StateFormat } from '../topology/checkpoint.ts'
import { dumpList, dumpMap } from '../topology/checksum.ts'
import type { Block, MachineState, MemoryTable, NodeState } from './machine-state.ts'

/** By pod and container. */
export type Assignments = Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>

export interface MemoryState {
  readonly policyName: string
  readonly machineState: MachineState
  readonly entries: Assignments
}

export const memoryState: StateFormat<MemoryState> = {
  manager: 'memory',
  dump: ({ policyName, machineState, entries }) =>
    `(*state.MemoryManagerCheckpoint){PolicyName:(string)${policyName} MachineState:(state.NUMANodeMap)${dumpMap(machineState, dumpNode, 'number')} ` +
    `Entries:(state.ContainerMemoryAssignments)${dumpMap(entries, (containers) => dumpMap(containers, (blocks) => dumpList(blocks, dumpBlock)))} ` +
    'Checksum:(checksum.Checksum)0}',
}

function dumpNode({ numberOfAssignments, memoryMap, cells }: NodeState): string {
  const tables = dumpMap(memoryMap, dumpTable)
  return `<*>{NumberOfAssignments:(int)${numberOfAssignments} MemoryMap:(map[v1.ResourceName]*state.MemoryTable)${tables} Cells:([]int)${dumpList(cells)}}`
}

function dumpTable({ total, systemReserved, allocatable, reserved, free }: MemoryTable): string {
  const fields = { TotalMemSize: total, SystemReserved: systemReserved, Allocatable: allocatable, Reserved: reserved, Free: free }
  return `<*>{${Object.entries(fields)
    .map(([name, size]) => `${name}:(uint64)${size}`)
    .join(' ')}}`
}

const dumpBlock = ({ numaAffinity, type, size }: Block): string =>
  `{NUMAAffinity:([]int)${dumpList(numaAffinity)} Type:(v1.ResourceName)${type} Size:(uint64)${size}}`
