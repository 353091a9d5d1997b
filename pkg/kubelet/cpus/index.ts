/** In: the configuration and the machine. Out: which CPUs each container may run on, and running containers told of it. Upstream: pkg/kubelet/cm/cpumanager. */
import { join } from 'node:path'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import type { Cri } from '../cri/index.ts'
import type { PodRuntimeStatus } from '../runtime/pod-runtime.ts'
import { milli } from '../runtime/resources.ts'
import type { NumaMachine } from '../topology/machine.ts'
import type { TopologyMetrics } from '../metrics/topology-metrics.ts'
import { packed } from './choose.ts'
import { allCpus, type Cpus, StaticCpus } from './cpu-manager.ts'
import { parseCpuSet } from './cpu-set.ts'
import { cpuOptions } from './options.ts'

type Settings = Pick<CompleteConfiguration, 'cpuManagerPolicyOptions' | 'cpuManagerPolicy' | 'reservedSystemCPUs' | 'systemReserved' | 'kubeReserved'>

export interface CpuManagerInput {
  readonly configuration: Settings
  readonly rootDir: string
  readonly machine: NumaMachine
  readonly metrics: TopologyMetrics
  readonly onShared: () => void
}

/** Undefined under the policy none. Throws when nothing is reserved, or the state file does not fit. */
export function cpuManager({ configuration, rootDir, machine, metrics, onShared }: CpuManagerInput): StaticCpus | undefined {
  if (configuration.cpuManagerPolicy !== 'static') return undefined
  return new StaticCpus({
    machine,
    reserved: reservedCpus(configuration, machine),
    stateFile: join(rootDir, 'cpu_manager_state'),
    policyOptions: cpuOptions(configuration.cpuManagerPolicyOptions),
    metrics,
    onShared,
  })
}

/** Those that are named, else as many as systemReserved and kubeReserved amount to, the first cores. */
export function reservedCpus({ reservedSystemCPUs, systemReserved, kubeReserved }: Settings, { cpus }: NumaMachine): number[] {
  if (reservedSystemCPUs) return parseCpuSet(reservedSystemCPUs)
  const amount = milli(systemReserved?.cpu) + milli(kubeReserved?.cpu)
  if (amount === 0) throw new Error('[cpumanager] the static policy requires systemreserved.cpu + kubereserved.cpu to be greater than zero')
  return packed({ all: cpus, free: new Set(cpus.map(({ id }) => id)), count: Math.min(cpus.length, Math.ceil(amount / 1000)) })
}

export interface KeepCpusOptions {
  readonly configuration: Pick<CompleteConfiguration, 'cpuManagerReconcilePeriod'>
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
