/** Validation of stateful sets. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isDns1123Label } from '#apimachinery/names.ts'
import {
  StatefulSetSpecSchema,
  RollingUpdateStatefulSetStrategySchema,
  type StatefulSet,
  type StatefulSetSpec,
  StatefulSetUpdateStrategySchema,
} from '#api/gen/apps/v1.ts'
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { complaints, isZeroIntOrPercent, nonNegative, nonNegativeIntOrPercent, percentAtMost100 } from '../../checks.ts'
import { validateClaimSpec } from '../../core/v1/persistent-volume-claim/validate-spec.ts'
import { validatePodAnnotations } from '../../core/v1/pod-spec/validate-annotations.ts'
import { whatBroke } from '../../core/v1/pod-spec/tolerance.ts'
import { validatePodTemplate, validateTemplateMetadata } from '../../core/v1/pod-spec/validate.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import {
  atMostReplicas,
  collisionsNotFewer,
  noMoreReadyThanAvailable,
  nonNegatives,
  specAt,
  validateRestart,
  validateSelector,
  validateTemplateFor,
} from './validate-template.ts'

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

export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  return validateWith(spec)
}

/** What cannot be changed any more may be what it was. */
function validateWith(spec: StatefulSetSpec, old?: StatefulSetSpec): FieldError[] {
  const tolerated = old !== undefined && validateOwn(old, old, validatePodTemplate).length > 0
  return validateOwn(spec, old, tolerated ? () => [] : validatePodTemplate)
}

function validateOwn(spec: StatefulSetSpec, old: StatefulSetSpec | undefined, check: typeof validatePodTemplate): FieldError[] {
  return [
    ...validatePodManagement(spec.podManagementPolicy, specAt.child('podManagementPolicy')),
    ...validateUpdateStrategy(spec.updateStrategy, specAt.child('updateStrategy')),
    ...validateRetention(spec, specAt.child('persistentVolumeClaimRetentionPolicy')),
    ...(old ? [] : validateClaims(spec)),
    ...nonNegatives(spec, specAt, ['replicas', 'minReadySeconds']),
    ...(spec.ordinals ? nonNegative(specAt.child('ordinals', 'start'), spec.ordinals.start) : []),
    ...(spec.serviceName && !old ? complaints(specAt.child('serviceName'), spec.serviceName, isDns1123Label(spec.serviceName)) : []),
    ...validateSelector(spec, 'statefulset'),
    ...validateTemplateFor({ ...spec, template: asOfItsPods(spec) }, 'StatefulSet', '', old, (template, at, before) => [
      ...check(template, at, before),
      ...validateTemplateMetadata(template, at),
      ...validatePodAnnotations(template.metadata.annotations, template.spec, at.child('annotations'), whatBroke(before)),
    ]),
    ...validateRestart(spec, 'StatefulSet'),
  ]
}

function validatePodManagement(policy: string | undefined, at: FieldPath): FieldError[] {
  if (!policy) return [required(at)]
  return ['OrderedReady', 'Parallel'].includes(policy) ? [] : [invalidValue(at, policy, "must be 'OrderedReady' or 'Parallel'")]
}

function validateClaims({ volumeClaimTemplates: claims }: StatefulSetSpec): FieldError[] {
  return (claims ?? []).flatMap(({ spec }, position) => validateClaimSpec(spec, specAt.child('volumeClaimTemplates').index(position).child('spec')))
}

/** The template with what the controller puts into each pod: names of the set's own, and a volume for each claim. */
function asOfItsPods({ template, volumeClaimTemplates: claims = [] }: StatefulSetSpec): PodTemplateSpec {
  const { subdomain: _, hostname: __, ...spec } = template.spec
  const names = [...new Set(claims.map(({ metadata }) => metadata.name))]
  const others = (spec.volumes ?? []).filter(({ name }) => !names.includes(name))
  const volumes = [...names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), ...others]
  return { ...template, spec: { ...spec, ...(claims.length > 0 ? { volumes } : {}) } }
}

function validateUpdateStrategy({ type, rollingUpdate }: StatefulSetSpec['updateStrategy'], at: FieldPath): FieldError[] {
  if (!type) return [required(at)]
  const here = at.child('rollingUpdate')
  if (type === 'OnDelete')
    return rollingUpdate
      ? [invalidValue(here, internalForm(RollingUpdateStatefulSetStrategySchema, rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")]
      : []
  if (type !== 'RollingUpdate')
    return [invalidValue(at, internalForm(StatefulSetUpdateStrategySchema, { type, rollingUpdate }), "must be 'RollingUpdate' or 'OnDelete'")]
  if (!rollingUpdate) return []
  const { partition, maxUnavailable } = rollingUpdate
  const errors = [...nonNegative(here.child('partition'), partition), ...nonNegativeIntOrPercent(here.child('maxUnavailable'), maxUnavailable)]
  if (maxUnavailable !== undefined && isZeroIntOrPercent(maxUnavailable)) errors.push(invalidValue(here.child('maxUnavailable'), maxUnavailable, 'cannot be 0'))
  return [...errors, ...percentAtMost100(here.child('maxUnavailable'), maxUnavailable)]
}

function validateRetention({ persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec, at: FieldPath): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((key) => {
    const value = policy?.[key]
    return policy && !['Retain', 'Delete'].includes(value ?? '') ? [notSupported(at.child(key), value ?? '', ['Retain', 'Delete'])] : []
  })
}

export function validateStatefulSetUpdate(object: StatefulSet, old: StatefulSet): FieldError[] {
  const errors = validateWith(object.spec, old.spec)
  const fixed = (spec: StatefulSetSpec) => Object.fromEntries(Object.entries(spec).filter(([key]) => !mutable.has(key)))
  return semanticEqual(fixed(object.spec), fixed(old.spec), StatefulSetSpecSchema) ? errors : [...errors, forbiddenField(specAt, immutableSpec)]
}

export function validateStatefulSetStatus({ status }: StatefulSet, old: StatefulSet): FieldError[] {
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
    ...noMoreReadyThanAvailable(status, at, 'status.readyReplicas'),
    ...collisionsNotFewer(status, old.status),
  ]
}
