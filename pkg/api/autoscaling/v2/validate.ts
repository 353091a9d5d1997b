/** Validation of autoscalers. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, HPAScalingRules } from '#api/gen/autoscaling/v2.ts'
import { nonNegative, optionalOneOf } from '../../checks.ts'
import { type VersionRule, validateMetric, validateReference, wrongVersion } from './validate-metric.ts'

const at = path('spec')
const maxPeriodSeconds = 1800
const maxStabilizationSeconds = 3600

export function validateAutoscaler({ spec }: HorizontalPodAutoscaler, old?: HorizontalPodAutoscaler): FieldError[] {
  const errors: FieldError[] = []
  const { minReplicas, maxReplicas = 0 } = spec
  // Scaling to zero is a feature that is off: only who had it before may keep it.
  const least = old?.spec.minReplicas === 0 ? 0 : 1
  if (minReplicas !== undefined && minReplicas < least)
    errors.push(invalidValue(at.child('minReplicas'), minReplicas, `must be greater than or equal to ${least}`))
  if (maxReplicas === 0) errors.push(required(at.child('maxReplicas'), 'must be set and greater than 0'))
  else if (maxReplicas < 1) errors.push(invalidValue(at.child('maxReplicas'), maxReplicas, 'must be greater than or equal to 1'))
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(invalidValue(at.child('maxReplicas'), maxReplicas, 'must be greater than or equal to `minReplicas`'))
  errors.push(...validateReference(spec.scaleTargetRef, at.child('scaleTargetRef'), targetRule(spec, old?.spec)))
  const rule = (old?.spec.metrics ?? []).some(({ object }) => object && wrongVersion(object.describedObject.apiVersion ?? '', 'core')) ? 'any' : 'core'
  for (const [position, metric] of (spec.metrics ?? []).entries()) errors.push(...validateMetric(metric, at.child('metrics').index(position), rule))
  if (minReplicas === 0 && !(spec.metrics ?? []).some(({ type }) => type === 'Object' || type === 'External'))
    errors.push(forbiddenField(at.child('metrics'), 'must specify at least one Object or External metric to support scaling to zero replicas'))
  for (const key of ['scaleUp', 'scaleDown'] as const) if (spec.behavior?.[key]) errors.push(...validateRules(spec.behavior[key], at.child('behavior', key)))
  return errors
}

/** Replication controllers alone are scaled without a group; what is not changed is not looked at again. */
function targetRule({ scaleTargetRef: now }: HorizontalPodAutoscalerSpec, old: HorizontalPodAutoscalerSpec | undefined): VersionRule {
  if (old && (old.scaleTargetRef.apiVersion ?? '') === (now.apiVersion ?? '') && old.scaleTargetRef.kind === now.kind) return 'any'
  return now.kind === 'ReplicationController' ? 'core' : 'group'
}

export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return (['currentReplicas', 'desiredReplicas'] as const).flatMap((key) => nonNegative(path('status', key), status[key]))
}

function validateRules({ stabilizationWindowSeconds: window, selectPolicy, policies, tolerance }: HPAScalingRules, at: FieldPath): FieldError[] {
  const errors = [
    ...(window !== undefined && window < 0 ? [invalidValue(at.child('stabilizationWindowSeconds'), window, 'must be greater than or equal to zero')] : []),
    ...(window !== undefined && window > maxStabilizationSeconds
      ? [invalidValue(at.child('stabilizationWindowSeconds'), window, `must be less than or equal to ${maxStabilizationSeconds}`)]
      : []),
    ...optionalOneOf(at.child('selectPolicy'), selectPolicy, ['Disabled', 'Max', 'Min']),
  ]
  if ((policies ?? []).length === 0) errors.push(required(at.child('policies'), 'must specify at least one Policy'))
  for (const [position, { type, value, periodSeconds }] of (policies ?? []).entries()) {
    const here = at.child('policies').index(position)
    if (!['Pods', 'Percent'].includes(type)) errors.push(notSupported(here.child('type'), type, ['Percent', 'Pods']))
    if (!(value > 0)) errors.push(invalidValue(here.child('value'), value ?? 0, 'must be greater than zero'))
    if (!(periodSeconds > 0)) errors.push(invalidValue(here.child('periodSeconds'), periodSeconds ?? 0, 'must be greater than zero'))
    if (periodSeconds > maxPeriodSeconds)
      errors.push(invalidValue(here.child('periodSeconds'), periodSeconds, `must be less than or equal to ${maxPeriodSeconds}`))
  }
  if (tolerance !== undefined && Quantity.parse(tolerance).sign() < 0)
    errors.push(invalidValue(at.child('tolerance'), tolerance, 'must be greater than or equal to 0'))
  return errors
}
