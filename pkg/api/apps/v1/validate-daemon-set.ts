/** Validation of daemon sets, and of controller revisions. */
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { ControllerRevision, DaemonSet, DaemonSetUpdateStrategy } from '#api/gen/apps/v1.ts'
import { immutable, isZeroIntOrPercent, nonNegative, nonNegativeIntOrPercent, percentAtMost100 } from '../../checks.ts'
import { nonNegatives, specAt, validateSelector, validateTemplate } from './validate-template.ts'

export function validateDaemonSet(object: DaemonSet): FieldError[] {
  return validateWith(object)
}

function validateWith({ spec }: DaemonSet, old?: DaemonSet): FieldError[] {
  return [
    ...validateSelector(spec, 'daemonset'),
    ...validateTemplate(spec, 'DaemonSet', old?.spec),
    ...nonNegatives(spec, specAt, ['minReadySeconds']),
    ...validateUpdateStrategy(spec.updateStrategy, specAt.child('updateStrategy')),
    ...nonNegatives(spec, specAt, ['revisionHistoryLimit']),
  ]
}

function validateUpdateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy, at: FieldPath): FieldError[] {
  if (type === 'OnDelete') return []
  if (type !== 'RollingUpdate') return [notSupported(at.child('type'), type ?? '', ['RollingUpdate', 'OnDelete'])]
  const here = at.child('rollingUpdate')
  if (!rollingUpdate) return [required(here)]
  const { maxUnavailable, maxSurge } = rollingUpdate
  const errors = [maxUnavailable, maxSurge].flatMap((value, position) => {
    const field = here.child(position === 0 ? 'maxUnavailable' : 'maxSurge')
    return [...nonNegativeIntOrPercent(field, value), ...percentAtMost100(field, value)]
  })
  if (isZeroIntOrPercent(maxUnavailable) && isZeroIntOrPercent(maxSurge)) errors.push(required(here.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0'))
  if (!isZeroIntOrPercent(maxUnavailable) && !isZeroIntOrPercent(maxSurge))
    errors.push(invalidValue(here.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero'))
  return errors
}

export function validateDaemonSetUpdate(object: DaemonSet, old: DaemonSet): FieldError[] {
  return [...validateWith(object, old), ...immutable(specAt.child('selector'), object.spec.selector, old.spec.selector)]
}

export function validateDaemonSetStatus({ status }: DaemonSet): FieldError[] {
  return nonNegatives(status, path('status'), [
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
}

export function validateControllerRevision({ data, revision }: ControllerRevision): FieldError[] {
  return [...(data === undefined || data === null ? [required(path('data'), 'data is mandatory')] : []), ...nonNegative(path('revision'), revision)]
}

export function validateControllerRevisionUpdate(object: ControllerRevision, old: ControllerRevision): FieldError[] {
  return [...validateControllerRevision(object), ...immutable(path('data'), object.data, old.data)]
}
