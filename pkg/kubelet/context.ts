/** What every part of one running kubelet shares. */
import type { Pod, Service } from '#api/gen/core/v1.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import type { CompleteConfiguration } from './configuration/defaults.ts'
import type { ImageManager } from './images/image-manager.ts'
import type { Cri } from './cri/index.ts'
import type { KubeletPaths } from './paths.ts'
import type { ProbeManager } from './probes/probe-manager.ts'
import type { CgroupManager } from './cgroups/cgroup-manager.ts'
import type { Allocations } from './allocation/allocations.ts'
import type { Resizes } from './allocation/resize.ts'
import type { Cpus } from './cpus/cpu-manager.ts'
import type { Memory } from './memory/memory-manager.ts'
import type { TopologyManager } from './topology/topology-manager.ts'
import type { Devices } from './devices/device-manager.ts'
import type { ResourceClaims } from './dra/claims.ts'
import type { SwapSettings } from './runtime/memory-extras.ts'
import type { KubeletMetrics } from './metrics/kubelet-metrics.ts'
import type { StartSlots } from './runtime/start-slots.ts'
import type { UserNamespaces } from './runtime/user-namespaces.ts'
import type { EventRecorder, ObjectSource } from './types.ts'
import type { ImageVolumes } from './volumes/image-volumes.ts'
import type { VolumeManager } from './volumes/volume-manager.ts'
import type { StatusManager } from './status/status-manager.ts'

export interface RuntimeFeatures {
  readonly userNamespaces: boolean
  readonly recursiveReadOnlyMounts: boolean
}

export interface KubeletContext {
  readonly configuration: CompleteConfiguration
  readonly nodeName: string
  readonly nodeAddress: string
  /** That and the one of the other family, on a dual-stack node. */
  readonly nodeAddresses?: readonly string[]
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  readonly resolvConf: string
  readonly memoryCapacity: number
  readonly cpuCapacity: number
  /** Sizes of huge pages that containers can be limited to. */
  readonly hugePages: readonly string[]
  readonly swap: SwapSettings
  readonly oomGroup: boolean
  readonly metrics: KubeletMetrics
  /** Has CAP_SYS_RESOURCE. */
  readonly canLowerOomScore: boolean
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: EventRecorder
  readonly cri: Cri
  readonly paths: KubeletPaths
  readonly objects: ObjectSource
  readonly services: { list(namespace: string): readonly Service[] }
  readonly cgroups: CgroupManager
  readonly images: ImageManager
  readonly volumes: VolumeManager
  readonly imageVolumes: ImageVolumes
  readonly devices: Devices
  readonly cpus: Cpus
  readonly memory: Memory
  /** Gives pods their devices, CPUs and memory. */
  readonly topology: Pick<TopologyManager, 'admit' | 'release'>
  readonly claims: ResourceClaims
  /** Whether the runtime takes devices by their CDI names. */
  readonly supportsCdi: boolean
  /** What the runtime's handler of that name can do; "" is the default one. */
  runtimeFeatures(handler: string): RuntimeFeatures
  /** As the runtime calls itself: "containerd", "cri-o". */
  readonly runtimeName: string
  readonly userNamespaces: UserNamespaces
  readonly probes: ProbeManager
  /** How many new pods are at their start at once. */
  readonly startSlots: Pick<StartSlots, 'take'>
  readonly statuses: StatusManager
  readonly allocations: Allocations
  readonly resizes: Resizes
  /** Resolves when no new connections come to the address (bounded by who gives it). */
  drain(podAddress: string): Promise<void>
  /** Asks a pod's worker to look again now. */
  wake(podUid: string): void
  pod(uid: string): Pod | undefined
}
