/**
 * Counts ended pods exactly once: first their uid is noted in the status, then the finalizer goes, then the count rises
 * (KEP-2307, Job tracking without lingering pods).
 */
import type { Job, JobStatus } from '#api/gen/batch/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { judgeFailure } from './failure-policy.ts'
import { formatIndexes, parseIndexes } from './indexes.ts'
import { failuresBefore, hasFailed, hasSucceeded, indexOf, isIndexed, isTracked } from './job-pod.ts'

/** Of one sync; what is left is noted by the next. */
const maxNoted = 500

export interface Tally {
  /** The status with counts and notes brought up to date. */
  readonly status: JobStatus
  /** Noted: their finalizer may go once the status is written. */
  readonly release: Pod[]
  /** All that ended so far, noted or counted. */
  readonly succeeded: number
  readonly failed: number
  readonly succeededIndexes: Set<number>
  readonly failedIndexes: Set<number>
  /** By index: how often it has failed. */
  readonly failuresByIndex: Map<number, number>
  /** A pod that the policy says fails the whole Job. */
  readonly fatal: string | undefined
}

export function tally(job: Job, pods: readonly Pod[]): Tally {
  const { status, spec } = job
  const completions = spec.completions ?? 0
  const succeededIndexes = isIndexed(job) ? parseIndexes(status?.completedIndexes, completions) : new Set<number>()
  const failedIndexes = parseIndexes(status?.failedIndexes, completions)
  const failuresByIndex = new Map<number, number>()
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid))
  const notes = { succeeded: new Set(status?.uncountedTerminatedPods?.succeeded), failed: new Set(status?.uncountedTerminatedPods?.failed) }
  let counted = { succeeded: status?.succeeded ?? 0, failed: status?.failed ?? 0 }
  for (const kind of ['succeeded', 'failed'] as const) {
    for (const uid of notes[kind]) {
      // Its finalizer is gone, so no later sync can note it again: now it counts.
      if (tracked.has(uid)) continue
      notes[kind].delete(uid)
      counted = { ...counted, [kind]: counted[kind] + 1 }
    }
  }
  const release: Pod[] = []
  let fatal: string | undefined
  for (const pod of pods) {
    const index = indexOf(pod)
    const succeeded = hasSucceeded(pod)
    const failed = !succeeded && hasFailed(pod, job)
    if (!succeeded && !failed) continue
    // One that was let go before it ended was taken away by us, and is no failure.
    if (failed && pod.status?.phase !== 'Failed' && !isTracked(pod)) continue
    const verdict = failed ? judgeFailure(job, pod) : undefined
    if (verdict?.action === 'FailJob') fatal ??= verdict.message
    if (index !== undefined && failed) noteIndexFailure(job, pod, index, verdict?.action, failuresByIndex, failedIndexes)
    if (index !== undefined && succeeded && index < completions) succeededIndexes.add(index)
    if (!isTracked(pod)) continue
    release.push(pod)
    if (release.length > maxNoted) continue
    const { uid } = pod.metadata
    const known = notes.succeeded.has(uid) || notes.failed.has(uid)
    if (known) continue
    if (succeeded && !isIndexed(job)) notes.succeeded.add(uid)
    else if (failed && verdict?.action !== 'Ignore') notes.failed.add(uid)
  }
  const indexed = isIndexed(job)
  const next: JobStatus = {
    ...status,
    succeeded: indexed ? succeededIndexes.size : counted.succeeded,
    failed: counted.failed,
    uncountedTerminatedPods: {
      ...(notes.succeeded.size > 0 ? { succeeded: [...notes.succeeded] } : {}),
      ...(notes.failed.size > 0 ? { failed: [...notes.failed] } : {}),
    } as JobStatus['uncountedTerminatedPods'],
    ...(indexed ? { completedIndexes: succeededIndexes.size > 0 ? formatIndexes(succeededIndexes) : undefined } : {}),
    ...(indexed && spec.backoffLimitPerIndex !== undefined ? { failedIndexes: formatIndexes(failedIndexes) } : {}),
  }
  return {
    status: next,
    release: release.slice(0, maxNoted),
    succeeded: indexed ? succeededIndexes.size : counted.succeeded + notes.succeeded.size,
    failed: counted.failed + notes.failed.size,
    succeededIndexes,
    failedIndexes,
    failuresByIndex,
    fatal,
  }
}

/**
 * The Job is over: pods that had not ended are let go with the rest, counted as failures of one that failed, of one that
 * succeeded not at all. No index fails by it.
 */
export function withRest(job: Job, counts: Tally, pods: readonly Pod[], outcome: 'Complete' | 'Failed'): Tally {
  const rest = pods.filter((pod) => isTracked(pod) && !counts.release.includes(pod)).slice(0, maxNoted - counts.release.length)
  if (rest.length === 0) return counts
  const notes = counts.status.uncountedTerminatedPods
  const failures = rest.filter((pod) => outcome === 'Failed' && hasPlace(job, pod) && judgeFailure(job, pod).action !== 'Ignore')
  const failed = [...new Set([...(notes?.failed ?? []), ...failures.map(({ metadata }) => metadata.uid)])]
  const status = { ...counts.status, ...(failed.length > 0 ? { uncountedTerminatedPods: { ...notes, failed } as JobStatus['uncountedTerminatedPods'] } : {}) }
  return { ...counts, status, release: [...counts.release, ...rest] }
}

const hasPlace = (job: Job, pod: Pod): boolean => !isIndexed(job) || (indexOf(pod) ?? Number.POSITIVE_INFINITY) < (job.spec.completions ?? 0)

function noteIndexFailure({ spec }: Job, pod: Pod, index: number, action: string | undefined, failures: Map<number, number>, failedIndexes: Set<number>): void {
  if (spec.backoffLimitPerIndex === undefined) return
  const count = failuresBefore(pod) + (action === 'Ignore' ? 0 : 1)
  failures.set(index, Math.max(failures.get(index) ?? 0, count))
  if (action === 'FailIndex' || count > spec.backoffLimitPerIndex) failedIndexes.add(index)
}
