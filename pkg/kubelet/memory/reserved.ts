/** reservedMemory: how much of each NUMA node's memory is the system's, checked against what the node reserves in all. */
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { quantityOf } from '../eviction/thresholds.ts'
import { bytes } from '../runtime/resources.ts'
import type { NumaMachine } from '../topology/machine.ts'

export const isHugePages = (resource: string): boolean => resource.startsWith('hugepages-')
export const isMemory = (resource: string): boolean => resource === 'memory' || isHugePages(resource)

/** Bytes by node and resource. */
export type Reserved = ReadonlyMap<number, ReadonlyMap<string, number>>

type Settings = Pick<CompleteConfiguration, 'reservedMemory' | 'systemReserved' | 'kubeReserved' | 'evictionHard'>

/** Throws upstream's error when a node is not there, or the sums are not those of systemReserved, kubeReserved and the hard threshold. */
export function reservedMemory({ reservedMemory: given = [], systemReserved, kubeReserved, evictionHard }: Settings, machine: NumaMachine): Reserved {
  const total = machine.nodes.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
  const threshold = evictionHard['memory.available']
  const wanted = new Map([
    ['memory', bytes(systemReserved?.memory) + bytes(kubeReserved?.memory) + (threshold === undefined ? 0 : Math.floor(quantityOf(threshold, total)))],
  ])
  const sums = new Map<string, number>()
  const reserved = new Map(machine.nodes.map(({ id }) => [id, new Map<string, number>()]))
  for (const { numaNode, limits } of given) {
    const node = reserved.get(numaNode)
    if (!node) throw new Error(`the reserved memory configuration references a NUMA node ${numaNode} that does not exist on this machine`)
    for (const [resource, quantity] of Object.entries(limits)) {
      node.set(resource, bytes(quantity))
      sums.set(resource, (sums.get(resource) ?? 0) + bytes(quantity))
    }
  }
  for (const resource of new Set([...wanted.keys(), ...sums.keys()])) {
    const [sum, all] = [sums.get(resource) ?? 0, wanted.get(resource) ?? 0]
    if (sum !== all) {
      const quantity = (amount: number) => Quantity.of(amount, 'BinarySI').toString()
      throw new Error(
        `the total amount "${quantity(sum)}" of type ${JSON.stringify(resource)} is not equal to the value "${quantity(all)}" determined by Node Allocatable feature`,
      )
    }
  }
  if ((sums.get('memory') ?? 0) <= 0) throw new Error('[memorymanager] you should specify the system reserved memory')
  return reserved
}
