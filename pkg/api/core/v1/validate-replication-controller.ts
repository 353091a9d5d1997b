/** Validation of replication controllers. */
import { type FieldError, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { ReplicationController, ReplicationControllerSpec } from '#api/gen/core/v1.ts'
import { nonNegative } from '../../checks.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'

const at = path('spec')

export function validateReplicationController(object: ReplicationController): FieldError[] {
  return validateWith(object)
}

export function validateReplicationControllerUpdate(object: ReplicationController, old: ReplicationController): FieldError[] {
  return validateWith(object, old)
}

function validateWith({ spec }: ReplicationController, old?: ReplicationController): FieldError[] {
  return [
    ...nonNegative(at.child('minReadySeconds'), spec.minReadySeconds),
    ...(Object.keys(spec.selector ?? {}).length === 0 ? [required(at.child('selector'))] : []),
    ...nonNegative(at.child('replicas'), spec.replicas),
    ...validateTemplate(spec, old?.spec),
  ]
}

function validateTemplate({ selector, template }: ReplicationControllerSpec, old?: ReplicationControllerSpec): FieldError[] {
  const here = at.child('template')
  if (!template) return [required(here)]
  const labels = template.metadata.labels
  const selected = Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value)
  const { restartPolicy = '', activeDeadlineSeconds } = template.spec
  return [
    ...(selected ? [] : [invalidValue(here.child('metadata', 'labels'), labels, '`selector` does not match template `labels`')]),
    ...validatePodTemplate(template, here, old?.template),
    ...(restartPolicy === 'Always' ? [] : [notSupported(here.child('spec', 'restartPolicy'), restartPolicy, ['Always'])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbiddenField(here.child('spec', 'activeDeadlineSeconds'), 'activeDeadlineSeconds in ReplicationController is not Supported')]),
  ]
}

const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const

export function validateReplicationControllerStatus({ status }: ReplicationController): FieldError[] {
  const here = path('status')
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
  return [
    ...(['replicas', ...counts, 'observedGeneration'] as const).flatMap((key) => nonNegative(here.child(key), status[key])),
    ...counts.filter((key) => (status[key] ?? 0) > replicas).map((key) => invalidValue(here.child(key), status[key], 'cannot be greater than status.replicas')),
    ...(availableReplicas > readyReplicas ? [invalidValue(here.child('availableReplicas'), availableReplicas, 'cannot be greater than readyReplicas')] : []),
  ]
}
