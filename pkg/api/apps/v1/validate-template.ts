/** What every workload's selector and pod template must be (pkg/apis/apps/validation). */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { LabelSelector } from '#apimachinery/object.ts'
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { nonNegative } from '../../checks.ts'
import { validatePodTemplate } from '../../core/v1/pod-spec/validate.ts'
import { isEmptySelector, selects, validateLabelSelector } from '../../meta/labels.ts'

export const specAt = path('spec')
const mismatch = '`selector` does not match template `labels`'

interface Workload {
  readonly selector?: LabelSelector
  readonly template: PodTemplateSpec
}

/** `owner` is how messages name the kind: "deployment", "ReplicaSet". */
export function validateSelector({ selector }: Workload, owner: string): FieldError[] {
  const here = specAt.child('selector')
  if (!selector) return [required(here)]
  const errors = validateLabelSelector(selector, here)
  return isEmptySelector(selector) ? [...errors, invalidValue(here, selector, `empty selector is invalid for ${owner}`)] : errors
}

/** `old`: the workload before an update; what its template broke already it may go on breaking. */
export function validateTemplate(
  { selector, template }: Workload,
  owner: string,
  old?: Workload,
  check: typeof validatePodTemplate = validatePodTemplate,
): FieldError[] {
  const here = specAt.child('template')
  const errors: FieldError[] = []
  const labels = template.metadata.labels
  // No selector at all selects nothing, and so is no empty one.
  if (!selector || (!isEmptySelector(selector) && !selects(selector, labels))) errors.push(invalidValue(here.child('metadata', 'labels'), labels, mismatch))
  errors.push(...check(template, here, old?.template))
  if (template.spec.restartPolicy !== 'Always') errors.push(notSupported(here.child('spec', 'restartPolicy'), template.spec.restartPolicy ?? '', ['Always']))
  if (template.spec.activeDeadlineSeconds !== undefined)
    errors.push(forbiddenField(here.child('spec', 'activeDeadlineSeconds'), `activeDeadlineSeconds in ${owner} is not Supported`))
  return errors
}

/** Each of these must not be below zero. */
export function nonNegatives(object: object, at: FieldPath, keys: readonly string[]): FieldError[] {
  return keys.flatMap((key) => nonNegative(at.child(key), (object as Record<string, number | undefined>)[key]))
}

/** No more pods can be ready, say, than there are. */
export function atMostReplicas(status: object, at: FieldPath, keys: readonly string[]): FieldError[] {
  const counts = status as Record<string, number | undefined>
  return keys
    .filter((key) => (counts[key] ?? 0) > (counts.replicas ?? 0))
    .map((key) => invalidValue(at.child(key), counts[key], 'cannot be greater than status.replicas'))
}

export function noMoreReadyThanAvailable(
  { readyReplicas = 0, availableReplicas = 0 }: { readyReplicas?: number; availableReplicas?: number },
  at: FieldPath,
): FieldError[] {
  return availableReplicas > readyReplicas ? [invalidValue(at.child('availableReplicas'), availableReplicas, 'cannot be greater than readyReplicas')] : []
}
