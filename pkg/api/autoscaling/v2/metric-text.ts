/** An autoscaler's metrics for its table: "cpu: 40%/80%, memory: <unknown>/1Gi". */
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '#api/gen/autoscaling/v2.ts'

const shownAtMost = 2

export function metricsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? []
  if (metrics.length === 0) return '<none>'
  const texts = metrics.map((metric, position) => metricText(metric, status.currentMetrics?.[position]))
  const shown = texts.slice(0, shownAtMost).join(', ')
  return texts.length > shownAtMost ? `${shown} + ${texts.length - shownAtMost} more...` : shown
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource } = metric
  if (metric.type === 'External' && external) {
    return external.target.averageValue !== undefined
      ? `${status?.external?.current.averageValue ?? '<unknown>'}/${external.target.averageValue} (avg)`
      : `${status?.external?.current.value ?? '<unknown>'}/${external.target.value}`
  }
  if (metric.type === 'Pods' && pods) return `${status?.pods?.current.averageValue ?? '<unknown>'}/${pods.target.averageValue}`
  if (metric.type === 'Object' && object) {
    return object.target.averageValue !== undefined
      ? `${status?.object?.current.averageValue ?? '<unknown>'}/${object.target.averageValue} (avg)`
      : `${status?.object?.current.value ?? '<unknown>'}/${object.target.value}`
  }
  if (metric.type === 'Resource' && resource) return `${resource.name}: ${amount(resource.target, status?.resource?.current)}`
  if (metric.type === 'ContainerResource' && containerResource)
    return `${containerResource.name}: ${amount(containerResource.target, status?.containerResource?.current)}`
  return '<unknown type>'
}

function amount(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue}`
  const used = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`
  return `${used}/${target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`
}
