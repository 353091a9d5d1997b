/**
 * The memory manager's static policy: a container of a Guaranteed pod has its memory and huge pages from as few NUMA nodes as can
 * hold them, and no others. Who has what is on disk, in upstream's memory_manager_state ("Utilizing the NUMA-aware Memory Manager").
 */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { MetricSet } from '#base/metric-set.ts'
import { isSidecar } from '../runtime/containers.ts'
import { bytes, qosClass } from '../runtime/resources.ts'
import { readState, writeState } from '../topology/checkpoint.ts'
import type { NumaMachine } from '../topology/machine.ts'
import { type TopologyMetrics, topologyMetrics } from '../metrics/topology-metrics.ts'
import { combinations, idsOf, isNarrower, type NumaSet, numaSet, sizeOf } from '../topology/numa-set.ts'
import { type Hint, type Hints, noHints, type ResourceProvider, type Turn } from '../topology/types.ts'
import type { ContainerEntry } from '../types.ts'
import { amount, type Block, breaksGroups, emptyState, isGrouped, type MachineState, stateWith } from './machine-state.ts'
import { isMemory, type Reserved } from './reserved.ts'
import { type Assignments, memoryState } from './state.ts'

export interface Memory {
  /** NUMA nodes that the container's memory must come from; undefined where any may serve. */
  nodesOf(podUid: string, container: string): readonly number[] | undefined
  blocksOf(podUid: string, container: string): readonly Block[]
  allocatable(): readonly Block[]
}

export const anyMemory: Memory = { nodesOf: () => undefined, blocksOf: () => [], allocatable: () => [] }

type Amounts = ReadonlyMap<string, number>

export interface StaticMemoryOptions {
  readonly machine: NumaMachine
  readonly reserved: Reserved
  readonly stateFile: string
  readonly metrics?: TopologyMetrics
}

const policyName = 'Static'

export class StaticMemory implements Memory, ResourceProvider {
  readonly #empty: MachineState
  readonly #ids: readonly number[]
  readonly #stateFile: string
  readonly #metrics: TopologyMetrics
  #entries: Assignments

