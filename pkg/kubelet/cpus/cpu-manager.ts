/**
 * The CPU manager's static policy: a container of a Guaranteed pod that asks for whole CPUs has them alone; all others share the rest.
 * Who has what is on disk, in upstream's cpu_manager_state ("Control CPU Management Policies on the Node").
 */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { MetricSet } from '#base/metric-set.ts'
import { isPinned } from '../memory/memory-manager.ts'
import { containersOf } from '../runtime/containers.ts'
import { milli } from '../runtime/resources.ts'
import { readState, writeState } from '../topology/checkpoint.ts'
import { type CpuState, cpuState } from './state.ts'
import type { NumaMachine } from '../topology/machine.ts'
import { type TopologyMetrics, topologyMetrics } from '../metrics/topology-metrics.ts'
import { combinations, has, type NumaSet, sizeOf } from '../topology/numa-set.ts'
import { AdmissionError, type Hint, type Hints, noHints, type ResourceProvider, type Turn } from '../topology/types.ts'
import type { ContainerEntry } from '../types.ts'
import { type Choice, distributed, notEnough, packed } from './choose.ts'
import { formatCpuSet, parseCpuSet } from './cpu-set.ts'
import { type CpuOptions, cpuOptions } from './options.ts'

export interface Cpus {
  /** The CPUs that a container may run on; undefined where nobody is kept from any. */
  of(podUid: string, container: string): { readonly cpuSet: string; readonly isExclusive: boolean } | undefined
  exclusive(podUid: string, container: string): readonly number[]
  /** Those that can be given to one container alone. */
  allocatable(): readonly number[]
}

export const allCpus: Cpus = { of: () => undefined, exclusive: () => [], allocatable: () => [] }

type Entries = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>

export interface CpuManagerOptions {
  readonly machine: NumaMachine
  /** These are never given to one container alone. */
  readonly reserved: readonly number[]
  readonly stateFile: string
  readonly policyOptions?: CpuOptions
  readonly metrics?: TopologyMetrics
  /** What is shared is more or less now: running containers must be told. */
  readonly onShared: () => void
}

const policyName = 'static'

export class StaticCpus implements Cpus, ResourceProvider {
  readonly #options: CpuManagerOptions
  readonly #policy: CpuOptions
  readonly #metrics: TopologyMetrics
  readonly #threadsPerCore: number
  #entries: Entries

  /** Throws when the state file is another machine's, another policy's, or broken. */
  constructor(options: CpuManagerOptions) {
    this.#options = options
    this.#policy = options.policyOptions ?? cpuOptions()
    this.#metrics = options.metrics ?? topologyMetrics(new MetricSet())
    const { cpus } = options.machine
    this.#threadsPerCore = Math.max(1, Math.round(cpus.length / new Set(cpus.map(({ core }) => core)).size))
    const before = readState(options.stateFile, policyName, cpuState)
    this.#entries = before ? entriesOf(before) : {}
    if (before) this.#validate(before)
    this.#count()
  }

