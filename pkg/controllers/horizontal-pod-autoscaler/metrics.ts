/** The wishes of an autoscaler's metrics, and the largest of them. */
import type { ExternalMetricSource, HorizontalPodAutoscaler, MetricIdentifier, MetricSpec, MetricStatus, MetricTarget } from '#api/gen/autoscaling/v2.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { selectorText } from '#api/label-selector-text.ts'
import type { LabelSelector } from '#apimachinery/object.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { parseSelector } from '#client/selector.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { tolerancesOf } from './behavior.ts'
import type { AutoscalerSettings } from './settings.ts'
import { type Answer, perPodReplicas, ratioReplicas, replicasFor, type Tolerances, type Wish } from './calculator.ts'
import { externalMetric, objectMetric, podMetrics } from './metrics-apis.ts'
import { type PodUsage, podUsage } from './usage.ts'

export interface MetricsAnswer {
  readonly replicas: number
  /** What decided: "cpu resource utilization (percentage of request)". */
  readonly name: string
  readonly statuses: MetricStatus[]
}

/** What is to be scaled, as its scale has it. */
export interface Scaled {
  readonly specReplicas: number
  readonly statusReplicas: number
  readonly selector: string
}

/** Carries the condition that the autoscaler is to show. */
export class MetricError extends Error {
  override readonly name = 'MetricError'
  readonly reason: string
  readonly conditionMessage: string
  /** What the other metrics said. */
  readonly statuses: readonly MetricStatus[]
  constructor(reason: string, message: string, conditionMessage: string, statuses: readonly MetricStatus[] = []) {
    super(message)
    this.reason = reason
    this.conditionMessage = conditionMessage
    this.statuses = statuses
  }
}

/** How long one metric took, and whether it could be had. */
export interface Computation {
  readonly type: string
  readonly seconds: number
  readonly failed: boolean
}

/** Throws a MetricError when too little is known to say a number. `computations`: each metric's is added. */
export async function wantedByMetrics(
  autoscaler: HorizontalPodAutoscaler,
  scaled: Scaled,
  context: ControllerContext,
  settings: AutoscalerSettings,
  computations: Computation[],
): Promise<MetricsAnswer> {
  const specs = autoscaler.spec.metrics ?? []
  const statuses: MetricStatus[] = []
  let best: { replicas: number; name: string } | undefined
  let failure: MetricError | undefined
  let failed = 0
  const round = new MetricRound(autoscaler, scaled, context, settings)
  for (const spec of specs) {
    const begun = context.clock.now()
    const done = (without: boolean) => computations.push({ type: spec.type, seconds: (context.clock.now() - begun) / 1000, failed: without })
    try {
      const { replicas, name, status } = await round.wantedBy(spec)
      done(false)
      statuses.push(status)
      if (!best || replicas > best.replicas) best = { replicas, name }
    } catch (error) {
      done(true)
      failed++
      // As upstream says it: each metric has its place.
      statuses.push({ type: '' })
      failure ??= error instanceof MetricError ? error : new MetricError('InvalidMetricSourceType', (error as Error).message, (error as Error).message)
    }
  }
  // With a metric missing we may grow by the others, and must not shrink.
  if (failure && (failed >= specs.length || best!.replicas < scaled.specReplicas))
    throw new MetricError(
      failure.reason,
      `invalid metrics (${failed} invalid out of ${specs.length}), first error is: ${failure.message}`,
      failure.conditionMessage,
      statuses,
    )
  return { replicas: best?.replicas ?? 0, name: best?.name ?? '', statuses }
}

interface Wanted {
  readonly replicas: number
  readonly name: string
  readonly status: MetricStatus
}

interface Source {
  readonly reason: string
  /** Put before what the source says where all of the metrics are told of, and nowhere else. */
  readonly failedTo: string
  measure(): Promise<Wanted>
}

/** One look at the metrics of one autoscaler. */
class MetricRound {
  readonly #autoscaler: HorizontalPodAutoscaler
  readonly #scaled: Scaled
  readonly #context: ControllerContext
  readonly #settings: AutoscalerSettings
  readonly #tolerances: Tolerances

  constructor(autoscaler: HorizontalPodAutoscaler, scaled: Scaled, context: ControllerContext, settings: AutoscalerSettings) {
    this.#autoscaler = autoscaler
    this.#scaled = scaled
    this.#context = context
    this.#settings = settings
    this.#tolerances = tolerancesOf(autoscaler.spec.behavior, settings)
  }

