/** Validation of jobs. */
import { LabelSelectorSchema } from '#apimachinery/gen/meta-v1.ts'
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required, tooLong } from '#apimachinery/field-error.ts'
import { isDns1123Label, isDomainPrefixedPath } from '#apimachinery/names.ts'
import { type Job, type JobSpec, JobSpecSchema } from '#api/gen/batch/v1.ts'
import { type Affinity, type Container, type NodeAffinity, PodSpecSchema, PodTemplateSpecSchema } from '#api/gen/core/v1.ts'
import { complaints, immutable, immutableMessage, nonNegative, optionalOneOf } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validatePodTemplate } from '../../core/v1/pod-spec/validate.ts'
import { selects, validateLabelSelector } from '../../meta/labels.ts'
import { validateFailurePolicy } from './validate-failure-policy.ts'
import { validateSuccessPolicy } from './validate-success-policy.ts'

const specAt = path('spec')
const maxManagerLength = 63
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

export function validateJob(job: Job, old?: Job): FieldError[] {
  return [...validateGeneratedSelector(job, old), ...validateWithSelector(job, old), ...validateHostnames(job)]
}

function validateWithSelector({ spec }: Job, old?: Job): FieldError[] {
  const errors = validateJobSpec(spec, specAt, old?.spec)
  const wrong = spec.selector ? validateLabelSelector(spec.selector, specAt.child('selector')) : [required(specAt.child('selector'))]
  errors.push(...wrong)
  const labels = spec.template.metadata.labels
  // One that cannot be read is not asked what it selects.
  if (spec.selector && (wrong.length > 0 || selects(spec.selector, labels))) return errors
  return [...errors, invalidValue(specAt.child('template', 'metadata', 'labels'), labels ?? null, '`selector` does not match template `labels`')]
}

/** The labels that the API server gave the template must still be there: its writer may have set others. */
function validateGeneratedSelector({ metadata, spec }: Job, old?: Job): FieldError[] {
  if (spec.manualSelector || !spec.selector) return []
  const at = specAt.child('template', 'metadata', 'labels')
  const labels = spec.template.metadata.labels ?? {}
  const expected: Record<string, string> = { 'controller-uid': metadata.uid, 'job-name': metadata.name, ...prefixedLabels(metadata, old) }
  const errors = metadata.uid ? [] : [required(path('metadata', 'uid'))]
  for (const [key, value] of Object.entries(expected)) {
    if (labels[key] === undefined) errors.push(required(at.key(key), `must be '${value}'`))
    else if (labels[key] !== value) errors.push(invalidValue(at.key(key), inOrder(labels), `must be '${value}'`))
  }
  return selects(spec.selector, expected)
    ? errors
    : [...errors, invalidValue(specAt.child('selector'), internalForm(LabelSelectorSchema, spec.selector), '`selector` not auto-generated')]
}

/** Jobs from before these labels need them no more than they did. */
function prefixedLabels({ uid, name }: Job['metadata'], old: Job | undefined): Record<string, string> {
  const prefixed = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name }
  const before = old?.spec.template.metadata.labels ?? {}
  return !old || Object.keys(prefixed).every((key) => before[key] !== undefined) ? prefixed : {}
}

