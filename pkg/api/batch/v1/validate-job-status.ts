/**
 * What the status of a job may become, whoever manages it (KEP-4368). What a write leaves as it was is not held against it: a
 * status may lag behind the spec.
 */
import { duplicate, type FieldError, invalidOmitted, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { type Job, type JobStatus, UncountedTerminatedPodsSchema } from '#api/gen/batch/v1.ts'
import { immutableMessage, nonNegative } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { countIndexes, overlapOf } from './index-intervals.ts'

const at = path('status')
const conditionsAt = at.child('conditions')

export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const { status } = job
  return [
    ...(['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((key) => nonNegative(at.child(key), status[key])),
    ...validateUncounted(status),
    ...validateConditions(job, old),
    ...validateTimes(status, old.status),
    ...validateFinished(status, old.status),
    ...validateIndexes(job, old),
    ...validateTransition(job, old),
  ]
}

type Condition = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet'

function has({ conditions }: JobStatus, wanted: Condition): boolean {
  return (conditions ?? []).some(({ type, status }) => type === wanted && status === 'True')
}

const isFinished = (status: JobStatus): boolean => has(status, 'Complete') || has(status, 'Failed')

/** Whether any of these became true or ceased to be. */
function turned(status: JobStatus, old: JobStatus, ...conditions: Condition[]): boolean {
  return conditions.some((each) => has(status, each) !== has(old, each))
}

function changed(status: JobStatus, old: JobStatus, ...keys: (keyof JobStatus)[]): boolean {
  return keys.some((key) => !semanticEqual(status[key], old[key]))
}

function validateUncounted({ uncountedTerminatedPods: pods }: JobStatus): FieldError[] {
  const seen = new Set<string>()
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (pods?.[list] ?? []).flatMap((uid, position) => {
      const here = at.child('uncountedTerminatedPods', list).index(position)
      if (uid === '') return [invalidValue(here, uid, 'must not be empty')]
      if (seen.has(uid)) return [duplicate(here, uid)]
      seen.add(uid)
      return []
    }),
  )
}

function validateConditions({ spec, status }: Job, { status: old }: Job): FieldError[] {
  const [complete, failed, failing, met] = (['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'] as const).map((each) => has(status, each))
  const rules: readonly [boolean | undefined, string][] = [
    [complete && failed && turned(status, old, 'Complete', 'Failed'), 'cannot set Complete=True and Failed=true conditions'],
    [complete && failing && turned(status, old, 'Complete', 'FailureTarget'), 'cannot set Complete=True and FailureTarget=true conditions'],
    [failed && !failing && turned(status, old, 'Failed', 'FailureTarget'), 'cannot set Failed=True condition without the FailureTarget=true condition'],
    [
      complete && !met && turned(status, old, 'Complete', 'SuccessCriteriaMet'),
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [met && failed, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [met && failing, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
    [complete && !met && spec.successPolicy !== undefined, 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'],
  ]
  return rules.filter(([broken]) => broken).map(([, message]) => invalidOmitted(conditionsAt, message))
}

function validateTimes(status: JobStatus, old: JobStatus): FieldError[] {
  const { startTime, completionTime } = status
  const here = at.child('completionTime')
  const errors: FieldError[] = []
  if (turned(status, old, 'Complete') || changed(status, old, 'completionTime')) {
    if (completionTime && !has(status, 'Complete'))
      errors.push(invalidValue(here, completionTime, 'cannot set completionTime when there is no Complete=True condition'))
    if (!completionTime && has(status, 'Complete')) errors.push(required(here, 'completionTime is required for Complete jobs'))
  }
  if (startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime) && changed(status, old, 'startTime', 'completionTime'))
    errors.push(invalidValue(here, completionTime, 'must be equal to or after `startTime`'))
  return errors
}

function validateFinished(status: JobStatus, old: JobStatus): FieldError[] {
  const { active = 0, ready, terminating = 0, startTime, uncountedTerminatedPods: pods } = status
  const errors: FieldError[] = []
  if (ready !== undefined && ready > active && changed(status, old, 'ready', 'active'))
    errors.push(invalidValue(at.child('ready'), ready, 'cannot set more ready pods than active'))
  if (!isFinished(status)) return errors
  const begins = !isFinished(old)
  const told = (key: keyof JobStatus) => begins || changed(status, old, key)
  if (active > 0 && told('active')) errors.push(invalidValue(at.child('active'), active, 'active>0 is invalid for finished job'))
  if (!startTime && told('startTime')) errors.push(required(at.child('startTime'), 'startTime is required for finished job'))
  if ((pods?.failed ?? []).length + (pods?.succeeded ?? []).length > 0 && told('uncountedTerminatedPods'))
    errors.push(invalidValue(at.child('uncountedTerminatedPods'), internalForm(UncountedTerminatedPodsSchema, pods), 'must be empty for finished job'))
  if (terminating > 0 && told('terminating')) errors.push(invalidValue(at.child('terminating'), terminating, 'terminating>0 is invalid for finished job'))
  return errors
}

function validateIndexes({ spec, status }: Job, { status: old }: Job): FieldError[] {
  const { completions, completionMode, backoffLimitPerIndex } = spec
  const { completedIndexes: completed = '', failedIndexes: failed } = status
  const [completedAt, failedAt] = [at.child('completedIndexes'), at.child('failedIndexes')]
  const errors: FieldError[] = []
  if (changed(status, old, 'completedIndexes')) {
    const wrong = completions !== undefined && countIndexes(completed, completions)
    if (typeof wrong === 'string') errors.push(invalidValue(completedAt, completed, `error parsing completedIndexes: ${wrong}`))
    if (completed !== '' && completionMode !== 'Indexed')
      errors.push(invalidValue(completedAt, completed, 'cannot set non-empty completedIndexes when non-indexed completion mode'))
  }
  if (failed === undefined) return errors
  if (changed(status, old, 'failedIndexes')) {
    const wrong = completions !== undefined && backoffLimitPerIndex !== undefined && countIndexes(failed, completions)
    if (typeof wrong === 'string') errors.push(invalidValue(failedAt, failed, `error parsing failedIndexes: ${wrong}`))
    if (backoffLimitPerIndex === undefined) errors.push(invalidValue(failedAt, failed, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'))
  }
  if (completions === undefined || !changed(status, old, 'failedIndexes', 'completedIndexes')) return errors
  const both = overlapOf(completed, failed, completions)
  return both === undefined ? errors : [...errors, invalidValue(failedAt, failed, `failedIndexes and completedIndexes overlap at index: ${both}`)]
}

/** What was once so stays so. */
function validateTransition({ spec, status }: Job, { status: old }: Job): FieldError[] {
  const errors: FieldError[] = []
  for (const each of ['Failed', 'Complete', 'FailureTarget'] as const) {
    if (has(old, each) && !has(status, each)) errors.push(invalidOmitted(conditionsAt, `cannot disable the terminal ${each}=True condition`))
  }
  // An indexed job whose completions follow its parallelism can shrink.
  const shrinks = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if ((status.failed ?? 0) < (old.failed ?? 0)) errors.push(invalidValue(at.child('failed'), status.failed ?? 0, 'cannot decrease the failed counter'))
  if (!shrinks && (status.succeeded ?? 0) < (old.succeeded ?? 0))
    errors.push(invalidValue(at.child('succeeded'), status.succeeded ?? 0, 'cannot decrease the succeeded counter'))
  if (status.completionTime && old.completionTime && changed(status, old, 'completionTime'))
    errors.push(invalidValue(at.child('completionTime'), status.completionTime, immutableMessage))
  if (old.startTime && changed(status, old, 'startTime') && !spec.suspend)
    errors.push(invalidValue(at.child('startTime'), status.startTime ?? null, 'field is immutable for unsuspended job once set'))
  if (has(old, 'SuccessCriteriaMet') && !has(status, 'SuccessCriteriaMet'))
    errors.push(invalidOmitted(conditionsAt, 'cannot disable the SuccessCriteriaMet=True condition'))
  if (has(old, 'Complete') && !has(old, 'SuccessCriteriaMet') && has(status, 'SuccessCriteriaMet'))
    errors.push(invalidOmitted(conditionsAt, 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
  return errors
}