  async wantedBy(spec: MetricSpec): Promise<Wanted> {
    const { reason, failedTo, measure } = this.#source(spec)
    try {
      return await measure()
    } catch (error) {
      const { message } = error as Error
      this.#context.events.event(this.#autoscaler, 'Warning', reason, message)
      throw new MetricError(reason, `${failedTo}: ${message}`, `the HPA was unable to compute the replica count: ${message}`)
    }
  }

  #source(spec: MetricSpec): Source {
    switch (spec.type) {
      case 'Resource':
        return {
          reason: 'FailedGetResourceMetric',
          failedTo: `failed to get ${spec.resource!.name} resource metric value`,
          measure: () => this.#resource(spec.resource!, undefined),
        }
      case 'ContainerResource':
        return {
          reason: 'FailedGetContainerResourceMetric',
          failedTo: `failed to get ${spec.containerResource!.container} container metric value`,
          measure: () => this.#resource(spec.containerResource!, spec.containerResource!.container),
        }
      case 'Pods':
        return { reason: 'FailedGetPodsMetric', failedTo: 'failed to get pods metric value', measure: () => this.#ofPods(spec) }
      case 'Object':
        return {
          reason: 'FailedGetObjectMetric',
          failedTo: `failed to get object metric value${isAverage(spec.object!.target) ? `: failed to get ${spec.object!.metric.name} object metric` : ''}`,
          measure: () => this.#ofObject(spec),
        }
      case 'External':
        return {
          reason: 'FailedGetExternalMetric',
          failedTo: `failed to get ${spec.external!.metric.name} external metric value: ${externalFailure(spec.external!)}`,
          measure: () => this.#external(spec),
        }
      default:
        return {
          reason: 'InvalidMetricSourceType',
          failedTo: `unknown metric source type ${JSON.stringify(spec.type)}`,
          measure: () => Promise.reject(new Error(`unknown metric source type ${JSON.stringify(spec.type)}`)),
        }
    }
  }

  async #resource({ name: resource, target }: { readonly name: string; readonly target: MetricTarget }, container: string | undefined): Promise<Wanted> {
    const byUtilization = target.averageValue === undefined
    if (byUtilization && target.averageUtilization === undefined)
      throw new Error('invalid resource metric source: neither an average utilization target nor an average value (usage) target was set')
    const wish: Wish = {
      resource,
      ...(container === undefined ? {} : { container }),
      target: byUtilization ? { utilization: target.averageUtilization! } : { averageMilli: milliOf(target.averageValue!) },
    }
    const answer = await naming(`failed to get ${resource} ${byUtilization ? 'utilization' : 'usage'}: `, async () => {
      const { namespace } = this.#autoscaler.metadata
      const usage = await podUsage(this.#context.client, { namespace: namespace!, selector: this.#scaled.selector, resource, container })
      return this.#average(wish, usage)
    })
    const current = { ...(byUtilization ? { averageUtilization: answer.utilization! } : {}), averageValue: textOf(answer.averageMilli) }
    const status =
      container === undefined
        ? { type: 'Resource', resource: { name: resource, current } }
        : { type: 'ContainerResource', containerResource: { name: resource, container, current } }
    const what = container === undefined ? 'resource' : 'container resource'
    const name = `${resource} ${what}${byUtilization ? ' utilization (percentage of request)' : ''}`
    return { replicas: answer.replicas, name, status: status as MetricStatus }
  }

  async #ofPods({ pods: source }: MetricSpec): Promise<Wanted> {
    const { metric, target } = source!
    const { namespace } = this.#autoscaler.metadata
    const usage = await naming(`unable to get metric ${metric.name}: `, () =>
      podMetrics(this.#context.client, namespace!, metric.name, this.#scaled.selector, selectorText(metric.selector)),
    )
    const answer = this.#average({ resource: '', target: { averageMilli: milliOf(target.averageValue!) } }, usage)
    const status = { type: 'Pods', pods: { metric: identifier(metric), current: { averageValue: textOf(answer.averageMilli) } } } as MetricStatus
    return { replicas: answer.replicas, name: `pods metric ${metric.name}`, status }
  }

