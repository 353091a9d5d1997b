/** A machine of several NUMA nodes, for tests: threads of a core are as far apart in number as x86 has them. */
import type { Cpu, NumaMachine, NumaNode } from '../topology/machine.ts'

export interface FakeMachine {
  readonly nodes: number
  readonly coresPerNode: number
  readonly threads?: number
  readonly nodesPerSocket?: number
  /** Cores that share a cache. */
  readonly coresPerUncore?: number
  readonly memoryBytes?: number
  readonly hugePages?: Readonly<Record<string, number>>
  readonly distance?: (one: number, other: number) => number
}

export function fakeMachine(shape: FakeMachine): NumaMachine {
  const { nodes, coresPerNode, threads = 1, nodesPerSocket = 1, coresPerUncore = coresPerNode, memoryBytes = 8 * 2 ** 30, hugePages = {} } = shape
  const distance = shape.distance ?? ((one, other) => (one === other ? 10 : 20))
  const cores = nodes * coresPerNode
  const cpus = Array.from({ length: cores * threads }, (_, id): Cpu => {
    const core = id % cores
    const node = Math.floor(core / coresPerNode)
    return { id, core, node, socket: Math.floor(node / nodesPerSocket), uncore: core - ((core % coresPerNode) % coresPerUncore) }
  })
  const ids = Array.from({ length: nodes }, (_, id) => id)
  return { cpus, nodes: ids.map((id): NumaNode => ({ id, memoryBytes, hugePages, distances: new Map(ids.map((other) => [other, distance(id, other)])) })) }
}
