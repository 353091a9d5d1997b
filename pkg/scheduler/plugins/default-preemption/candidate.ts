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
  ({ victims }) => sumOf(victims),
  ({ victims }) => victims.length,
  ({ victims }) => -earliestStart(victims),
]

function sumOf(victims: readonly PodInfo[]): number {
  let sum = 0
  for (const { priority } of victims) sum += priority + 2 ** 31
  return sum
}

export function bestCandidate(candidates: readonly Candidate[]): Candidate {
  let left = candidates
  for (const harm of harms) {
    if (left.length === 1) break
    let least = Number.POSITIVE_INFINITY
    let best: Candidate[] = []
    for (const candidate of left) {
      const value = harm(candidate)
      if (value < least) {
        least = value
        best = []
      }
      if (value === least) best.push(candidate)
    }
    left = best
  }
  return left[0]!
}

/** Of the victims of highest priority, the one that runs longest. */
function earliestStart(victims: readonly PodInfo[]): number {
  // They are in order: the first is of the highest priority and started first.
  return victims[0]?.startedAt ?? 0
}
