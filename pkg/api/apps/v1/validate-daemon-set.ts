/** Validation of daemon sets, and of controller revisions. */
import { LabelSelectorSchema } from '#apimachinery/gen/meta-v1.ts'
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isObject } from '#apimachinery/json-value.ts'
import { type ControllerRevision, type DaemonSet, type DaemonSetUpdateStrategy, DaemonSetUpdateStrategySchema } from '#api/gen/apps/v1.ts'
import { immutable, isZeroIntOrPercent, nonNegative, nonNegativeIntOrPercent, percentAtMost100 } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { validatePodTemplate } from '../../core/v1/pod-spec/validate.ts'
import { validateLabelSelector } from '../../meta/labels.ts'
import { validateKindMeta } from '../../meta/validate-object-meta.ts'
import { nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { collisionsNotFewer, isUsable, nonNegatives, notEmpty, specAt, templateAt, validateMatch, validateRestart } from './validate-template.ts'

export function validateDaemonSet(object: DaemonSet): FieldError[] {
  return validateWith(object)
}

function validateWith({ spec }: DaemonSet, old?: DaemonSet): FieldError[] {
  return [
    ...validateLabelSelector(spec.selector, specAt.child('selector')),
    ...(isUsable(spec.selector) ? validateMatch(spec) : []),
    ...notEmpty(spec.selector, 'daemonset'),
    ...validatePodTemplate(spec.template, templateAt, old?.spec.template),
    ...validateRestart(spec, 'DaemonSet'),
    ...nonNegatives(spec, specAt, ['minReadySeconds']),
    ...validateUpdateStrategy(spec.updateStrategy, specAt.child('updateStrategy')),
    ...nonNegatives(spec, specAt, ['revisionHistoryLimit']),
  ]
}

function validateUpdateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy, at: FieldPath): FieldError[] {
  if (type === 'OnDelete') return []
  if (type !== 'RollingUpdate') return [notSupported(at, internalForm(DaemonSetUpdateStrategySchema, { type, rollingUpdate }), ['RollingUpdate', 'OnDelete'])]
  const here = at.child('rollingUpdate')
  if (!rollingUpdate) return [required(here)]
  const { maxUnavailable, maxSurge } = rollingUpdate
  const fields = [
    [here.child('maxUnavailable'), maxUnavailable],
    [here.child('maxSurge'), maxSurge],
  ] as const
  const errors = [nonNegativeIntOrPercent, percentAtMost100].flatMap((check) => fields.flatMap(([field, value]) => check(field, value)))
  if (isZeroIntOrPercent(maxUnavailable) && isZeroIntOrPercent(maxSurge)) errors.push(required(here.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0'))
  if (!isZeroIntOrPercent(maxUnavailable) && !isZeroIntOrPercent(maxSurge))
    errors.push(invalidValue(here.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'))
  return errors
}

export function validateDaemonSetUpdate(object: DaemonSet, old: DaemonSet): FieldError[] {
  return [...immutable(specAt.child('selector'), object.spec.selector, old.spec.selector, LabelSelectorSchema), ...validateWith(object, old)]
}

export function validateDaemonSetStatus({ status }: DaemonSet, old: DaemonSet): FieldError[] {
  const counts = nonNegatives(status, path('status'), [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ])
  return [...counts, ...collisionsNotFewer(status, old.status)]
}

export function validateControllerRevision({ data, revision }: ControllerRevision): FieldError[] {
  const at = path('data')
  const errors = nonNegative(path('revision'), revision)
  if (data === undefined || data === null) return [...errors, required(at, 'data is mandatory')]
  return isObject(data) ? errors : [...errors, required(at, 'data must be a valid JSON object')]
}

export function validateControllerRevisionUpdate(object: ControllerRevision, old: ControllerRevision): FieldError[] {
  return [
    ...validateKindMeta(object.metadata, true, nameIsDnsSubdomain),
    ...nonNegative(path('revision'), object.revision),
    ...immutable(path('data'), object.data, old.data),
  ]
}
