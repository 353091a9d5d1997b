/** Whether a Job is over, and how. */
import type { Job } from '#api/gen/batch/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { parseIndexes } from './indexes.ts'
import { isIndexed } from './job-pod.ts'
import type { Tally } from './tally.ts'

export interface Outcome {
  readonly type: 'Complete' | 'Failed'
  readonly reason: string
  readonly message: string
}

export function outcomeOf(job: Job, counts: Tally, active: readonly Pod[], nowMs: number): Outcome | undefined {
  return failure(job, counts, active, nowMs) ?? success(job, counts, active)
}

function failure({ spec, status }: Job, { fatal, failed, failedIndexes, succeededIndexes }: Tally, active: readonly Pod[], nowMs: number): Outcome | undefined {
  const because = (reason: string, message: string): Outcome => ({ type: 'Failed', reason, message })
  const target = status?.conditions?.find(({ type, status: is }) => type === 'FailureTarget' && is === 'True')
  if (target) return because(target.reason ?? '', target.message ?? '')
  if (fatal) return because('PodFailurePolicy', fatal)
  const limit = spec.backoffLimit ?? 6
  if (failed > limit || restartsBeyond(limit, spec.template.spec?.restartPolicy, active))
    return because('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  if (deadlineLeftMs({ spec, status } as Job, nowMs)! <= 0) return because('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (spec.backoffLimitPerIndex !== undefined) {
    if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes) {
      return because('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
    }
    const over = new Set([...failedIndexes, ...succeededIndexes]).size >= (spec.completions ?? 0)
    if (failedIndexes.size > 0 && over) return because('FailedIndexes', 'Job has failed indexes')
  }
  return undefined
}

/** Undefined: no deadline, or its clock does not run. */
export function deadlineLeftMs({ spec, status }: Job, nowMs: number): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || !status?.startTime || spec.suspend) return undefined
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - nowMs
}

/** With OnFailure the kubelet restarts in place, and restarts count. */
function restartsBeyond(limit: number, restartPolicy: string | undefined, active: readonly Pod[]): boolean {
  if (restartPolicy !== 'OnFailure') return false
  const restarts = active
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

function success(job: Job, { succeeded, succeededIndexes }: Tally, active: readonly Pod[]): Outcome | undefined {
  const { completions, successPolicy, parallelism = 1 } = job.spec
  const reached: Outcome = { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
  if (isIndexed(job)) {
    for (const [position, rule] of (successPolicy?.rules ?? []).entries()) {
      const wanted = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes)
      const matching = wanted ? [...wanted].filter((each) => succeededIndexes.has(each)).length : succeededIndexes.size
      if (matching >= (rule.succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY))
        return { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${position}` }
    }
  }
  if (completions === undefined) return (succeeded > 0 && active.length === 0) || (parallelism === 0 && succeeded > 0) ? reached : undefined
  return succeeded >= completions ? reached : undefined
}
