/** Validation of stateful sets. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import type { StatefulSet, StatefulSetSpec } from '#api/gen/apps/v1.ts'
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { complaints, isZeroIntOrPercent, nonNegative, nonNegativeIntOrPercent, percentAtMost100 } from '../../checks.ts'
import { validatePodAnnotations } from '../../core/v1/pod-spec/validate-annotations.ts'
import { whatBroke } from '../../core/v1/pod-spec/tolerance.ts'
import { validateTemplateMetadata } from '../../core/v1/pod-spec/validate.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { atMostReplicas, noMoreReadyThanAvailable, nonNegatives, specAt, validateSelector, validateTemplate } from './validate-template.ts'

const immutableSpec =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
const mutable = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
])

export function validateStatefulSet(object: StatefulSet): FieldError[] {
  return validateWith(object)
}

function validateWith({ spec }: StatefulSet, old?: StatefulSet): FieldError[] {
  const errors: FieldError[] = []
  const policyAt = specAt.child('podManagementPolicy')
  if (!spec.podManagementPolicy) errors.push(required(policyAt))
  else if (!['OrderedReady', 'Parallel'].includes(spec.podManagementPolicy))
    errors.push(invalidValue(policyAt, spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"))
  errors.push(
    ...validateUpdateStrategy(spec.updateStrategy, specAt.child('updateStrategy')),
    ...validateRetention(spec, specAt.child('persistentVolumeClaimRetentionPolicy')),
  )
  errors.push(...nonNegatives(spec, specAt, ['replicas', 'minReadySeconds']))
  if (spec.ordinals) errors.push(...nonNegative(specAt.child('ordinals', 'start'), spec.ordinals.start))
  errors.push(...validateSelector(spec, 'statefulset'), ...validateTemplate(spec, 'StatefulSet', old?.spec, templateMetadata))
  if (spec.serviceName) errors.push(...complaints(specAt.child('serviceName'), spec.serviceName, isDns1123Subdomain(spec.serviceName)))
  return errors
}

/** As upstream, which leaves the pod's spec to the pods: the volumes that it mounts may be of claim templates. */
function templateMetadata(template: PodTemplateSpec, at: FieldPath, old?: PodTemplateSpec): FieldError[] {
  const annotations = validatePodAnnotations(template.metadata.annotations, template.spec, at.child('annotations'), whatBroke(old))
  return [...validateTemplateMetadata(template, at), ...annotations]
}

function validateUpdateStrategy({ type, rollingUpdate }: StatefulSetSpec['updateStrategy'], at: FieldPath): FieldError[] {
  if (!type) return [required(at)]
  const here = at.child('rollingUpdate')
  if (type === 'OnDelete') return rollingUpdate ? [invalidValue(here, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")] : []
  if (type !== 'RollingUpdate') return [invalidValue(at, { type, ...(rollingUpdate ? { rollingUpdate } : {}) }, "must be 'RollingUpdate' or 'OnDelete'")]
  if (!rollingUpdate) return []
  const { partition, maxUnavailable } = rollingUpdate
  const errors = [...nonNegative(here.child('partition'), partition), ...nonNegativeIntOrPercent(here.child('maxUnavailable'), maxUnavailable)]
  if (maxUnavailable !== undefined && isZeroIntOrPercent(maxUnavailable)) errors.push(invalidValue(here.child('maxUnavailable'), maxUnavailable, 'cannot be 0'))
  return [...errors, ...percentAtMost100(here.child('maxUnavailable'), maxUnavailable)]
}

function validateRetention({ persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec, at: FieldPath): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((key) => {
    const value = policy?.[key]
    return value && !['Retain', 'Delete'].includes(value) ? [notSupported(at.child(key), value, ['Retain', 'Delete'])] : []
  })
}

export function validateStatefulSetUpdate(object: StatefulSet, old: StatefulSet): FieldError[] {
  const errors = validateWith(object, old)
  const fixed = (spec: StatefulSetSpec) => Object.fromEntries(Object.entries(spec).filter(([key]) => !mutable.has(key)))
  return semanticEqual(fixed(object.spec), fixed(old.spec)) ? errors : [...errors, forbiddenField(specAt, immutableSpec)]
}

export function validateStatefulSetStatus({ status }: StatefulSet): FieldError[] {
  const at = path('status')
  return [
    ...nonNegatives(status, at, [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ]),
    ...atMostReplicas(status, at, ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']),
    ...noMoreReadyThanAvailable(status, at),
  ]
}
