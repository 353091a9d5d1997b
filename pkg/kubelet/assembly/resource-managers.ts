/** Who has which devices, CPUs, memory and claims: the managers, and the topology manager that asks them together. */
import { join } from 'node:path'
import type { Cri } from '../cri/index.ts'
import { allCpus, type Cpus } from '../cpus/cpu-manager.ts'
import { cpuManager, keepCpus } from '../cpus/index.ts'
import { checkpointName } from '../devices/checkpoint.ts'
import { DeviceManager } from '../devices/device-manager.ts'
import { DevicePlugins } from '../devices/device-plugins.ts'
import { ClaimManager } from '../dra/claims.ts'
import { DeviceHealth } from '../dra/device-health.ts'
import { DraDrivers } from '../dra/drivers.ts'
import { memoryManager } from '../memory/index.ts'
import { anyMemory, type Memory } from '../memory/memory-manager.ts'
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts'
import type { PodWorker } from '../pod-worker/pod-worker.ts'
import type { NumaMachine } from '../topology/machine.ts'
import { TopologyManager } from '../topology/topology-manager.ts'
import type { KubeletOptions } from '../types.ts'

export interface ResourceManagersInput {
  readonly options: KubeletOptions
  readonly metrics: KubeletMetrics
  readonly machine: NumaMachine
  /** Uids of all pods; undefined until they are known. */
  readonly known: () => ReadonlySet<string> | undefined
  /** The node has other devices now. */
  readonly onDevices: () => void
  /** A driver has come or gone: pods may wait for it. */
  readonly onDrivers: () => void
}

export interface ResourceManagers {
  readonly devicePlugins: DevicePlugins
  readonly deviceDirectory: string
  readonly devices: DeviceManager
  readonly draDrivers: DraDrivers
  readonly claims: ClaimManager
  readonly cpus: Cpus
  readonly memory: Memory
  readonly topology: TopologyManager
  /** Moves running containers as the CPUs that all share change. */
  keepCpus(cri: Cri, pods: () => readonly PodWorker[]): Promise<void>
}

export function resourceManagers({ options, metrics, machine, known, onDevices, onDrivers }: ResourceManagersInput): ResourceManagers {
  const { client, clock, log, signal, rootDir, configuration } = options
  const devicePlugins = new DevicePlugins({
    clock,
    log: log.named('devices'),
    signal,
    metrics,
    onChange() {
      devices.devicesChanged()
      onDevices()
    },
  })
  const deviceDirectory = join(rootDir, 'device-plugins')
  const devices: DeviceManager = new DeviceManager({
    plugins: devicePlugins,
    checkpoint: join(deviceDirectory, checkpointName),
    nodes: machine.nodes.map(({ id }) => id),
  })
  const health = new DeviceHealth({ stateFile: join(rootDir, 'dra_health_state'), clock, onChange: onDrivers })
  const draDrivers = new DraDrivers({ clock, health, onChange: onDrivers })
  const claims = new ClaimManager({ client, drivers: draDrivers, health, stateFile: join(rootDir, 'dra_manager_state') })
  let sharedChange = new AbortController()
  const exclusiveCpus = cpuManager({ configuration, rootDir, machine, metrics: metrics.topology, onShared: () => sharedChange.abort() })
  const pinnedMemory = memoryManager(configuration, rootDir, machine, metrics.topology)
  const cpus = exclusiveCpus ?? allCpus
  const topology = new TopologyManager({
    policy: configuration.topologyManagerPolicy,
    scope: configuration.topologyManagerScope,
    policyOptions: configuration.topologyManagerPolicyOptions,
    machine,
    providers: [devices, ...(exclusiveCpus ? [exclusiveCpus] : []), ...(pinnedMemory ? [pinnedMemory] : [])],
    known,
    metrics: metrics.topology,
    now: () => clock.now(),
  })
  return {
    devicePlugins,
    deviceDirectory,
    devices,
    draDrivers,
    claims,
    cpus,
    memory: pinnedMemory ?? anyMemory,
    topology,
    keepCpus: (cri, pods) =>
      keepCpus({
        configuration,
        cpus,
        cri,
        clock,
        log: log.named('cpus'),
        signal,
        pods,
        changed() {
          sharedChange = new AbortController()
          return sharedChange.signal
        },
      }),
  }
}
