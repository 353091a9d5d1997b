/** Job. */
import { type Job, JobSchema, type JobSpec } from '#api/gen/batch/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { humanDuration } from '../../ages.ts'
import { ageColumn, nameColumn, templateColumns, text, wideText } from '../../columns.ts'
import { defaultPodTemplate } from '../../core/v1/pod-spec/defaults.ts'
import { clearStatus, updateSpec, updateStatus } from '../../doors.ts'
import { selectorCell } from '../../label-selector-text.ts'
import { generateSelector } from './job-selector.ts'
import { validateJobStatus } from './validate-job-status.ts'
import { validateJob, validateJobUpdate } from './validate-job.ts'
import { path } from '#apimachinery/field-error.ts'
import { nameWarnings } from '../../core/v1/pod-spec/warnings.ts'
import { jobSpecWarnings } from './warnings.ts'

export const job: ResourceDefinition<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  schema: JobSchema,
  defaults: (object) => {
    if (Object.keys(object.metadata.labels ?? {}).length === 0) {
      const labels = object.spec.template.metadata?.labels
      // One and the same map, as upstream: what a Job's pods are found by is put on the Job as well.
      if (labels && Object.keys(labels).length > 0) object.metadata.labels = labels
    }
    defaultJobSpec(object.spec)
  },
  create: {
    prepare: (object) => {
      object.metadata.generation = 1
      clearStatus(object, JobSchema)
      generateSelector(object)
    },
    validate: (job) => validateJob(job),
    warnings: ({ metadata, spec }) => [...nameWarnings(metadata.name, 'Pod names and hostnames'), ...jobSpecWarnings(spec, path('spec'))],
  },
  update: {
    prepare: updateSpec,
    validate: validateJob,
    validateChange: validateJobUpdate,
    looks: ['metadata', 'rules', 'metadata-change', 'changes'],
    warnings: ({ spec }, old) => jobSpecWarnings(spec, path('spec'), old.spec),
  },
  status: { prepare: updateStatus, validate: validateJobStatus },
  defaultPropagation: 'Orphan',
  defaultPropagationWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  allowUnconditionalUpdate: true,
  selectableFields: ({ status }) => ({ 'status.successful': String(status.succeeded ?? 0) }),
  columns: [
    nameColumn(),
    text('Status', state, 'Whether it runs, is done, or has failed.'),
    text('Completions', completions, 'How many pods have succeeded of those wanted.'),
    text('Duration', duration, 'How long it has run or did run.'),
    ageColumn(),
    ...templateColumns<Job>(({ spec }) => spec.template.spec.containers ?? []),
    wideText('Selector', ({ spec }) => selectorCell(spec.selector), 'Which pods are its own.'),
  ],
}

const unlimitedBackoff = 2 ** 31 - 1

export function defaultJobSpec(spec: JobSpec): void {
  defaultPodTemplate(spec.template)
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1
    spec.parallelism = 1
  }
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : unlimitedBackoff
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  spec.manualSelector ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
}

function state({ metadata, status }: Job): string {
  const has = (wanted: string) => status.conditions?.some(({ type, status }) => type === wanted && status === 'True') ?? false
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (metadata.deletionTimestamp) return 'Terminating'
  if (has('Suspended')) return 'Suspended'
  if (has('FailureTarget')) return 'FailureTarget'
  if (has('SuccessCriteriaMet')) return 'SuccessCriteriaMet'
  return 'Running'
}

function completions({ spec, status }: Job): string {
  const succeeded = status.succeeded ?? 0
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function duration({ status }: Job, now: number): string {
  if (!status.startTime) return ''
  const end = status.completionTime ? Date.parse(status.completionTime) : now
  return humanDuration(end - Date.parse(status.startTime))
}
