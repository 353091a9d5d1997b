/** Validation of cron jobs. */
import { internalForm } from '#api/internal-form.ts'
import { LabelSelectorSchema } from '#apimachinery/gen/meta-v1.ts'
import { type FieldError, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { CronJob } from '#api/gen/batch/v1.ts'
import { nonNegative, requiredOneOf } from '../../checks.ts'
import { scheduleError } from './cron-schedule.ts'
import { validateJobSpec } from './validate-job.ts'

const at = path('spec')
/** A job's name is the cron job's and eleven characters, and must fit a label. */
const maxNameLength = 52

export function validateCronJob(object: CronJob): FieldError[] {
  const { name = '' } = object.metadata
  const tooLong = name.length > maxNameLength ? [invalidValue(path('metadata', 'name'), name, `must be no more than ${maxNameLength} characters`)] : []
  return [...validateCronJobUpdate(object), ...tooLong]
}

export function validateCronJobUpdate({ spec }: CronJob, old?: CronJob): FieldError[] {
  const template = at.child('jobTemplate', 'spec')
  const { selector, manualSelector } = spec.jobTemplate.spec
  return [
    ...validateSchedule(spec, old?.spec),
    ...nonNegative(at.child('startingDeadlineSeconds'), spec.startingDeadlineSeconds),
    ...requiredOneOf(at.child('concurrencyPolicy'), spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...validateJobSpec(spec.jobTemplate.spec, template, old?.spec.jobTemplate.spec),
    ...(selector ? [invalidValue(template.child('selector'), internalForm(LabelSelectorSchema, selector), '`selector` will be auto-generated')] : []),
    ...(manualSelector ? [notSupported(template.child('manualSelector'), true, ['nil', 'false'])] : []),
    ...nonNegative(at.child('successfulJobsHistoryLimit'), spec.successfulJobsHistoryLimit),
    ...nonNegative(at.child('failedJobsHistoryLimit'), spec.failedJobsHistoryLimit),
  ]
}

/** A zone within the schedule stays where it was before there was a field for it. */
function validateSchedule({ schedule, timeZone }: CronJob['spec'], before: CronJob['spec'] | undefined): FieldError[] {
  const errors: FieldError[] = []
  const here = at.child('schedule')
  if (!schedule) errors.push(required(here))
  else {
    const wrong = scheduleError(schedule.replace(/^(CRON_)?TZ=\S+\s+/, ''))
    if (wrong) errors.push(invalidValue(here, schedule, wrong))
    const zoned = schedule.includes('TZ')
    if (zoned && !before?.schedule?.includes('TZ'))
      errors.push(invalidValue(here, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'))
    else if (zoned && timeZone !== undefined) errors.push(invalidValue(here, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'))
  }
  if (timeZone === undefined || timeZone === before?.timeZone) return errors
  if (timeZone === '') return [...errors, invalidValue(at.child('timeZone'), timeZone, 'timeZone must be nil or non-empty string')]
  if (timeZone.toLowerCase() === 'local')
    errors.push(invalidValue(at.child('timeZone'), timeZone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'))
  if (timeZone === 'Local') return errors
  return isTimeZone(timeZone) ? errors : [...errors, invalidValue(at.child('timeZone'), timeZone, `unknown time zone ${timeZone}`)]
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    // Zones are files to upstream, whose names are in capitals where they are; none is all small.
    return !/^[+-]/.test(name) && name !== name.toLowerCase()
  } catch {
    return false
  }
}
