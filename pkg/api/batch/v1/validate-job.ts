/** Validation of jobs. */
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { Job, JobSpec } from '#api/gen/batch/v1.ts'
import { complaints, immutable, nonNegative, optionalOneOf } from '../../checks.ts'
import { validatePodTemplate } from '../../core/v1/pod-spec/validate.ts'
import { selects, validateLabelSelector } from '../../meta/labels.ts'

const specAt = path('spec')
const maxIndexedParallelism = 100_000
const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const

export function validateJob({ spec }: Job): FieldError[] {
  const errors = validateJobSpec(spec, specAt)
  if (!spec.selector) return [...errors, required(specAt.child('selector'))]
  errors.push(...validateLabelSelector(spec.selector, specAt.child('selector')))
  const labels = spec.template.metadata.labels
  if (!selects(spec.selector, labels))
    errors.push(invalidValue(specAt.child('template', 'metadata', 'labels'), labels, '`selector` does not match template `labels`'))
  return errors
}

/** What jobs and the templates of cron jobs have in common. */
export function validateJobSpec(spec: JobSpec, at: FieldPath): FieldError[] {
  const errors: FieldError[] = counts.flatMap((key) => nonNegative(at.child(key), spec[key]))
  errors.push(...validateIndexed(spec, at), ...validatePodTemplate(spec.template, at.child('template')), ...validateFailurePolicy(spec, at))
  const policyAt = at.child('template', 'spec', 'restartPolicy')
  const policy = spec.template.spec.restartPolicy
  if (policy !== 'OnFailure' && policy !== 'Never') errors.push(required(policyAt, 'valid values: "OnFailure", "Never"'))
  else if (spec.podFailurePolicy && policy !== 'Never')
    errors.push(invalidValue(policyAt, policy, 'only "Never" is supported when podFailurePolicy is specified'))
  if (spec.managedBy !== undefined && !spec.managedBy.includes('/'))
    errors.push(...complaints(at.child('managedBy'), spec.managedBy, ['must be a domain-prefixed path (such as "acme.io/foo")']))
  return [
    ...errors,
    ...optionalOneOf(at.child('podReplacementPolicy'), spec.podReplacementPolicy, spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']),
  ]
}

function validateIndexed({ completionMode, completions, parallelism, backoffLimitPerIndex, maxFailedIndexes }: JobSpec, at: FieldPath): FieldError[] {
  if (completionMode === undefined) return []
  if (completionMode !== 'NonIndexed' && completionMode !== 'Indexed')
    return [notSupported(at.child('completionMode'), completionMode, ['Indexed', 'NonIndexed'])]
  const errors: FieldError[] = []
  if (completionMode === 'Indexed') {
    if (completions === undefined) errors.push(required(at.child('completions'), 'when completion mode is Indexed'))
    if ((parallelism ?? 0) > maxIndexedParallelism)
      errors.push(invalidValue(at.child('parallelism'), parallelism, `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`))
  } else if (backoffLimitPerIndex !== undefined)
    errors.push(invalidValue(at.child('backoffLimitPerIndex'), backoffLimitPerIndex, 'requires indexed completion mode'))
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    errors.push(required(at.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'))
  return errors
}

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']

function validateFailurePolicy({ podFailurePolicy }: JobSpec, at: FieldPath): FieldError[] {
  return (podFailurePolicy?.rules ?? []).flatMap(({ action, onExitCodes, onPodConditions }, position) => {
    const here = at.child('podFailurePolicy', 'rules').index(position)
    const errors: FieldError[] = []
    if (!action) errors.push(required(here.child('action'), `valid values: ${JSON.stringify(actions)}`))
    else if (!actions.includes(action)) errors.push(notSupported(here.child('action'), action, actions))
    const patterns = onPodConditions ?? []
    if (onExitCodes && patterns.length > 0)
      errors.push(invalidValue(here, { action, onExitCodes, onPodConditions }, 'specifying both OnExitCodes and OnPodConditions is not supported'))
    if (!onExitCodes && patterns.length === 0)
      errors.push(invalidValue(here, { action, onExitCodes: null, onPodConditions: null }, 'specifying one of OnExitCodes and OnPodConditions is required'))
    if (onExitCodes) {
      if (!['In', 'NotIn'].includes(onExitCodes.operator))
        errors.push(notSupported(here.child('onExitCodes', 'operator'), onExitCodes.operator, ['In', 'NotIn']))
      if ((onExitCodes.values ?? []).length === 0)
        errors.push(invalidValue(here.child('onExitCodes', 'values'), onExitCodes.values, 'at least one value is required'))
    }
    return errors
  })
}

const fixed = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const

export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const {
    spec,
    spec: { template },
  } = job
  const errors = validateJob(job)
  const isElastic = old.spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!isElastic) errors.push(...immutable(specAt.child('completions'), spec.completions, old.spec.completions))
  errors.push(...immutable(specAt.child('selector'), spec.selector, old.spec.selector))
  const before = old.spec.suspend && !old.status.startTime ? withSchedulingOf(template, old.spec.template) : old.spec.template
  errors.push(...immutable(specAt.child('template'), template, before))
  return [...errors, ...fixed.flatMap((key) => immutable(specAt.child(key), spec[key], old.spec[key]))]
}

/** A suspended job that never started may still be told where its pods should go. */
function withSchedulingOf(template: JobSpec['template'], old: JobSpec['template']): JobSpec['template'] {
  const { affinity, nodeSelector, tolerations, schedulingGates } = template.spec
  return {
    ...old,
    metadata: { ...old.metadata, labels: template.metadata.labels, annotations: template.metadata.annotations },
    spec: { ...old.spec, affinity, nodeSelector, tolerations, schedulingGates },
  }
}
