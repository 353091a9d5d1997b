/** What every workload's selector and pod template must be (pkg/apis/apps/validation). */
import { internalForm } from '#api/internal-form.ts'
import { LabelSelectorSchema } from '#apimachinery/gen/meta-v1.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { LabelSelector } from '#apimachinery/object.ts'
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { nonNegative } from '../../checks.ts'
import { validatePodTemplate } from '../../core/v1/pod-spec/validate.ts'
import { isEmptySelector, selects, validateLabelSelector } from '../../meta/labels.ts'

export const specAt = path('spec')
const selectorAt = specAt.child('selector')
export const templateAt = specAt.child('template')
const mismatch = '`selector` does not match template `labels`'

interface Workload {
  readonly selector?: LabelSelector
  readonly template: PodTemplateSpec
}

/** `owner` is how messages name the kind: "deployment". */
export function validateSelector({ selector }: Workload, owner: string): FieldError[] {
  if (!selector) return [required(selectorAt)]
  return [...validateLabelSelector(selector, selectorAt), ...notEmpty(selector, owner)]
}

export function notEmpty(selector: LabelSelector | undefined, owner: string): FieldError[] {
  return selector && isEmptySelector(selector)
    ? [invalidValue(selectorAt, internalForm(LabelSelectorSchema, selector), `empty selector is invalid for ${owner}`)]
    : []
}

/** Only a selector that is one can be held against labels. No selector at all selects nothing, and so is no empty one. */
export function isUsable(selector: LabelSelector | undefined): boolean {
  return validateLabelSelector(selector, selectorAt).length === 0
}

/** The template is looked at once the selector is one that can select; else upstream only says so, in words (`unusable`) of the kind's own. */
export function validateTemplateFor(
  workload: Workload,
  owner: string,
  unusable: string,
  old?: Workload,
  check: typeof validatePodTemplate = validatePodTemplate,
): FieldError[] {
  const { selector, template } = workload
  if (!isUsable(selector)) return [invalidValue(selectorAt, internalForm(LabelSelectorSchema, selector), unusable)]
  return [
    ...(isEmptySelector(selector) && selector ? [] : validateMatch(workload)),
    ...check(template, templateAt, old?.template),
    ...(owner === 'StatefulSet' ? [] : validateRestart(workload, owner)),
  ]
}

export function validateMatch({ selector, template }: Workload): FieldError[] {
  const labels = template.metadata.labels
  return selector && selects(selector, labels) ? [] : [invalidValue(templateAt.child('metadata', 'labels'), labels, mismatch)]
}

/** Pods of workloads run on until they are no longer wanted. */
export function validateRestart({ template: { spec } }: Workload, owner: string): FieldError[] {
  const here = templateAt.child('spec')
  return [
    ...(spec.restartPolicy === 'Always' ? [] : [notSupported(here.child('restartPolicy'), spec.restartPolicy ?? '', ['Always'])]),
    ...(spec.activeDeadlineSeconds === undefined
      ? []
      : [forbiddenField(here.child('activeDeadlineSeconds'), `activeDeadlineSeconds in ${owner} is not Supported`)]),
  ]
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
    .map((key) => invalidValue(at.child(key), counts[key] ?? 0, 'cannot be greater than status.replicas'))
}

export function noMoreReadyThanAvailable(
  { readyReplicas = 0, availableReplicas = 0 }: { readyReplicas?: number; availableReplicas?: number },
  at: FieldPath,
  than = 'readyReplicas',
): FieldError[] {
  return availableReplicas > readyReplicas ? [invalidValue(at.child('availableReplicas'), availableReplicas, `cannot be greater than ${than}`)] : []
}

/** Names of revisions are made with it: it only goes up. */
export function collisionsNotFewer(
  { collisionCount: now = 0 }: { collisionCount?: number },
  { collisionCount: before }: { collisionCount?: number },
): FieldError[] {
  return before !== undefined && now < before ? [invalidValue(path('status', 'collisionCount'), now, 'cannot be decremented')] : []
}
