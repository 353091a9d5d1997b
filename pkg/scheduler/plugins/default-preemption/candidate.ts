/** Which of several nodes is the least harm (upstream's pickOneNodeForPreemption). */
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'

export interface Candidate {
  readonly node: NodeInfo
  /** The most important first. */
  readonly victims: readonly PodInfo[]
  /** Victims that a disruption budget protects. */
  readonly violations: number
}

/** Sorts the more important first: by priority, then by how long it runs. */
export function moreImportant(a: PodInfo, b: PodInfo): number {
  return a.priority !== b.priority ? b.priority - a.priority : a.startedAt - b.startedAt
}

/** Each rule in turn; the next only among equals. Smaller is better. */
const harms: readonly ((candidate: Candidate) => number)[] = [
  ({ violations }) => violations,
  ({ victims }) => victims[0]?.priority ?? Number.NEGATIVE_INFINITY,
  // Shifted, so that many pods of negative priority do not look better than few.
  ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
  ({ victims }) => victims.length,
  ({ victims }) => -earliestStart(victims),
]

export function bestCandidate(candidates: readonly Candidate[]): Candidate {
  let left = candidates
  for (const harm of harms) {
    if (left.length === 1) break
    const values = left.map(harm)
    const least = Math.min(...values)
    left = left.filter((_, index) => values[index] === least)
  }
  return left[0]!
}

/** Of the victims of highest priority, the one that runs longest. */
function earliestStart(victims: readonly PodInfo[]): number {
  const highest = victims[0]?.priority
  return Math.min(...victims.filter(({ priority }) => priority === highest).map(({ startedAt }) => startedAt))
}
