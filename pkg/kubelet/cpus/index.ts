/** In: the configuration and the machine. Out: which CPUs each container may run on, and running containers told of it. Upstream: pkg/kubelet/cm/cpumanager. */
import { join } from 'node:path'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import type { Cri } from '../cri/index.ts'
import type { PodRuntimeStatus } from '../runtime/pod-runtime.ts'
import { milli } from '../runtime/resources.ts'
import { allCpus, type Cpus, StaticCpus } from './cpu-manager.ts'
import { parseCpuSet } from './cpu-set.ts'
import { type Cores, machineCores } from './topology.ts'

type Settings = Pick<CompleteConfiguration, 'cpuManagerPolicy' | 'cpuManagerReconcilePeriod' | 'reservedSystemCPUs' | 'systemReserved' | 'kubeReserved'>

export function cpuManager(configuration: Settings, rootDir: string, onShared: () => void, cores: Cores | undefined = undefined): Cpus {
  if (configuration.cpuManagerPolicy !== 'static') return allCpus
  const machine = cores ?? machineCores()
  return new StaticCpus({ cores: machine, reserved: reservedCpus(configuration, machine), stateFile: join(rootDir, 'cpu_manager_state'), onShared })
}

/** Those that are named, else as many as systemReserved and kubeReserved amount to, the first ones. */
export function reservedCpus({ reservedSystemCPUs, systemReserved, kubeReserved }: Settings, cores: Cores): number[] {
  if (reservedSystemCPUs) return parseCpuSet(reservedSystemCPUs)
  const amount = milli(systemReserved?.cpu) + milli(kubeReserved?.cpu)
  if (amount === 0) throw new Error('[cpumanager] the static policy requires systemreserved.cpu + kubereserved.cpu to be greater than zero')
  return cores.flat().slice(0, Math.ceil(amount / 1000))
}

export interface KeepCpusOptions {
  readonly configuration: Settings
  readonly cpus: Cpus
  readonly cri: Cri
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly pods: () => readonly { readonly uid: string; readonly runtime: PodRuntimeStatus }[]
  /** Aborts when what is shared has changed. */
  readonly changed: () => AbortSignal
}

/** Running containers follow what is shared: at each change, and each cpuManagerReconcilePeriod. */
export async function keepCpus({ configuration, cpus, cri, clock, log, signal, pods, changed }: KeepCpusOptions): Promise<void> {
  if (cpus === allCpus) return
  let told = new Map<string, string>()
  while (!signal.aborted) {
    const next = changed()
    const running = pods().flatMap(({ uid, runtime }) => runtime.containers.filter(({ state }) => state === 'running').map((record) => ({ uid, record })))
    const now = new Map<string, string>()
    for (const { uid, record } of running) {
      const { cpuSet } = cpus.of(uid, record.name)!
      try {
        if (told.get(record.id) !== cpuSet) await cri.runtime.updateContainerResources(record.id, { cpusetCpus: cpuSet })
        now.set(record.id, cpuSet)
      } catch (error) {
        log.warn('cannot tell a container its CPUs', { container: record.name, cpuSet, error })
      }
    }
    told = now
    await sleep(clock, ms(configuration.cpuManagerReconcilePeriod), AbortSignal.any([signal, next]))
  }
}