  /** Throws when the state file is another machine's, another policy's, or broken. */
  constructor({ machine, reserved, stateFile, metrics = topologyMetrics(new MetricSet()) }: StaticMemoryOptions) {
    this.#empty = emptyState(machine, reserved)
    this.#ids = machine.nodes.map(({ id }) => id)
    this.#stateFile = stateFile
    this.#metrics = metrics
    const before = readState(stateFile, policyName, memoryState)
    this.#entries = before?.entries ?? {}
    if (before && !isSameMachine(before.machineState, this.#state()))
      throw new Error('[memorymanager] the expected machine state is different from the real one')
    this.#save()
  }

  concerns(pod: Pod): boolean {
    return isPinned(pod)
  }

  containerHints(pod: Pod, { container }: ContainerEntry): Hints {
    if (!isPinned(pod)) return noHints
    const known = this.#entries[pod.metadata.uid]?.[container.name]
    return known ? again(known, requestsOf(container)) : this.#hints(pod, requestsOf(container))
  }

  podHints(pod: Pod): Hints {
    if (!isPinned(pod)) return noHints
    const requests = podRequests(pod)
    const known = Object.values(this.#entries[pod.metadata.uid] ?? {})[0]
    return known ? again(known, requests) : this.#hints(pod, requests)
  }

  begin(podUid: string): Turn {
    const before = this.#entries[podUid]
    return {
      commit: () => {
        if (this.#entries[podUid] !== before) this.#save()
      },
      undo: () => this.#set(podUid, before),
    }
  }

  allocate(pod: Pod, { container }: ContainerEntry, affinity: Hint): void {
    if (!isPinned(pod)) return
    const { uid } = pod.metadata
    this.#metrics.memoryRequests.add()
    if (this.#entries[uid]?.[container.name]) return
    try {
      const requests = requestsOf(container)
      const nodes = this.#place(pod, requests, affinity)
      const blocks = [...requests].map(([type, size]): Block => ({ numaAffinity: idsOf(nodes), type, size }))
      this.#set(uid, { ...this.#reused(pod, container, blocks), [container.name]: blocks })
    } catch (error) {
      this.#metrics.memoryErrors.add()
      throw error
    }
  }

  /** The nodes of the hint; more, where they do not hold all of it; the best ones, where there is no hint. */
  #place(pod: Pod, requests: Amounts, affinity: Hint): NumaSet {
    const state = this.#state()
    let best = affinity
    if (best.nodes === undefined) {
      const found = bestOf(this.#hints(pod, requests))
      if (!found) throw new Error('[memorymanager] failed to get the default NUMA affinity, no NUMA nodes with enough memory is available')
      if (!found.preferred && best.preferred) throw new Error('[memorymanager] failed to find the default preferred hint')
      best = found
    }
    const isEnough = [...requests].every(([resource, size]) => amount(state, best.nodes!, resource, 'free') >= size)
    if (!isEnough) {
      const wanted = best.nodes!
      const found = bestOf(this.#hints(pod, requests), ({ nodes }) => (nodes! & wanted) === wanted)
      if (!found) throw new Error('[memorymanager] failed to find NUMA nodes to extend the current topology hint')
      if (!found.preferred && best.preferred) throw new Error('[memorymanager] failed to find the extended preferred hint')
      best = found
    }
    if (breaksGroups(state, best.nodes!)) throw new Error('[memorymanager] preferred hint violates NUMA node allocation')
    return best.nodes!
  }

  #hints(pod: Pod, requests: Amounts): Hints {
    const state = this.#state()
    let fewest = this.#ids.length
    const possible: NumaSet[] = []
    for (const nodes of combinations(this.#ids)) {
      if ([...requests].some(([resource, size]) => amount(state, nodes, resource, 'allocatable') < size)) continue
      fewest = Math.min(fewest, sizeOf(nodes))
      if (isGrouped(state, nodes) || breaksGroups(state, nodes)) continue
      const isShort = ([resource, size]: readonly [string, number]) => amount(state, nodes, resource, 'free') + this.#reusable(pod, nodes, resource) < size
      if (![...requests].some(isShort)) possible.push(nodes)
    }
    const hints = possible.map((nodes): Hint => ({ nodes, preferred: sizeOf(nodes) === fewest }))
    // As upstream: that there is no way is found when it is given.
    return hints.length === 0 ? noHints : new Map([...requests.keys()].map((resource) => [resource, hints]))
  }

  /** What init containers that have ended by then leave: their blocks are what no container after them has taken yet. */
  #reusable(pod: Pod, nodes: NumaSet, resource: string): number {
    return this.#initBlocks(pod)
      .flatMap(([, blocks]) => blocks)
      .filter(({ type, numaAffinity }) => type === resource && numaSet(numaAffinity) === nodes)
      .reduce((sum, { size }) => sum + size, 0)
  }

  #initBlocks(pod: Pod): [name: string, blocks: readonly Block[]][] {
    const own = this.#entries[pod.metadata.uid] ?? {}
    return (pod.spec.initContainers ?? []).filter((each) => !isSidecar(each) && own[each.name]).map(({ name }) => [name, own[name]!])
  }

  /** All blocks of the pod together are what it really has: what a container takes over, the init container before it has no longer. */
  #reused(pod: Pod, container: Container, blocks: readonly Block[]): Record<string, readonly Block[]> {
    const own: Record<string, readonly Block[]> = { ...this.#entries[pod.metadata.uid] }
    for (const { type, size, numaAffinity } of blocks) {
      let left = size
      for (const [name] of this.#initBlocks(pod)) {
        if (name === container.name) break
        own[name] = own[name]!.map((block) => {
          if (block.type !== type || numaSet(block.numaAffinity) !== numaSet(numaAffinity)) return block
          const taken = Math.min(left, block.size)
          left -= taken
          return { ...block, size: block.size - taken }
        })
      }
    }
    return own
  }

  release(podUid: string): void {
    if (!(podUid in this.#entries)) return
    this.#set(podUid, undefined)
    this.#save()
  }

  holders(): readonly string[] {
    return Object.keys(this.#entries)
  }

  nodesOf(podUid: string, container: string): readonly number[] | undefined {
    const nodes = this.blocksOf(podUid, container).flatMap(({ numaAffinity }) => numaAffinity)
    return nodes.length === 0 ? undefined : idsOf(numaSet(nodes))
  }

  blocksOf(podUid: string, container: string): readonly Block[] {
    return this.#entries[podUid]?.[container] ?? []
  }

  allocatable(): readonly Block[] {
    return Object.entries(this.#empty).flatMap(([id, { memoryMap }]) =>
      Object.entries(memoryMap)
        .filter(([, table]) => table.allocatable > 0)
        .map(([type, table]) => ({ numaAffinity: [Number(id)], type, size: table.allocatable })),
    )
  }

  #state(): MachineState {
    return stateWith(
      this.#empty,
      Object.values(this.#entries).flatMap((containers) => Object.values(containers).flat()),
    )
  }

  #set(podUid: string, containers: Assignments[string] | undefined): void {
    const { [podUid]: _before, ...others } = this.#entries
    this.#entries = containers ? { ...others, [podUid]: containers } : others
  }

  #save(): void {
    writeState(this.#stateFile, { policyName, machineState: this.#state(), entries: this.#entries }, memoryState)
  }
}

/** Guaranteed; what is asked for the pod as a whole belongs to no container. */
export function isPinned(pod: Pod): boolean {
  if (pod.spec.resources?.requests || pod.spec.resources?.limits) return false
  return (pod.status?.qosClass ?? qosClass(pod)) === 'Guaranteed'
}

function requestsOf({ resources }: Container): Amounts {
  const asked = Object.entries({ ...resources?.limits, ...resources?.requests })
  return new Map(asked.filter(([name]) => isMemory(name)).map(([name, quantity]) => [name, bytes(quantity)]))
}

/** The containers that run together, or the hungriest init container with the sidecars before it. */
function podRequests({ spec }: Pod): Amounts {
  const [sidecars, peak, total] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  for (const init of spec.initContainers ?? []) {
    for (const [name, size] of requestsOf(init)) {
      const beside = (sidecars.get(name) ?? 0) + size
      if (isSidecar(init)) sidecars.set(name, beside)
      else peak.set(name, Math.max(peak.get(name) ?? 0, beside))
    }
  }
  for (const container of spec.containers) for (const [name, size] of requestsOf(container)) total.set(name, (total.get(name) ?? 0) + size)
  for (const [name, size] of total) total.set(name, Math.max(size + (sidecars.get(name) ?? 0), peak.get(name) ?? 0))
  return total
}

/** What is given already, as after a restart; no preference where it is not what is asked now. */
function again(blocks: readonly Block[], requests: Amounts): Hints {
  if (blocks.length !== requests.size || blocks.some(({ type, size }) => requests.get(type) !== size)) return noHints
  return new Map(blocks.map(({ type, numaAffinity }) => [type, [{ nodes: numaSet(numaAffinity), preferred: true }]]))
}

/** All resources have the same hints. */
function bestOf(hints: Hints, filter: (hint: Hint) => boolean = () => true): Hint | undefined {
  let best: Hint | undefined
  for (const hint of ([...hints.values()][0] ?? []).filter(filter)) {
    if (!best || (hint.preferred && !best.preferred) || (hint.preferred === best.preferred && isNarrower(hint.nodes!, best.nodes!))) best = hint
  }
  return best
}

/** Which node of a group gave how much may differ; what each group gave may not. */
function isSameMachine(one: MachineState, other: MachineState): boolean {
  const facts = (state: MachineState) =>
    Object.entries(state).map(([id, { numberOfAssignments, cells, memoryMap }]) => [
      id,
      numberOfAssignments,
      cells,
      Object.entries(memoryMap).map(([resource, { total, systemReserved, allocatable }]) => [
        resource,
        total,
        systemReserved,
        allocatable,
        amount(state, numaSet(cells), resource, 'free'),
      ]),
    ])
  return JSON.stringify(facts(one)) === JSON.stringify(facts(other))
}
