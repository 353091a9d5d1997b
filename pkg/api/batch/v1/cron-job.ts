/** CronJob. */
import { type CronJob, CronJobSchema } from '#api/gen/batch/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageOf } from '../../ages.ts'
import { ageColumn, integer, nameColumn, templateColumns, text, truth, wideText } from '../../columns.ts'
import { path } from '#apimachinery/field-error.ts'
import { nameWarnings } from '../../core/v1/pod-spec/warnings.ts'
import { jobSpecWarnings } from './warnings.ts'
import { defaultPodTemplate } from '../../core/v1/pod-spec/defaults.ts'
import { startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { selectorCell } from '../../label-selector-text.ts'
import { validateCronJob, validateCronJobUpdate } from './validate-cron-job.ts'

export const cronJob: ResourceDefinition<CronJob> = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: CronJobSchema,
  defaults: ({ spec }) => defaultCronJob(spec),
  create: { prepare: startFresh(CronJobSchema), validate: validateCronJob, warnings: (object) => cronJobWarnings(object) },
  update: { prepare: updateSpec, validate: validateCronJobUpdate, warnings: cronJobWarnings },
  status: { prepare: updateStatus, looks: [] },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Schedule', ({ spec }) => spec.schedule, 'When it runs.'),
    text('Timezone', ({ spec }) => spec.timeZone ?? '<none>', 'The time zone of the schedule.'),
    truth('Suspend', ({ spec }) => (spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False'), 'Whether it is paused.'),
    integer('Active', ({ status }) => status.active?.length ?? 0, 'How many of its jobs run.'),
    text('Last Schedule', ({ status }, now) => (status.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>'), 'When it last started a job.'),
    ageColumn(),
    ...templateColumns<CronJob>(({ spec }) => spec.jobTemplate.spec.template.spec.containers ?? []),
    wideText('Selector', ({ spec }) => selectorCell(spec.jobTemplate.spec.selector), "Which pods are its jobs' own."),
  ],
}

function cronJobWarnings({ metadata, spec: { jobTemplate, schedule } }: CronJob, old?: CronJob): string[] {
  return [
    ...(old ? [] : nameWarnings(metadata.name, 'Pod names and hostnames')),
    ...jobSpecWarnings(jobTemplate.spec, path('spec', 'jobTemplate', 'spec'), old?.spec.jobTemplate.spec),
    // The path is upstream's.
    ...(schedule.includes('TZ') ? [`cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see ${timeZones} for more details`] : []),
  ]
}

const timeZones = 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones'

/** The job template gets the defaults of a pod template alone: a job's own come when it is made. */
function defaultCronJob(spec: CronJob['spec']): void {
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  defaultPodTemplate(spec.jobTemplate.spec.template)
  for (const rule of spec.jobTemplate.spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
}
