/** The wishes of an autoscaler's metrics, and the largest of them. */
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '#api/gen/autoscaling/v2.ts'
import { pods } from '#api/gen/resources.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { parseSelector } from '#client/selector.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { tolerancesOf } from './behavior.ts'
import { type Answer, replicasFor, type Wish } from './calculator.ts'
import { podUsage } from './usage.ts'

export interface MetricsAnswer {
  readonly replicas: number
  /** What decided: "cpu resource utilization (percentage of request)". */
  readonly name: string
  readonly statuses: MetricStatus[]
}

/** Carries the condition that the autoscaler is to show. */
export class MetricError extends Error {
  override readonly name = 'MetricError'
  readonly reason: string
  readonly conditionMessage: string
  constructor(reason: string, message: string, conditionMessage: string) {
    super(message)
    this.reason = reason
    this.conditionMessage = conditionMessage
  }
}

export async function wantedByMetrics(
  autoscaler: HorizontalPodAutoscaler,
  current: number,
  selector: string,
  context: ControllerContext,
): Promise<MetricsAnswer> {
  const specs = autoscaler.spec.metrics ?? []
  const statuses: MetricStatus[] = []
  let best: { replicas: number; name: string } | undefined
  let failure: MetricError | undefined
  let failed = 0
  for (const spec of specs) {
    try {
      const { replicas, name, status } = await wantedBy(spec, autoscaler, current, selector, context)
      statuses.push(status)
      if (!best || replicas > best.replicas) best = { replicas, name }
    } catch (error) {
      failed++
      failure ??= error instanceof MetricError ? error : new MetricError('InvalidMetricSourceType', (error as Error).message, (error as Error).message)
    }
  }
  // With a metric missing we may grow by the others, and must not shrink.
  if (failure && (failed >= specs.length || best!.replicas < current))
    throw new MetricError(
      failure.reason,
      `invalid metrics (${failed} invalid out of ${specs.length}), first error is: ${failure.message}`,
      failure.conditionMessage,
    )
  return { replicas: best?.replicas ?? 0, name: best?.name ?? '', statuses }
}

async function wantedBy(
  spec: MetricSpec,
  autoscaler: HorizontalPodAutoscaler,
  current: number,
  selector: string,
  context: ControllerContext,
): Promise<{ replicas: number; name: string; status: MetricStatus }> {
  const source = spec.type === 'Resource' ? spec.resource : spec.type === 'ContainerResource' ? spec.containerResource : undefined
  if (!source) throw unserved(spec, autoscaler, context)
  const container = spec.type === 'ContainerResource' ? spec.containerResource!.container : undefined
  const what = container === undefined ? 'resource' : 'container resource'
  const { name: resource, target } = source
  const byUtilization = target.averageValue === undefined
  try {
    if (byUtilization && target.averageUtilization === undefined)
      throw new Error('invalid resource metric source: neither a utilization target nor a value target was set')
    const wish: Wish = {
      resource,
      ...(container === undefined ? {} : { container }),
      target: byUtilization ? { utilization: target.averageUtilization! } : { averageMilli: Quantity.parse(target.averageValue!).milliValue() },
    }
    const answer = await measure(wish, autoscaler, current, selector, context)
    const counted = { ...(byUtilization ? { averageUtilization: answer.utilization! } : {}), averageValue: Quantity.ofMilli(answer.averageMilli).toString() }
    const status = (
      container === undefined
        ? { type: 'Resource', resource: { name: resource, current: counted } }
        : { type: 'ContainerResource', containerResource: { name: resource, container, current: counted } }
    ) as MetricStatus
    return { replicas: answer.replicas, name: `${resource} ${what}${byUtilization ? ' utilization (percentage of request)' : ''}`, status }
  } catch (error) {
    const { message } = error as Error
    const inner = `failed to get ${resource} ${byUtilization ? 'utilization' : 'usage'}: ${message}`
    const reason = container === undefined ? 'FailedGetResourceMetric' : 'FailedGetContainerResourceMetric'
    context.events.event(autoscaler, 'Warning', reason, inner)
    throw new MetricError(reason, `failed to get ${resource} ${what} metric value: ${inner}`, `the HPA was unable to compute the replica count: ${inner}`)
  }
}

async function measure(
  wish: Wish,
  { metadata, spec }: HorizontalPodAutoscaler,
  current: number,
  selector: string,
  context: ControllerContext,
): Promise<Answer> {
  const { client, cache, clock } = context
  const namespace = metadata.namespace!
  const usage = await podUsage(client, { namespace, selector, resource: wish.resource, container: wish.container })
  const matches = parseSelector(selector)
  const own = cache(pods)
    .list(namespace)
    .filter(({ metadata: { labels } }) => matches(labels))
  return replicasFor(current, wish, own, usage, tolerancesOf(spec.behavior), clock.now())
}

/** Metrics that another API would have to serve. */
function unserved(spec: MetricSpec, autoscaler: HorizontalPodAutoscaler, { events }: ControllerContext): MetricError {
  const api = spec.type === 'External' ? 'external metrics API (external.metrics.k8s.io)' : 'custom metrics API (custom.metrics.k8s.io)'
  const name = spec.pods?.metric.name ?? spec.object?.metric.name ?? spec.external?.metric.name ?? ''
  const reason = `FailedGet${spec.type}Metric`
  const inner = `unable to get metric ${name}: no ${api} registered`
  events.event(autoscaler, 'Warning', reason, inner)
  return new MetricError(reason, `failed to get ${spec.type.toLowerCase()} metric value: ${inner}`, `the HPA was unable to compute the replica count: ${inner}`)
}
