/** What a pod's status is made of, beside its spec. */
import type { Pod, PodCondition, PodStatus, ResourceRequirements, ResourceStatus } from '#api/gen/core/v1.ts'
import type { PodCgroupSettings } from '../cgroups/cgroup-manager.ts'
import type { ProbeManager } from '../probes/probe-manager.ts'
import type { PodRuntimeStatus } from '../runtime/pod-runtime.ts'

export interface StatusInput {
  readonly pod: Pod
  readonly runtime: PodRuntimeStatus
  readonly previous: PodStatus | undefined
  readonly probes: Pick<ProbeManager, 'started' | 'ready'>
  /** Why a container waits, by its name. */
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>
  /** What the runtime was told of a container's resources. */
  readonly actuated?: (container: string) => ResourceRequirements | undefined
  /** How the devices of a container are. */
  readonly deviceHealth?: (container: string) => readonly ResourceStatus[]
  /** What the pod's own cgroup is set to, where it has one. */
  readonly podCgroup?: PodCgroupSettings | undefined
  /** Conditions of a resize that goes on or waits. */
  readonly resizing?: readonly PodCondition[]
  /** As the runtime calls itself; containers are named after it. */
  readonly runtimeName: string
  readonly nodeAddress: string
  /** All of a dual-stack node's; absent: that one. */
  readonly nodeAddresses?: readonly string[] | undefined
  readonly nowMs: number
  /** The pod is being ended: containers that never ran will not. */
  readonly terminating: boolean
  /** Whether the runtime can make a mount read-only all the way down. */
  readonly recursiveReadOnly?: boolean
  readonly terminated: boolean
  readonly failure?: PodFailure | undefined
}

/** Why the pod has failed as a whole: Evicted, DeadlineExceeded … */
export interface PodFailure {
  readonly reason: string
  readonly message: string
  /** The node ended it for its own sake: the DisruptionTarget condition says so. */
  readonly disruption?: boolean
}
