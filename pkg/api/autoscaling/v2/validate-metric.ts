/** Validation of what an autoscaler goes by. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, nameIsPathSegment } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { CrossVersionObjectReference, MetricIdentifier, MetricSpec, MetricTarget } from '#api/gen/autoscaling/v2.ts'
import { complaints, requiredText } from '../../checks.ts'
import { validateContainerResourceName } from '../../core/v1/pod-spec/validate-resources.ts'

const sources = { ContainerResource: 'containerResource', External: 'external', Object: 'object', Pods: 'pods', Resource: 'resource' } as const
/** In the order in which upstream looks for them: the first is checked, the others are too many. */
const order = ['object', 'external', 'pods', 'resource', 'containerResource'] as const

/** What an apiVersion may be: anything where it was wrong before, or without a group where core kinds are meant. */
export type VersionRule = 'any' | 'core' | 'group'

export function validateReference({ kind, name, apiVersion = '' }: CrossVersionObjectReference, at: FieldPath, rule: VersionRule): FieldError[] {
  const errors = [['kind', kind] as const, ['name', name] as const].flatMap(([key, value]) =>
    value ? complaints(at.child(key), value, nameIsPathSegment(value, false)) : [required(at.child(key))],
  )
  const wrong = wrongVersion(apiVersion, rule)
  return wrong ? [...errors, invalidValue(at.child('apiVersion'), apiVersion, wrong)] : errors
}

export function wrongVersion(apiVersion: string, rule: VersionRule): string | undefined {
  if (rule === 'any') return undefined
  if (apiVersion.split('/').length > 2) return `unexpected GroupVersion string: ${apiVersion}`
  return rule === 'group' && !/^[^/]+\//.test(apiVersion) ? 'apiVersion must specify API group' : undefined
}

export function validateMetric(metric: MetricSpec, at: FieldPath, rule: VersionRule): FieldError[] {
  const type = metric.type ?? ''
  const errors = type ? [] : [required(at.child('type'), 'must specify a metric source type')]
  if (!(type in sources)) errors.push(notSupported(at.child('type'), type, Object.keys(sources)))
  const given = order.filter((key) => metric[key])
  if (given[0]) errors.push(...validateSource(metric, given[0], at.child(given[0]), rule))
  const expected: string | undefined = sources[type as keyof typeof sources]
  // Upstream tells of a type that is none twice.
  if (expected === undefined) errors.push(notSupported(at.child('type'), type, Object.keys(sources)))
  else if (!given.some((key) => key === expected)) errors.push(required(at.child(expected), 'must populate information for the given metric source'))
  if (given.length === 1) return errors
  return [...errors, ...given.filter((key) => key !== expected).map((key) => forbiddenField(at.child(key), 'must populate the given metric source only'))]
}

function validateSource(
  { object, external, pods, resource, containerResource }: MetricSpec,
  key: (typeof order)[number],
  at: FieldPath,
  rule: VersionRule,
): FieldError[] {
  const here = at.child('target')
  switch (key) {
    case 'object':
      return [
        ...validateReference(object!.describedObject, at.child('describedObject'), rule),
        ...validateIdentifier(object!.metric, at.child('metric')),
        ...validateTarget(object!.target, here),
        ...(hasNo(object!.target, 'value', 'averageValue') ? [required(here.child('averageValue'), 'must set either a target value or averageValue')] : []),
      ]
    case 'external':
      return [
        ...validateIdentifier(external!.metric, at.child('metric')),
        ...validateTarget(external!.target, here),
        ...validateOneOf(external!.target, 'value', 'averageValue', here, 'a target value for metric', 'a per-pod target'),
      ]
    case 'pods':
      return [
        ...validateIdentifier(pods!.metric, at.child('metric')),
        ...validateTarget(pods!.target, here),
        ...(pods!.target.averageValue !== undefined ? [] : [required(here.child('averageValue'), 'must specify a positive target averageValue')]),
      ]
    case 'containerResource':
      return [
        ...(containerResource!.name
          ? validateContainerResourceName(containerResource!.name, at.child('name'))
          : [required(at.child('name'), 'must specify a resource name')]),
        ...(containerResource!.container
          ? complaints(at.child('container'), containerResource!.container, isDns1123Label(containerResource!.container))
          : [required(at.child('container'), 'must specify a container')]),
        ...validateResourceTarget(containerResource!.target, here),
      ]
    default:
      return [...requiredText(at.child('name'), resource!.name, 'must specify a resource name'), ...validateResourceTarget(resource!.target, here)]
  }
}

function validateIdentifier({ name }: MetricIdentifier, at: FieldPath): FieldError[] {
  if (!name) return [required(at.child('name'), 'must specify a metric name')]
  return complaints(at.child('name'), name, nameIsPathSegment(name, false))
}

function validateResourceTarget(target: MetricTarget, at: FieldPath): FieldError[] {
  return [...validateTarget(target, at), ...validateOneOf(target, 'averageValue', 'averageUtilization', at, 'a target raw value', 'a target utilization')]
}

type Amount = 'value' | 'averageValue' | 'averageUtilization'

const hasNo = (target: MetricTarget, ...keys: readonly Amount[]): boolean => keys.every((key) => target[key] === undefined)

function validateOneOf(target: MetricTarget, first: Amount, second: Amount, at: FieldPath, firstName: string, secondName: string): FieldError[] {
  if (hasNo(target, first, second)) return [required(at.child(second), `must set either ${firstName} or ${secondName}`)]
  if (target[first] === undefined || target[second] === undefined) return []
  return [forbiddenField(at.child(first), `may not set both ${firstName} and ${secondName}`)]
}

const isPositive = (amount: string | undefined): boolean => amount !== undefined && Quantity.parse(amount).sign() > 0

function validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (!type) errors.push(required(at.child('type'), 'must specify a metric target type'))
  if (!['Utilization', 'Value', 'AverageValue'].includes(type ?? ''))
    errors.push(invalidValue(at.child('type'), type ?? '', 'must be either Utilization, Value, or AverageValue'))
  if (value !== undefined && !isPositive(value)) errors.push(invalidValue(at.child('value'), value, 'must be positive'))
  if (averageValue !== undefined && !isPositive(averageValue)) errors.push(invalidValue(at.child('averageValue'), averageValue, 'must be positive'))
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.push(invalidValue(at.child('averageUtilization'), averageUtilization, 'must be greater than 0'))
  return errors
}
