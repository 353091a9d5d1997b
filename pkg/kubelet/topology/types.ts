/** The contracts between the topology manager and those that give out what lies on NUMA nodes. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { ContainerEntry } from '../types.ts'
import type { NumaSet } from './numa-set.ts'

/** Where something can be had. */
export interface Hint {
  /** Undefined: anywhere. */
  readonly nodes: NumaSet | undefined
  readonly preferred: boolean
}

/** By resource: undefined where it does not matter, none where there is no way. */
export type Hints = ReadonlyMap<string, readonly Hint[] | undefined>

export const noHints: Hints = new Map()
export const anywhere: Hint = { nodes: undefined, preferred: true }

/** What one pod is being given, until it is settled. */
export interface Turn {
  /** Writes down what was given. */
  commit(): void
  /** Takes back what was given since the turn began. */
  undo(): void
}

/** Gives containers CPUs, memory or devices of their own. Upstream's HintProvider. */
export interface ResourceProvider {
  /** Whether the pod may get anything of it: one that gets nothing is not kept waiting. */
  concerns(pod: Pod): boolean
  containerHints(pod: Pod, entry: ContainerEntry): Hints
  podHints(pod: Pod): Hints
  begin(podUid: string): Turn
  /** Safe to call again. Throws AdmissionError, or another error that stands for an unexpected one. */
  allocate(pod: Pod, entry: ContainerEntry, affinity: Hint): void | Promise<void>
  release(podUid: string): void
  /** Pods that something is given to. */
  holders(): readonly string[]
}

/** The node cannot give the pod what it must have: the pod fails without having run. */
export class AdmissionError extends Error {
  override readonly name = 'AdmissionError'
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What is no AdmissionError by itself, as upstream shows it. */
export function admissionError(error: unknown): AdmissionError {
  if (error instanceof AdmissionError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new AdmissionError('UnexpectedAdmissionError', `Allocate failed due to ${why}, which is unexpected`)
}

export const topologyAffinityError = (): AdmissionError => new AdmissionError('TopologyAffinityError', 'Resources cannot be allocated with Topology locality')
