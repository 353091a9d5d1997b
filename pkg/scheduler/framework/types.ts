/**
 * The scheduling framework's contract (upstream's pkg/scheduler/framework), with one difference: a plugin filters and
 * scores many nodes in one call, in a tight loop over flat records, and is never called once a node.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { ActionEventRecorder } from '#client/event-series.ts'
import type { Client } from '#client/types.ts'
import type { ClusterState } from '../state/cluster-state.ts'
import type { NodeInfo } from '../state/node-info.ts'
import type { PodInfo } from '../state/pod-info.ts'
import type { Objects } from '../state/objects.ts'
import type { EventInterest } from './events.ts'

/** Why a node is out. Plugins make each once and share it: a cycle allocates nothing a node. */
export interface Verdict {
  readonly plugin: string
  readonly reasons: readonly string[]
  /** Removing pods from the node could help (upstream's Unschedulable; else UnschedulableAndUnresolvable). */
  readonly resolvable: boolean
}

/** Nodes under judgement; a node with a verdict is out, and the plugins that follow pass over it. */
export interface Batch {
  readonly nodes: NodeInfo[]
  readonly verdicts: (Verdict | undefined)[]
  length: number
}

/** One attempt to place one pod. */
export interface Cycle {
  readonly pod: PodInfo
  readonly cluster: ClusterState
  readonly objects: Objects
}

/** What a plugin found out about the pod before it looks at nodes; `skip`: it has nothing to say of this pod. */
export type PreFilterResult<S> =
  | { readonly state: S /** Only these can be. */; readonly nodeNames?: ReadonlySet<string> }
  | { readonly skip: true }
  /** No node will do. */
  | { readonly rejected: Verdict }

/** The parts of a plugin; each is optional, all are called in the order of the profile. `S`: what it carries through a cycle. */
export interface Plugin<S = any> {
  readonly name: string
  /** Why the pod must not be tried yet; such pods cost nothing until they change. */
  preEnqueue?(pod: Pod, objects: Objects): string | undefined
  preFilter?(cycle: Cycle): PreFilterResult<S>
  filter?(state: S, cycle: Cycle, batch: Batch): void
  /** Its verdict on a node is the same whatever pods are there: preemption asks once. */
  readonly ignoresPods?: true
  /** It reads a node's sums and not its pods one by one: preemption need not move those. */
  readonly readsOnlySums?: true
  /** A pod is supposed to be on (1) or off (-1) the node; must undo itself exactly. */
  suppose?(state: S, cycle: Cycle, pod: PodInfo, node: NodeInfo, sign: 1 | -1): void
  /** Writes 0 to 100 for each node into `into`, already normalised; false: all are equal. */
  score?(cycle: Cycle, nodes: readonly NodeInfo[], into: Float64Array): boolean
  /** Takes what the pod needs there; throws if it cannot. Undone by `unreserve`. */
  reserve?(state: S, cycle: Cycle, node: NodeInfo): void
  unreserve?(state: S, cycle: Cycle, node: NodeInfo, handle: Handle): Promise<void> | void
  /** No node would do: what it says to that, and what it does about it beside the loop. */
  postFilter?(state: S, cycle: Cycle, handle: Handle): { readonly message: string; readonly work?: Promise<void> }
  /** What it says when it had nothing to do with the pod. */
  readonly nothingToPostFilter?: string
  /** False: its `preBind` would do nothing (PreBindPreFlight). */
  willPreBind?(state: S, cycle: Cycle): boolean
  /** What must be done before the binding; the pod is taken back if it throws. */
  preBind?(state: S, cycle: Cycle, node: NodeInfo, handle: Handle): Promise<void>
  /** Changes in the cluster that may make a pod fit that this plugin refused. */
  readonly interests?: readonly EventInterest[]
}

/** What plugins that act may use. */
export interface Handle {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly events: ActionEventRecorder
}

export interface WeightedPlugin {
  readonly plugin: Plugin
  readonly weight: number
}

export interface Profile {
  readonly schedulerName: string
  readonly plugins: readonly WeightedPlugin[]
  /** 0: chosen by the size of the cluster. */
  readonly percentageOfNodesToScore: number
  readonly preemption: PreemptionArgs | undefined
}

export interface PreemptionArgs {
  readonly minCandidateNodesPercentage: number
  readonly minCandidateNodesAbsolute: number
}
