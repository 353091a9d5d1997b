/** Validation of autoscalers. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { nameIsPathSegment } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { CrossVersionObjectReference, HorizontalPodAutoscaler, HPAScalingRules, MetricSpec, MetricTarget } from '#api/gen/autoscaling/v2.ts'
import { complaints, nonNegative, optionalOneOf } from '../../checks.ts'

const at = path('spec')
const sources = { Object: 'object', Pods: 'pods', Resource: 'resource', ContainerResource: 'containerResource', External: 'external' } as const
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

function validateReference({ kind, name }: CrossVersionObjectReference, at: FieldPath): FieldError[] {
  return [['kind', kind] as const, ['name', name] as const].flatMap(([key, value]) =>
    value ? complaints(at.child(key), value, nameIsPathSegment(value, false)) : [required(at.child(key))],
  )
}

function validateMetric(metric: MetricSpec, at: FieldPath): FieldError[] {
  if (!metric.type) return [required(at.child('type'), 'must specify a metric source type')]
  if (!(metric.type in sources)) return [notSupported(at.child('type'), metric.type, Object.keys(sources).sort())]
  const expected = sources[metric.type as keyof typeof sources]
  const given = Object.values(sources).filter((key) => metric[key])
  if (!given.includes(expected)) return [required(at.child(expected), 'must populate information for the given metric source')]
  const errors = given.filter((key) => key !== expected).map((key) => forbiddenField(at.child(key), 'must populate the given metric source only'))
  const here = at.child(expected)
  const { resource, containerResource, pods, object, external } = metric
  const source = (resource ?? containerResource ?? pods ?? object ?? external)!
  for (const named of [resource, containerResource]) if (named && !named.name) errors.push(required(here.child('name'), 'must specify a resource name'))
  if (containerResource && !containerResource.container) errors.push(required(here.child('container'), 'must specify a container'))
  for (const each of [pods, object, external]) if (each && !each.metric.name) errors.push(required(here.child('metric', 'name'), 'must specify a metric name'))
  if (object) errors.push(...validateReference(object.describedObject, here.child('describedObject')))
  return [...errors, ...validateTarget(source.target, here.child('target'))]
}

function validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (!type) errors.push(required(at.child('type'), 'must specify a metric target type'))
  else if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    errors.push(invalidValue(at.child('type'), type, 'must be either Utilization, Value, or AverageValue'))
  for (const [key, amount] of [
    ['value', value],
    ['averageValue', averageValue],
  ] as const) {
    if (amount !== undefined && Quantity.parse(amount).sign() <= 0) errors.push(invalidValue(at.child(key), amount, 'must be positive'))
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.push(invalidValue(at.child('averageUtilization'), averageUtilization, 'must be greater than 0'))
  if (value === undefined && averageValue === undefined && averageUtilization === undefined)
    errors.push(required(at.child('averageUtilization'), 'must set either a target raw value or a target utilization'))
  return errors
}

function validateRules({ stabilizationWindowSeconds: window, selectPolicy, policies }: HPAScalingRules, at: FieldPath): FieldError[] {
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
  return errors
}
