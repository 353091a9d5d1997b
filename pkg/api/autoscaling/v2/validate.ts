/** Validation of autoscalers. */
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { HorizontalPodAutoscaler, HPAScalingRules } from '#api/gen/autoscaling/v2.ts'
import { nonNegative, optionalOneOf } from '../../checks.ts'
import { validateMetric, validateReference } from './validate-metric.ts'

const at = path('spec')
const maxPeriodSeconds = 1800
const maxStabilizationSeconds = 3600

export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const errors: FieldError[] = []
  const { minReplicas, maxReplicas = 0 } = spec
  if (minReplicas !== undefined && minReplicas < 1) errors.push(invalidValue(at.child('minReplicas'), minReplicas, 'must be greater than or equal to 1'))
  if (maxReplicas < 1) errors.push(invalidValue(at.child('maxReplicas'), maxReplicas, 'must be greater than 0'))
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(invalidValue(at.child('maxReplicas'), maxReplicas, 'must be greater than or equal to `minReplicas`'))
  errors.push(...validateReference(spec.scaleTargetRef, at.child('scaleTargetRef')))
  for (const [position, metric] of (spec.metrics ?? []).entries()) errors.push(...validateMetric(metric, at.child('metrics').index(position)))
  for (const key of ['scaleUp', 'scaleDown'] as const) if (spec.behavior?.[key]) errors.push(...validateRules(spec.behavior[key], at.child('behavior', key)))
  return errors
}

export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return (['currentReplicas', 'desiredReplicas'] as const).flatMap((key) => nonNegative(path('status', key), status[key]))
}

function validateRules({ stabilizationWindowSeconds: window, selectPolicy, policies, tolerance }: HPAScalingRules, at: FieldPath): FieldError[] {
  const errors = [
    ...nonNegative(at.child('stabilizationWindowSeconds'), window),
    ...optionalOneOf(at.child('selectPolicy'), selectPolicy, ['Disabled', 'Max', 'Min']),
  ]
  if (window !== undefined && window > maxStabilizationSeconds)
    errors.push(invalidValue(at.child('stabilizationWindowSeconds'), window, `must be less than or equal to ${maxStabilizationSeconds}`))
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
