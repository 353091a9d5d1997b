/** Validation of replication controllers. */
import { type FieldError, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import type { ReplicationController } from '#api/gen/core/v1.ts'
import { nonNegative } from '../../checks.ts'
import { validateLabels } from '../../meta/labels.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'

export function validateReplicationController({ spec: { replicas, minReadySeconds, selector, template } }: ReplicationController): FieldError[] {
  const at = path('spec')
  const errors = [...nonNegative(at.child('minReadySeconds'), minReadySeconds), ...nonNegative(at.child('replicas'), replicas)]
  if (Object.keys(selector ?? {}).length === 0) errors.push(required(at.child('selector')))
  errors.push(...validateLabels(selector, at.child('selector')))
  if (!template) return [...errors, required(at.child('template'))]
  const labels = template.metadata.labels
  if (!Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value)) {
    errors.push(invalidValue(at.child('template', 'metadata', 'labels'), labels, '`selector` does not match template `labels`'))
  }
  errors.push(...validatePodTemplate(template, at.child('template')))
  if (template.spec.restartPolicy !== 'Always')
    errors.push(notSupported(at.child('template', 'spec', 'restartPolicy'), template.spec.restartPolicy ?? '', ['Always']))
  return errors
}
