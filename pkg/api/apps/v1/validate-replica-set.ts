/** Validation of replica sets. */
import { LabelSelectorSchema } from '#apimachinery/gen/meta-v1.ts'
import { type FieldError, path } from '#apimachinery/field-error.ts'
import type { ReplicaSet } from '#api/gen/apps/v1.ts'
import { immutable } from '../../checks.ts'
import { atMostReplicas, noMoreReadyThanAvailable, nonNegatives, specAt, validateSelector, validateTemplateFor } from './validate-template.ts'

export function validateReplicaSet(object: ReplicaSet): FieldError[] {
  return validateWith(object)
}

function validateWith({ spec }: ReplicaSet, old?: ReplicaSet): FieldError[] {
  return [
    ...nonNegatives(spec, specAt, ['replicas', 'minReadySeconds']),
    ...validateSelector(spec, 'deployment'),
    ...validateTemplateFor(spec, 'ReplicaSet', 'invalid label selector', old?.spec),
  ]
}

export function validateReplicaSetUpdate(object: ReplicaSet, old: ReplicaSet): FieldError[] {
  return [...validateWith(object, old), ...immutable(specAt.child('selector'), object.spec.selector, old.spec.selector, LabelSelectorSchema)]
}

const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']

export function validateReplicaSetStatus({ status }: ReplicaSet): FieldError[] {
  const at = path('status')
  return [
    ...nonNegatives(status, at, ['replicas', ...counts, 'observedGeneration', 'terminatingReplicas']),
    ...atMostReplicas(status, at, counts),
    ...noMoreReadyThanAvailable(status, at),
  ]
}
