/** Metrics in the words of autoscaling/v1, which has them in annotations alone: names and targets are fields side by side. */
import type { MetricSpec as MetricSpecV1, MetricStatus as MetricStatusV1 } from '#api/gen/autoscaling/v1.ts'
import type { MetricSpec, MetricStatus, MetricTarget } from '#api/gen/autoscaling/v2.ts'

/** Quantities that v1 has always. */
const nothing = '0'

export function metricToV1({ type, object, pods, resource, containerResource, external }: MetricSpec): MetricSpecV1 {
  return defined({
    type,
    object: object && {
      ...namedMetric(object.metric),
      target: object.describedObject,
      targetValue: object.target.value ?? nothing,
      ...defined({ averageValue: object.target.averageValue }),
    },
    pods: pods && { ...namedMetric(pods.metric), targetAverageValue: pods.target.averageValue ?? nothing },
    resource: resource && { name: resource.name, ...averages(resource.target) },
    containerResource: containerResource && { name: containerResource.name, ...averages(containerResource.target), container: containerResource.container },
    external: external && {
      metricName: external.metric.name,
      ...defined({ metricSelector: external.metric.selector, targetValue: external.target.value, targetAverageValue: external.target.averageValue }),
    },
  }) as MetricSpecV1
}

export function metricFromV1({ type, object, pods, resource, containerResource, external }: MetricSpecV1): MetricSpec {
  return defined({
    type,
    object: object && {
      describedObject: object.target,
      metric: metricOf(object.metricName, object.selector),
      target: object.averageValue === undefined ? { type: 'Value', value: object.targetValue } : { type: 'AverageValue', averageValue: object.averageValue },
    },
    pods: pods && { metric: metricOf(pods.metricName, pods.selector), target: { type: 'AverageValue', averageValue: pods.targetAverageValue } },
    resource: resource && { name: resource.name, target: targetOf(resource) },
    containerResource: containerResource && { name: containerResource.name, target: targetOf(containerResource), container: containerResource.container },
    external: external && {
      metric: metricOf(external.metricName, external.metricSelector),
      target: {
        type: external.targetValue === undefined ? 'AverageValue' : 'Value',
        ...defined({ value: external.targetValue, averageValue: external.targetAverageValue }),
      },
    },
  }) as MetricSpec
}

export function statusToV1({ type, object, pods, resource, containerResource, external }: MetricStatus): MetricStatusV1 {
  return defined({
    type,
    object: object && {
      ...namedMetric(object.metric),
      target: object.describedObject,
      currentValue: object.current.value ?? nothing,
      ...defined({ averageValue: object.current.averageValue }),
    },
    pods: pods && { ...namedMetric(pods.metric), currentAverageValue: pods.current.averageValue ?? nothing },
    resource: resource && { name: resource.name, ...currentAverages(resource.current) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...currentAverages(containerResource.current),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      currentValue: external.current.value ?? nothing,
      ...defined({ metricSelector: external.metric.selector, currentAverageValue: external.current.averageValue }),
    },
  }) as MetricStatusV1
}

export function statusFromV1({ type, object, pods, resource, containerResource, external }: MetricStatusV1): MetricStatus {
  return defined({
    type,
    object: object && {
      describedObject: object.target,
      metric: metricOf(object.metricName, object.selector),
      current: defined({ value: object.currentValue, averageValue: object.averageValue }),
    },
    pods: pods && { metric: metricOf(pods.metricName, pods.selector), current: { averageValue: pods.currentAverageValue } },
    resource: resource && { name: resource.name, current: currentOf(resource) },
    containerResource: containerResource && { name: containerResource.name, current: currentOf(containerResource), container: containerResource.container },
    external: external && {
      metric: metricOf(external.metricName, external.metricSelector),
      current: defined({ value: external.currentValue, averageValue: external.currentAverageValue }),
    },
  }) as MetricStatus
}

function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

type Selector = NonNullable<NonNullable<MetricSpec['pods']>['metric']['selector']>

function namedMetric({ name, selector }: { readonly name: string; readonly selector?: Selector }) {
  return defined({ metricName: name, selector })
}

function metricOf(name: string, selector: Selector | undefined) {
  return defined({ name, selector })
}

function averages({ averageUtilization, averageValue }: MetricTarget) {
  return defined({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue })
}

function targetOf({ targetAverageUtilization, targetAverageValue }: { readonly targetAverageUtilization?: number; readonly targetAverageValue?: string }) {
  const type = targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization'
  return { type, ...defined({ averageUtilization: targetAverageUtilization, averageValue: targetAverageValue }) }
}

interface Current {
  readonly averageUtilization?: number
  readonly averageValue?: string
}

function currentAverages({ averageUtilization, averageValue }: Current) {
  return { ...defined({ currentAverageUtilization: averageUtilization }), currentAverageValue: averageValue ?? nothing }
}

function currentOf({ currentAverageUtilization, currentAverageValue }: { readonly currentAverageUtilization?: number; readonly currentAverageValue: string }) {
  return defined({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue })
}