  async #ofObject({ object: source }: MetricSpec): Promise<Wanted> {
    const { metric, target, describedObject } = source!
    const { namespace } = this.#autoscaler.metadata
    const { client } = this.#context
    const value = () =>
      naming(
        (message) => `unable to get metric ${metric.name}: ${describedObject.kind} on ${namespace} ${describedObject.name}/${message}`,
        () => objectMetric(client, namespace!, metric.name, describedObject, selectorText(metric.selector)),
      )
    const status = (current: object): MetricStatus => ({ type: 'Object', object: { describedObject, metric: identifier(metric), current } }) as MetricStatus
    if (target.type === 'Value' && target.value !== undefined) {
      const { replicas, milli } = await this.#total(value, milliOf(target.value))
      return { replicas, name: `${describedObject.kind} metric ${metric.name}`, status: status({ value: textOf(milli) }) }
    }
    if (isAverage(target)) {
      const { replicas, milli } = await this.#perPod(value, milliOf(target.averageValue!))
      return { replicas, name: `external metric ${metric.name}(${goText(metric.selector)})`, status: status({ averageValue: textOf(milli) }) }
    }
    throw new Error('invalid object metric source: neither a value target nor an average value target was set')
  }

  async #external({ external: source }: MetricSpec): Promise<Wanted> {
    const { metric, target } = source!
    const { namespace } = this.#autoscaler.metadata
    const value = () =>
      naming(`unable to get external metric ${namespace}/${metric.name}/${goText(metric.selector)}: `, () =>
        externalMetric(this.#context.client, namespace!, metric.name, selectorText(metric.selector)),
      )
    const name = `external metric ${metric.name}(${goText(metric.selector)})`
    const status = (current: object): MetricStatus => ({ type: 'External', external: { metric: identifier(metric), current } }) as MetricStatus
    if (target.averageValue !== undefined) {
      const { replicas, milli } = await this.#perPod(value, milliOf(target.averageValue))
      return { replicas, name, status: status({ averageValue: textOf(milli) }) }
    }
    if (target.value !== undefined) {
      const { replicas, milli } = await this.#total(value, milliOf(target.value))
      return { replicas, name, status: status({ value: textOf(milli) }) }
    }
    throw new Error('invalid external metric source: neither a value target nor an average value target was set')
  }

  #average(wish: Wish, usage: ReadonlyMap<string, PodUsage>): Answer {
    return replicasFor(this.#scaled.specReplicas, wish, this.#pods(), usage, this.#tolerances, this.#context.clock.now(), this.#settings)
  }

  async #total(value: () => Promise<number>, targetMilli: number): Promise<{ replicas: number; milli: number }> {
    const milli = await value()
    return { replicas: ratioReplicas(this.#scaled.specReplicas, milli / targetMilli, () => this.#pods(), this.#tolerances), milli }
  }

  async #perPod(value: () => Promise<number>, targetMilli: number): Promise<{ replicas: number; milli: number }> {
    return perPodReplicas(this.#scaled.statusReplicas, await value(), targetMilli, this.#tolerances)
  }

  #pods(): Pod[] {
    const matches = parseSelector(this.#scaled.selector)
    return this.#context
      .cache(pods)
      .list(this.#autoscaler.metadata.namespace)
      .filter(({ metadata }) => matches(metadata.labels))
  }
}

async function naming<T>(words: string | ((message: string) => string), measure: () => Promise<T>): Promise<T> {
  try {
    return await measure()
  } catch (error) {
    const { message } = error as Error
    throw new Error(typeof words === 'string' ? `${words}${message}` : words(message), { cause: error })
  }
}

const isAverage = ({ type, averageValue }: MetricTarget): boolean => type === 'AverageValue' && averageValue !== undefined

const externalFailure = ({ metric: { name }, target }: ExternalMetricSource): string =>
  target.averageValue === undefined ? `failed to get external metric ${name}` : `failed to get ${name} external metric`

const milliOf = (text: string): number => Quantity.parse(text).milliValue()
const textOf = (milli: number): string => Quantity.ofMilli(milli).toString()

function identifier({ name, selector }: MetricIdentifier): MetricIdentifier {
  return selector ? { name, selector } : { name }
}

/** As Go prints the selector (%+v), which is part of the message that upstream gives. */
export function goText(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil'
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}
