/**
 * autoscaling/v1 knows one metric, CPU utilization. What else v2 holds travels in annotations, so that a
 * client of v1 that writes back what it read loses nothing (pkg/apis/autoscaling/v1/conversion.go).
 */
import { normalize } from '#apimachinery/codec/decode.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import {
  type HorizontalPodAutoscaler as V1,
  HorizontalPodAutoscalerConditionSchema,
  type MetricSpec as MetricSpecV1,
  MetricSpecSchema,
  type MetricStatus as MetricStatusV1,
  MetricStatusSchema,
} from '#api/gen/autoscaling/v1.ts'
import { type HorizontalPodAutoscaler as V2, HorizontalPodAutoscalerStatusSchema } from '#api/gen/autoscaling/v2.ts'
import { behaviorFromGo, behaviorToGo } from './behavior.ts'
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from './metrics.ts'

const metricsKey = 'autoscaling.alpha.kubernetes.io/metrics'
const currentMetricsKey = 'autoscaling.alpha.kubernetes.io/current-metrics'
const conditionsKey = 'autoscaling.alpha.kubernetes.io/conditions'
const behaviorKey = 'autoscaling.alpha.kubernetes.io/behavior'
/** What travels so of the spec, and of the status. */
export const specKeys: readonly string[] = [metricsKey, behaviorKey]
export const statusKeys: readonly string[] = [currentMetricsKey, conditionsKey]
/** What conversion alone makes. */
export const carryingAnnotations = [...specKeys, ...statusKeys]
/** Where nothing else is said. */
const defaultUtilization = 80

export function toV2(object: V1): V2 {
  const annotations = { ...object.metadata.annotations }
  const carried = <T>(key: string): T | undefined => parse<T>(annotations[key])
  const metrics = (carried<MetricSpecV1[]>(metricsKey) ?? []).map(metricFromV1)
  // These tell more than the one figure of v1's status.
  const currentMetrics = carried<MetricStatusV1[]>(currentMetricsKey)?.map(statusFromV1)
  const conditions = carried<NonNullable<V2['status']['conditions']>>(conditionsKey)
  const behavior = carried<ReturnType<typeof behaviorToGo>>(behaviorKey)
  for (const key of carryingAnnotations) delete annotations[key]

  const { targetCPUUtilizationPercentage: target, ...spec } = object.spec
  const { currentCPUUtilizationPercentage: current, ...status } = object.status
  if (target !== undefined) metrics.push({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } })
  if (metrics.length === 0)
    metrics.push({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: defaultUtilization } } })
  const cpu = current === undefined ? [] : [{ type: 'Resource' as const, resource: { name: 'cpu' as const, current: { averageUtilization: current } } }]

  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(object.metadata, annotations),
    spec: { ...spec, metrics, ...(behavior ? { behavior: behaviorFromGo(behavior) } : {}) },
    status: normalize(HorizontalPodAutoscalerStatusSchema, {
      ...status,
      currentMetrics: nonEmpty(currentMetrics ?? cpu),
      ...(conditions ? { conditions } : {}),
    }),
  }
}

export function fromV2(object: V2): V1 {
  const annotations = { ...object.metadata.annotations }
  const { metrics, behavior, ...spec } = object.spec
  const { currentMetrics, conditions, ...status } = object.status
  for (const key of carryingAnnotations) delete annotations[key]
  const target = metrics?.find(isCpuUtilization)
  const current = currentMetrics?.find(
    ({ type, resource }) => type === 'Resource' && resource?.name === 'cpu' && resource.current.averageUtilization !== undefined,
  )
  carry(annotations, metricsKey, MetricSpecSchema, metrics?.filter((each) => !isCpuUtilization(each)).map(metricToV1))
  carry(annotations, currentMetricsKey, MetricStatusSchema, currentMetrics?.map(statusToV1))
  carry(annotations, conditionsKey, HorizontalPodAutoscalerConditionSchema, conditions)
  if (behavior) annotations[behaviorKey] = JSON.stringify(behaviorToGo(behavior))

  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(object.metadata, annotations),
    spec: { ...spec, ...(target ? { targetCPUUtilizationPercentage: target.resource?.target.averageUtilization } : {}) } as V1['spec'],
    status: {
      ...status,
      currentReplicas: status.currentReplicas ?? 0,
      ...(current ? { currentCPUUtilizationPercentage: current.resource?.current.averageUtilization } : {}),
    } as V1['status'],
  }
}

const isCpuUtilization = ({ type, resource }: NonNullable<V2['spec']['metrics']>[number]): boolean =>
  type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined

function nonEmpty<T>(list: T[]): T[] | null {
  return list.length > 0 ? list : null
}

/** In the order of the type's fields, as Go writes them. */
function carry(annotations: Record<string, string>, key: string, schema: StructSchema, items: readonly unknown[] | undefined): void {
  if (items && items.length > 0) annotations[key] = JSON.stringify(items.map((each) => normalize(schema, each)))
}

function parse<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

function withAnnotations(metadata: V1['metadata'], annotations: Record<string, string>): V1['metadata'] {
  const { annotations: _, ...rest } = metadata
  return Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest
}
