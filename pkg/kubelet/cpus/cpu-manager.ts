/**
 * The CPU manager's static policy: a container of a Guaranteed pod that asks for whole CPUs has them alone; all others share the rest.
 * Who has what is on disk, in upstream's cpu_manager_state ("Control CPU Management Policies on the Node").
 */
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { AdmissionError } from '../devices/device-manager.ts'
import { containersOf } from '../runtime/containers.ts'
import { milli, qosClass } from '../runtime/resources.ts'
import { formatCpuSet, parseCpuSet } from './cpu-set.ts'
import type { Cores } from './topology.ts'

export interface Cpus {
  /** Throws AdmissionError; safe to call again. */
  allocate(pod: Pod): void
  /** The CPUs that a container may run on; undefined where nobody is kept from any. */
  of(podUid: string, container: string): { readonly cpuSet: string; readonly isExclusive: boolean } | undefined
  release(podUid: string): void
}

export const allCpus: Cpus = { allocate() {}, of: () => undefined, release() {} }

interface State {
  readonly policyName: string
  readonly defaultCpuSet: string
  /** By pod and container. */
  readonly entries: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface CpuManagerOptions {
  readonly cores: Cores
  /** These are never given to one container alone. */
  readonly reserved: readonly number[]
  readonly stateFile: string
  /** What is shared is more or less now: running containers must be told. */
  readonly onShared: () => void
}

export class StaticCpus implements Cpus {
  readonly #options: CpuManagerOptions
  #entries: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>

  constructor(options: CpuManagerOptions) {
    this.#options = options
    this.#entries = readState(options.stateFile)
  }

  allocate(pod: Pod): void {
    const before = this.#entries
    const { uid } = pod.metadata
    /** Of init containers that have ended by then. */
    const reusable = new Set<number>()
    try {
      for (const { container, kind } of containersOf(pod)) {
        const count = exclusiveCount(pod, container)
        if (count === 0 || kind === 'ephemeral') continue
        const known = this.#entries[uid]?.[container.name]
        const cpus = known ?? this.#choose(count, reusable)
        if (!known) this.#entries = { ...this.#entries, [uid]: { ...this.#entries[uid], [container.name]: cpus } }
        for (const cpu of cpus) kind === 'init' ? reusable.add(cpu) : reusable.delete(cpu)
      }
    } catch (error) {
      this.#entries = before
      throw error
    }
    if (this.#entries !== before) this.#changed()
  }

  /** What init containers of the pod had, then whole cores, then what is left. */
  #choose(count: number, reusable: ReadonlySet<number>): number[] {
    const { cores, reserved } = this.#options
    const taken = new Set([...this.#taken(), ...reserved])
    for (const cpu of reusable) taken.delete(cpu)
    const free = cores.map((core) => core.filter((cpu) => !taken.has(cpu)))
    const available = free.flat().length
    if (available < count) throw new AdmissionError(`not enough cpus available to satisfy request: requested=${count}, available=${available}`)
    const chosen = new Set([...reusable].sort((a, b) => a - b).slice(0, count))
    for (const [index, core] of cores.entries()) {
      const whole = free[index]!.length === core.length && core.every((cpu) => !chosen.has(cpu))
      if (whole && core.length <= count - chosen.size) for (const cpu of core) chosen.add(cpu)
    }
    for (const cpu of free.flat()) if (chosen.size < count) chosen.add(cpu)
    return [...chosen].sort((a, b) => a - b)
  }

  of(podUid: string, container: string): { cpuSet: string; isExclusive: boolean } {
    const own = this.#entries[podUid]?.[container]
    return { cpuSet: formatCpuSet(own ?? this.#shared()), isExclusive: own !== undefined }
  }

  release(podUid: string): void {
    if (!(podUid in this.#entries)) return
    const { [podUid]: _gone, ...others } = this.#entries
    this.#entries = others
    this.#changed()
  }

  #taken(): number[] {
    return Object.values(this.#entries).flatMap((containers) => Object.values(containers).flat())
  }

  #shared(): number[] {
    const taken = new Set(this.#taken())
    return this.#options.cores.flat().filter((cpu) => !taken.has(cpu))
  }

  #changed(): void {
    const { stateFile, onShared } = this.#options
    const entries = Object.fromEntries(
      Object.entries(this.#entries).map(([uid, containers]) => [
        uid,
        Object.fromEntries(Object.entries(containers).map(([name, cpus]) => [name, formatCpuSet(cpus)])),
      ]),
    )
    const state: State = { policyName: 'static', defaultCpuSet: formatCpuSet(this.#shared()), entries }
    writeFileSync(`${stateFile}.new`, JSON.stringify({ ...state, checksum: checksumOf(state) }), { mode: 0o600 })
    renameSync(`${stateFile}.new`, stateFile)
    onShared()
  }
}

/** Whole CPUs of a Guaranteed pod; 0 where the container shares. */
function exclusiveCount(pod: Pod, { resources }: Container): number {
  if ((pod.status?.qosClass ?? qosClass(pod)) !== 'Guaranteed') return 0
  const asked = milli(resources?.requests?.cpu ?? resources?.limits?.cpu)
  return asked % 1000 === 0 ? asked / 1000 : 0
}

const checksumOf = ({ policyName, defaultCpuSet, entries }: State): string =>
  createHash('sha256')
    .update(JSON.stringify([policyName, defaultCpuSet, entries]))
    .digest('hex')

function readState(file: string): Record<string, Record<string, number[]>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
  const state = JSON.parse(text) as State & { readonly checksum: string }
  if (state.checksum !== checksumOf(state)) {
    throw new Error(
      `could not restore state from checkpoint: checkpoint is corrupted, please drain this node and delete the CPU manager checkpoint file ${file} before restarting Kubelet`,
    )
  }
  return Object.fromEntries(
    Object.entries(state.entries).map(([uid, containers]) => [
      uid,
      Object.fromEntries(Object.entries(containers).map(([name, cpus]) => [name, parseCpuSet(cpus)])),
    ]),
  )
}
