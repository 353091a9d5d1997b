/** Which of several nodes is the least harm (upstream's pickOneNodeForPreemption). */
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'

export interface Candidate {
  readonly node: NodeInfo
  /** The most important first. */
  readonly victims: readonly PodInfo[]
  /** Victims that a disruption budget protects. */
  readonly violations: number
  /** What is compared, in turn: smaller is better. */
  readonly harms: readonly number[]
}

/** Sorts the more important first: by priority, then by how long it runs. */
export function moreImportant(a: PodInfo, b: PodInfo): number {
  return a.priority !== b.priority ? b.priority - a.priority : a.startedAt - b.startedAt
}

/** Each rule in turn; the next only among equals. `victims`: the most important first. */
export function candidateOf(node: NodeInfo, victims: readonly PodInfo[], violations: number): Candidate {
  // Of the highest priority, and of these it started first. The sum is shifted, so that many pods of negative priority do not
  // look better than few.
  const first = victims[0]
  const harms = [violations, first?.priority ?? Number.NEGATIVE_INFINITY, sumOf(victims), victims.length, -(first?.startedAt ?? 0)]
  return { node, victims, violations, harms }
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!
  return false
}

function sumOf(victims: readonly PodInfo[]): number {
  let sum = 0
  for (const { priority } of victims) sum += priority + 2 ** 31
  return sum
}

export function bestCandidate(candidates: readonly Candidate[]): Candidate {
  let best = candidates[0]!
  let least = best.harms
  for (let i = 1; i < candidates.length; i++) {
    const harms = candidates[i]!.harms
    if (!isLess(harms, least)) continue
    best = candidates[i]!
    least = harms
  }
  return best
}
