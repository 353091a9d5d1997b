/** Validation of cron jobs. */
import { type FieldError, invalidValue, path, required } from '#apimachinery/field-error.ts'
import type { CronJob } from '#api/gen/batch/v1.ts'
import { nonNegative, requiredOneOf } from '../../checks.ts'
import { scheduleError } from './cron-schedule.ts'
import { validateJobSpec } from './validate-job.ts'

const at = path('spec')
/** A job's name is the cron job's and eleven characters, and must fit a label. */
const maxNameLength = 52

export function validateCronJob({ metadata, spec }: CronJob): FieldError[] {
  const errors = validateSchedule(spec)
  for (const key of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const)
    errors.push(...nonNegative(at.child(key), spec[key]))
  errors.push(...requiredOneOf(at.child('concurrencyPolicy'), spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']))
  const template = at.child('jobTemplate', 'spec')
  errors.push(...validateJobSpec(spec.jobTemplate.spec, template))
  if (spec.jobTemplate.spec.manualSelector)
    errors.push({
      reason: 'FieldValueNotSupported',
      field: template.child('manualSelector').toString(),
      message: 'Unsupported value: true: supported values: "nil", "false"',
    })
  if (metadata.name.length > maxNameLength)
    errors.push(invalidValue(path('metadata', 'name'), metadata.name, `must be no more than ${maxNameLength} characters`))
  return errors
}

function validateSchedule({ schedule, timeZone }: CronJob['spec']): FieldError[] {
  const errors: FieldError[] = []
  const here = at.child('schedule')
  if (!schedule) errors.push(required(here))
  else if (/TZ=/.test(schedule)) errors.push(invalidValue(here, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'))
  else {
    const wrong = scheduleError(schedule)
    if (wrong) errors.push(invalidValue(here, schedule, wrong))
  }
  if (timeZone === undefined) return errors
  if (timeZone === '') return [...errors, invalidValue(at.child('timeZone'), timeZone, 'timeZone must be nil or non-empty string')]
  if (timeZone.toLowerCase() === 'local')
    return [...errors, invalidValue(at.child('timeZone'), timeZone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')]
  return isTimeZone(timeZone) ? errors : [...errors, invalidValue(at.child('timeZone'), timeZone, `unknown time zone ${timeZone}`)]
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return !/^[+-]/.test(name)
  } catch {
    return false
  }
}