  #count(): void {
    const { shared, exclusiveByNode } = this.#counts()
    this.#metrics.sharedCpus.set(shared * 1000)
    this.#metrics.exclusiveCpus.set([...exclusiveByNode.values()].reduce((sum, each) => sum + each, 0))
    for (const [node, count] of exclusiveByNode) this.#metrics.cpusByNode.set(count, { numa_node: String(node) })
  }

  /** Reservations and CPUs may have changed since the file was written. */
  #validate({ defaultCpuSet }: CpuState): void {
    const { reserved, machine } = this.#options
    const shared = parseCpuSet(defaultCpuSet)
    const quote = (cpus: readonly number[]) => `"${formatCpuSet(cpus)}"`
    if (this.#policy.strictReservation) {
      const both = shared.filter((cpu) => reserved.includes(cpu))
      if (both.length > 0) throw new Error(`some of strictly reserved cpus: ${quote(both)} are present in defaultCpuSet: ${quote(shared)}`)
    } else if (reserved.some((cpu) => !shared.includes(cpu))) {
      throw new Error(`not all reserved cpus: ${quote(reserved)} are present in defaultCpuSet: ${quote(shared)}`)
    }
    for (const [uid, containers] of Object.entries(this.#entries)) {
      for (const [name, cpus] of Object.entries(containers)) {
        if (cpus.some((cpu) => shared.includes(cpu)))
          throw new Error(`pod: ${uid}, container: ${name} cpuset: ${quote(cpus)} overlaps with default cpuset ${quote(shared)}`)
      }
    }
    const known = new Set([...shared, ...this.#taken(), ...(this.#policy.strictReservation ? reserved : [])])
    const all = machine.cpus.map(({ id }) => id)
    if (formatCpuSet(known) !== formatCpuSet(all)) {
      throw new Error(`current set of available CPUs ${quote(all)} doesn't match with CPUs in state ${quote([...known])}`)
    }
  }

  concerns(pod: Pod): boolean {
    return containersOf(pod).some(({ container }) => exclusiveCount(pod, container) > 0)
  }

  containerHints(pod: Pod, { container }: ContainerEntry): Hints {
    const count = exclusiveCount(pod, container)
    if (count === 0) return noHints
    const known = this.#entries[pod.metadata.uid]?.[container.name]
    if (known) return new Map([['cpu', known.length === count ? this.#hints(new Set(known), new Set(), count) : []]])
    return new Map([['cpu', this.#hints(this.#available(), this.#reusable(pod), count)]])
  }

  podHints(pod: Pod): Hints {
    const entries = containersOf(pod).filter(({ kind }) => kind !== 'ephemeral')
    const counts = (...kinds: readonly ContainerEntry['kind'][]) =>
      entries.filter(({ kind }) => kinds.includes(kind)).map(({ container }) => exclusiveCount(pod, container))
    const sum = (list: readonly number[]) => list.reduce((total, each) => total + each, 0)
    const asked = Math.max(sum(counts('regular', 'sidecar')), this.#initPeak(pod))
    if (asked === 0) return noHints
    const own = this.#entries[pod.metadata.uid] ?? {}
    const assigned = new Set<number>()
    for (const { container } of entries) {
      const known = own[container.name]
      if (!known) continue
      if (known.length !== exclusiveCount(pod, container)) return new Map([['cpu', []]])
      for (const cpu of known) assigned.add(cpu)
    }
    if (assigned.size === asked) return new Map([['cpu', this.#hints(assigned, new Set(), asked)]])
    return new Map([['cpu', this.#hints(this.#available(), new Set([...this.#reusable(pod), ...assigned]), asked)]])
  }

  /** The hungriest init container, with the sidecars that run beside it. */
  #initPeak(pod: Pod): number {
    let [sidecars, peak] = [0, 0]
    for (const { container, kind } of containersOf(pod)) {
      const count = exclusiveCount(pod, container)
      if (kind === 'sidecar') sidecars += count
      if (kind === 'init') peak = Math.max(peak, sidecars + count)
    }
    return peak
  }

  #hints(available: ReadonlySet<number>, reusable: ReadonlySet<number>, count: number): Hint[] {
    const { cpus, nodes } = this.#options.machine
    const ids = nodes.map(({ id }) => id)
    let fewest = ids.length
    const possible: NumaSet[] = []
    for (const set of combinations(ids)) {
      const inside = cpus.filter(({ node }) => has(set, node))
      if (inside.length >= count) fewest = Math.min(fewest, sizeOf(set))
      const here = inside.map(({ id }) => id)
      if ([...reusable].some((cpu) => !here.includes(cpu))) continue
      if (here.filter((cpu) => available.has(cpu) || reusable.has(cpu)).length >= count) possible.push(set)
    }
    return possible.map((set) => ({ nodes: set, preferred: sizeOf(set) === fewest }))
  }

  begin(podUid: string): Turn {
    const before = this.#entries[podUid]
    return {
      commit: () => {
        if (this.#entries[podUid] !== before) this.#changed()
      },
      undo: () => this.#set(podUid, before),
    }
  }

  allocate(pod: Pod, { container }: ContainerEntry, affinity: Hint): void {
    const count = exclusiveCount(pod, container)
    if (count === 0) return
    const { uid } = pod.metadata
    this.#metrics.cpuRequests.add()
    try {
      if (this.#policy.fullCores) this.#refuseHalfCores(pod, count)
      if (this.#entries[uid]?.[container.name]) return
      this.#set(uid, { ...this.#entries[uid], [container.name]: this.#choose(pod, count, affinity) })
    } catch (error) {
      this.#metrics.cpuErrors.add()
      throw error
    }
  }

  #refuseHalfCores(pod: Pod, count: number): void {
    const perCore = this.#threadsPerCore
    if (count % perCore !== 0) throw smtError(`requested ${count} cpus not multiple cpus per core = ${perCore}`)
    if (Object.hasOwn(this.#entries, pod.metadata.uid)) return
    const { cpus } = this.#options.machine
    const available = this.#available()
    const whole = cpus.filter((cpu) => cpus.every((other) => other.core !== cpu.core || available.has(other.id)))
    if (count > whole.length) {
      throw smtError(`not enough free physical CPUs: available physical CPUs = ${whole.length}, requested CPUs = ${count}, CPUs per core = ${perCore}`)
    }
  }

  /** What init containers of the pod had, then what lies on the hint's nodes, then the rest. */
  #choose(pod: Pod, count: number, { nodes }: Hint): number[] {
    const { cpus } = this.#options.machine
    const reusable = this.#reusable(pod)
    const free = new Set([...this.#available(), ...reusable])
    if (free.size < count) throw notEnough(count, free.size)
    const reused = [...reusable].sort((a, b) => a - b).slice(0, count)
    const chosen = new Set(reused)
    for (const cpu of reused) free.delete(cpu)
    if (nodes !== undefined) {
      const near = new Set(cpus.filter(({ id, node }) => free.has(id) && has(nodes, node)).map(({ id }) => id))
      for (const cpu of this.#take(near, Math.min(near.size, count - chosen.size))) {
        chosen.add(cpu)
        free.delete(cpu)
      }
    }
    for (const cpu of this.#take(free, count - chosen.size)) chosen.add(cpu)
    return [...chosen].sort((a, b) => a - b)
  }

  #take(free: ReadonlySet<number>, count: number): number[] {
    const choice: Choice = { all: this.#options.machine.cpus, free, count, alignUncore: this.#policy.alignUncore }
    return this.#policy.distribute ? distributed({ ...choice, groupSize: this.#policy.fullCores ? this.#threadsPerCore : 1 }) : packed(choice)
  }

  of(podUid: string, container: string): { cpuSet: string; isExclusive: boolean } {
    const own = this.#entries[podUid]?.[container]
    return { cpuSet: formatCpuSet(own ?? this.#shared()), isExclusive: own !== undefined }
  }

  exclusive(podUid: string, container: string): readonly number[] {
    return this.#entries[podUid]?.[container] ?? []
  }

  allocatable(): readonly number[] {
    const { machine, reserved } = this.#options
    return machine.cpus.map(({ id }) => id).filter((cpu) => !reserved.includes(cpu))
  }

  release(podUid: string): void {
    if (!(podUid in this.#entries)) return
    this.#set(podUid, undefined)
    this.#changed()
  }

  holders(): readonly string[] {
    return Object.keys(this.#entries)
  }

  /** How many CPUs are shared, and how many are somebody's alone, by NUMA node. */
  #counts(): { readonly shared: number; readonly exclusiveByNode: ReadonlyMap<number, number> } {
    const taken = new Set(this.#taken())
    const { cpus, nodes } = this.#options.machine
    return {
      shared: this.#shared().length,
      exclusiveByNode: new Map(nodes.map(({ id }) => [id, cpus.filter((cpu) => cpu.node === id && taken.has(cpu.id)).length])),
    }
  }

  /** Of plain init containers of the pod, which have ended by then, and of no container after them. */
  #reusable(pod: Pod): ReadonlySet<number> {
    const own = this.#entries[pod.metadata.uid] ?? {}
    const reusable = new Set<number>()
    const entries = containersOf(pod)
    for (const { container, kind } of entries) if (kind === 'init') for (const cpu of own[container.name] ?? []) reusable.add(cpu)
    for (const { container, kind } of entries) if (kind !== 'init') for (const cpu of own[container.name] ?? []) reusable.delete(cpu)
    return reusable
  }

  #available(): Set<number> {
    const { machine, reserved } = this.#options
    const taken = new Set([...this.#taken(), ...reserved])
    return new Set(machine.cpus.map(({ id }) => id).filter((cpu) => !taken.has(cpu)))
  }

  #taken(): number[] {
    return Object.values(this.#entries).flatMap((containers) => Object.values(containers).flat())
  }

  #shared(): number[] {
    const { machine, reserved } = this.#options
    const taken = new Set([...this.#taken(), ...(this.#policy.strictReservation ? reserved : [])])
    return machine.cpus.map(({ id }) => id).filter((cpu) => !taken.has(cpu))
  }

  #set(podUid: string, containers: Entries[string] | undefined): void {
    const { [podUid]: _before, ...others } = this.#entries
    this.#entries = containers ? { ...others, [podUid]: containers } : others
  }

  #changed(): void {
    const { stateFile, onShared } = this.#options
    const entries = Object.fromEntries(
      Object.entries(this.#entries).map(([uid, containers]) => [
        uid,
        Object.fromEntries(Object.entries(containers).map(([name, cpus]) => [name, formatCpuSet(cpus)])),
      ]),
    )
    writeState(stateFile, { policyName, defaultCpuSet: formatCpuSet(this.#shared()), entries }, cpuState)
    this.#count()
    onShared()
  }
}

const smtError = (why: string): AdmissionError => new AdmissionError('SMTAlignmentError', `SMT Alignment Error: ${why}`)

/** Whole CPUs of a Guaranteed pod; 0 where the container shares. */
function exclusiveCount(pod: Pod, { resources }: Container): number {
  if (!isPinned(pod)) return 0
  const asked = milli(resources?.requests?.cpu ?? resources?.limits?.cpu)
  return asked % 1000 === 0 ? asked / 1000 : 0
}

function entriesOf({ entries }: CpuState): Entries {
  return Object.fromEntries(
    Object.entries(entries).map(([uid, containers]) => [uid, Object.fromEntries(Object.entries(containers).map(([name, cpus]) => [name, parseCpuSet(cpus)]))]),
  )
}