function inOrder(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** An indexed job's pods are named after it and their index: the last must still be a host's name. */
function validateHostnames({ metadata, spec: { completionMode, completions = 0 } }: Job): FieldError[] {
  if (completionMode !== 'Indexed' || completions <= 0) return []
  const last = `${metadata.name}-${completions - 1}`
  if (isDns1123Label(last).length === 0) return []
  return [invalidValue(path('metadata', 'name'), metadata.name, `will not able to create pod with invalid DNS label: ${last}`)]
}

/** What jobs and the templates of cron jobs have in common. */
export function validateJobSpec(spec: JobSpec, at: FieldPath, old?: JobSpec): FieldError[] {
  return [
    ...counts.flatMap((key) => nonNegative(at.child(key), spec[key])),
    ...validateManagedBy(spec.managedBy, at.child('managedBy')),
    ...validateIndexed(spec, at),
    ...validateFailurePolicy(spec, at.child('podFailurePolicy')),
    ...validateSuccessPolicy(spec, at.child('successPolicy')),
    ...optionalOneOf(at.child('podReplacementPolicy'), spec.podReplacementPolicy, spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']),
    ...validatePodTemplate(spec.template, at.child('template'), old?.template),
    ...validateRestartPolicy(spec, at.child('template', 'spec', 'restartPolicy')),
  ]
}

function validateManagedBy(manager: string | undefined, at: FieldPath): FieldError[] {
  if (manager === undefined) return []
  const errors = manager === '' ? [required(at)] : complaints(at, manager, isDomainPrefixedPath(manager))
  return manager.length > maxManagerLength ? [...errors, tooLong(at, maxManagerLength)] : errors
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, at: FieldPath): FieldError[] {
  const policy = template.spec.restartPolicy
  if (!policy || policy === 'Always') return [required(at, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(at, policy, ['OnFailure', 'Never'])]
  if (!podFailurePolicy || policy === 'Never') return []
  return [invalidValue(at, policy, 'only "Never" is supported when podFailurePolicy is specified')]
}

const largeJob = 100_000
const largeJobLimit = 10_000
const withLimitPerIndex = `must be less than or equal to ${largeJobLimit} when completions are above ${largeJob} and used with backoff limit per index`

function validateIndexed(spec: JobSpec, at: FieldPath): FieldError[] {
  const { completionMode, completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes } = spec
  const errors: FieldError[] = []
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    errors.push(required(at.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'))
  if (completionMode !== undefined && completionMode !== 'NonIndexed' && completionMode !== 'Indexed')
    return [...errors, notSupported(at.child('completionMode'), completionMode, ['NonIndexed', 'Indexed'])]
  if (completionMode !== 'Indexed') {
    const unfit = (['backoffLimitPerIndex', 'maxFailedIndexes'] as const).filter((key) => spec[key] !== undefined)
    return [...errors, ...unfit.map((key) => invalidValue(at.child(key), spec[key], 'requires indexed completion mode'))]
  }
  if (completions === undefined) errors.push(required(at.child('completions'), 'when completion mode is Indexed'))
  if (parallelism > maxIndexedParallelism)
    errors.push(invalidValue(at.child('parallelism'), parallelism, `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`))
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions)
    errors.push(invalidValue(at.child('maxFailedIndexes'), maxFailedIndexes, 'must be less than or equal to completions'))
  if ((maxFailedIndexes ?? 0) > largeJob) errors.push(invalidValue(at.child('maxFailedIndexes'), maxFailedIndexes, `must be less than or equal to ${largeJob}`))
  if ((completions ?? 0) <= largeJob || backoffLimitPerIndex === undefined) return errors
  if (maxFailedIndexes === undefined) errors.push(required(at.child('maxFailedIndexes'), `must be specified when completions is above ${largeJob}`))
  else if (maxFailedIndexes > largeJobLimit) errors.push(invalidValue(at.child('maxFailedIndexes'), maxFailedIndexes, withLimitPerIndex))
  return parallelism > largeJobLimit ? [...errors, invalidValue(at.child('parallelism'), parallelism, withLimitPerIndex)] : errors
}

const fixed = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const

export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const { spec } = job
  // The spec, after the whole job, once more: upstream does both, and names each cause twice.
  const errors = validateWithSelector(job, old)
  errors.push(...validateCompletions(spec, old.spec, specAt.child('completions')))
  errors.push(...immutable(specAt.child('selector'), spec.selector, old.spec.selector, LabelSelectorSchema))
  errors.push(...validateTemplateUpdate(spec, old))
  return [...errors, ...fixed.flatMap((key) => fixedStays(key, spec, old.spec))]
}

function fixedStays(key: (typeof fixed)[number], spec: JobSpec, old: JobSpec): FieldError[] {
  if (semanticEqual(spec[key], old[key])) return []
  return [invalidValue(specAt.child(key), internalForm(JobSpecSchema.byName.get(key)!.type, spec[key]), immutableMessage)]
}

/** Of a suspended job whose controller has said so, only the pod's spec is looked at. */
function validateTemplateUpdate({ template }: JobSpec, { spec: old, status }: Job): FieldError[] {
  const isToldSo = (status.conditions ?? []).some((each) => each.type === 'Suspended' && each.status === 'True')
  const isIdle = old.suspend && isToldSo && (status.active ?? 0) === 0
  const before = isIdle ? withMutableOf(template, old.template) : old.template
  const at = specAt.child('template')
  if (semanticEqual(template, before, PodTemplateSpecSchema)) return []
  if (!isIdle) return [invalidValue(at, internalForm(PodTemplateSpecSchema, template), immutableMessage)]
  if (semanticEqual(template.spec, before.spec, PodSpecSchema)) return []
  return [invalidValue(specAt.child('template.spec'), internalForm(PodSpecSchema, template.spec), immutableMessage)]
}

/** An indexed job may grow and shrink, as long as it runs all its indexes at once (KEP-3715). */
function validateCompletions(spec: JobSpec, old: JobSpec, at: FieldPath): FieldError[] {
  if (spec.completionMode !== 'Indexed') return immutable(at, spec.completions, old.completions)
  if (spec.completions === old.completions || spec.completions === undefined || spec.completions === spec.parallelism) return []
  return [invalidValue(at, spec.completions, 'can only be modified in tandem with spec.parallelism')]
}

/**
 * A suspended job without pods may still be told where its pods should go, and what they need, even if it ran before
 * (MutableSchedulingDirectivesForSuspendedJobs, MutablePodResourcesForSuspendedJobs). Of affinity, that to nodes alone.
 */
function withMutableOf({ metadata, spec }: JobSpec['template'], old: JobSpec['template']): JobSpec['template'] {
  const { nodeSelector, tolerations, schedulingGates } = spec
  return {
    ...old,
    metadata: { ...old.metadata, labels: metadata.labels, annotations: metadata.annotations },
    spec: {
      ...old.spec,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: withNodeAffinity(old.spec.affinity, spec.affinity?.nodeAffinity),
      containers: withResources(old.spec.containers, spec.containers),
      initContainers: withResources(old.spec.initContainers, spec.initContainers),
    },
  }
}

function withNodeAffinity(affinity: Affinity | undefined, nodeAffinity: NodeAffinity | undefined): Affinity | undefined {
  const { nodeAffinity: _, ...others } = affinity ?? {}
  const whole = { ...others, ...(nodeAffinity ? { nodeAffinity } : {}) }
  return Object.keys(whole).length > 0 ? whole : undefined
}

function withResources(containers: Container[] = [], given: Container[] = []): Container[] {
  if (containers.length !== given.length) return containers
  return containers.map((container, position) => ({ ...container, resources: given[position]!.resources }))
}
