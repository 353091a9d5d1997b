/** How much of each NUMA node's memory is given away, which follows from the blocks that containers have. */
import type { NumaMachine } from '../topology/machine.ts'
import { has, idsOf, type NumaSet, numaSet, sizeOf } from '../topology/numa-set.ts'
import type { Reserved } from './reserved.ts'

/** Upstream's names: this is what the state file holds. */
export interface Block {
  readonly numaAffinity: readonly number[]
  readonly type: string
  readonly size: number
}

export interface MemoryTable {
  readonly total: number
  readonly systemReserved: number
  readonly allocatable: number
  reserved: number
  free: number
}

export interface NodeState {
  numberOfAssignments: number
  readonly memoryMap: Record<string, MemoryTable>
  /** The node, and those that a container shares with it. */
  cells: readonly number[]
}

export type MachineState = Record<string, NodeState>

/** With nothing given away. */
export function emptyState({ nodes }: NumaMachine, reserved: Reserved): MachineState {
  const table = (node: number, resource: string, total: number, less = 0): MemoryTable => {
    const systemReserved = reserved.get(node)?.get(resource) ?? 0
    const allocatable = Math.max(0, total - systemReserved - less)
    return { total, systemReserved, allocatable, reserved: 0, free: allocatable }
  }
  return Object.fromEntries(
    nodes.map(({ id, memoryBytes, hugePages }) => {
      const inPages = Object.values(hugePages).reduce((sum, size) => sum + size, 0)
      const pages = Object.entries(hugePages).map(([resource, total]) => [resource, table(id, resource, total)])
      const memoryMap = Object.fromEntries([...pages, ['memory', table(id, 'memory', memoryBytes, inPages)]]) as Record<string, MemoryTable>
      return [String(id), { numberOfAssignments: 0, memoryMap, cells: [id] }]
    }),
  )
}

/** Takes each block from its nodes, the first ones first. */
export function stateWith(empty: MachineState, blocks: Iterable<Block>): MachineState {
  const state = structuredClone(empty)
  for (const { numaAffinity, type, size } of blocks) {
    let left = size
    for (const id of numaAffinity) {
      const node = state[id]
      if (!node) throw new Error('[memorymanager] the memory assignment uses the NUMA that does not exist')
      node.numberOfAssignments++
      node.cells = numaAffinity
      const table = node.memoryMap[type]
      if (!table) throw new Error('[memorymanager] the memory assignment uses memory resource that does not exist')
      const taken = Math.min(left, table.free)
      table.reserved += taken
      table.free -= taken
      left -= taken
    }
  }
  return state
}

/** A node serves containers that lie on it alone, or those of one group of nodes; never both. */
export function breaksGroups(state: MachineState, nodes: NumaSet): boolean {
  return idsOf(nodes).some((id) => {
    const { numberOfAssignments, cells } = state[id]!
    if (numberOfAssignments === 0 || sizeOf(nodes) === 1) return false
    return cells.length === 1 || numaSet(cells) !== nodes
  })
}

/** A node of a group takes no container of its own. */
export function isGrouped(state: MachineState, nodes: NumaSet): boolean {
  return sizeOf(nodes) === 1 && idsOf(nodes).some((id) => state[id]!.cells.length > 1)
}

export function amount(state: MachineState, nodes: NumaSet, resource: string, which: 'free' | 'allocatable'): number {
  return Object.entries(state).reduce((sum, [id, { memoryMap }]) => sum + (has(nodes, Number(id)) ? (memoryMap[resource]?.[which] ?? 0) : 0), 0)
}
