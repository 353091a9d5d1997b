/**
 * HorizontalPodAutoscaler: as many replicas as what they use asks for.
 * In: HorizontalPodAutoscalers, pods, metrics.k8s.io, custom.metrics.k8s.io, external.metrics.k8s.io. Out: scales, HorizontalPodAutoscaler status. Upstream: pkg/controller/podautoscaler.
 */
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus } from '#api/gen/autoscaling/v2.ts'
import { horizontalPodAutoscalers, pods } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isConflict } from '#apimachinery/status-error.ts'
import { rfc3339, sleep } from '#base/clock.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { parseSelector } from '#client/selector.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { writeStatus } from '../workload/status-write.ts'
import { limit, type Memory, newMemory, noteScale, stabilise } from './behavior.ts'
import { type Computation, MetricError, wantedByMetrics } from './metrics.ts'
import { type AutoscalerSettings, defaultAutoscalerSettings } from './settings.ts'
import { scaleOf, type Target } from './target.ts'

/** For a scale that others change at the same time. */
const scaleTries = 5
const scaleRetryMs = 10

export function horizontalPodAutoscalerController({ autoscaler: given }: Pick<ControllerSettings, 'autoscaler'> = {}): Controller {
  const settings = { ...defaultAutoscalerSettings, ...given }
  const memories = new Map<string, Memory>()
  /** By autoscaler: the selector of the pods that it scales, as it last was. */
  const selectors = new Map<string, string>()
  const metrics = new MetricSet()
  const rounds = metrics.counter(
    'horizontal_pod_autoscaler_controller_reconciliations_total',
    'Number of reconciliations of HPA controller. The label "action" is scale_up, scale_down or none, the label "error" spec, internal or none',
  )
  const duration = metrics.histogram(
    'horizontal_pod_autoscaler_controller_reconciliation_duration_seconds',
    'The time that the HPA controller takes to reconcile once',
    exponentialBounds(0.001, 2, 15),
  )
  const computed = metrics.counter('horizontal_pod_autoscaler_controller_metric_computation_total', 'Number of metric computations')
  const computation = metrics.histogram(
    'horizontal_pod_autoscaler_controller_metric_computation_duration_seconds',
    'The time that the HPA controller takes to calculate one metric',
    exponentialBounds(0.001, 2, 15),
  )
  /** By autoscaler: what it wants now. */
  const desired = new Map<string, number>()
  metrics.gauges('horizontal_pod_autoscaler_controller_desired_replicas', 'Current desired replica count for HPA objects', () =>
    [...desired].map(([key, count]) => {
      const { namespace = '', name } = splitKey(key)
      return [{ namespace, hpa_name: name }, count] as const
    }),
  )
  metrics.gauges('horizontal_pod_autoscaler_controller_num_horizontal_pod_autoscalers', 'Current number of controlled HPA objects', () => [[{}, memories.size]])
  return {
    name: 'horizontal-pod-autoscaler-controller',
    account: 'horizontal-pod-autoscaler',
    metrics,
    eventSource: 'horizontal-pod-autoscaler',
    inputs: [
      input(horizontalPodAutoscalers, {
        keys: (autoscaler, change, previous) =>
          // Our own status writes are no reason to look again.
          change === 'update' && previous && JSON.stringify(previous.spec) === JSON.stringify(autoscaler.spec) ? [] : [keyOf(autoscaler)],
      }),
      input(pods),
    ],
    outputs: [output(horizontalPodAutoscalers, 'status')],
    async reconcile(key, context) {
      const autoscaler = context.cache(horizontalPodAutoscalers).byKey(key)
      if (!autoscaler) {
        memories.delete(key)
        selectors.delete(key)
        desired.delete(key)
        return undefined
      }
      const seenAt = context.clock.now()
      // Nor is a new one looked at before: its target may have no pods yet, and what each bears of the whole would be unbounded.
      const memory = memories.get(key) ?? newMemory(seenAt + settings.syncMs)
      memories.set(key, memory)
      if (seenAt < memory.dueMs) return { requeueAfterMs: memory.dueMs - seenAt }
      const round = new Round(autoscaler, memory, selectors, context, settings)
      let failed = false
      try {
        await round.run()
      } catch (error) {
        failed = true
        context.log.debug('could not scale', { autoscaler: key, error })
      }
      const labels = { action: round.action, error: failed ? 'internal' : 'none' }
      rounds.add(labels)
      duration.observe((context.clock.now() - seenAt) / 1000, labels)
      for (const { type, seconds, failed: without } of round.computations) {
        const of = { action: round.action, error: without ? 'internal' : 'none', metric_type: type }
        computed.add(of)
        computation.observe(seconds, of)
      }
      desired.set(key, round.status.desiredReplicas ?? 0)
      memory.dueMs = context.clock.now() + settings.syncMs
      await writeStatus(context.client, horizontalPodAutoscalers, autoscaler, round.status)
      return { requeueAfterMs: settings.syncMs }
    },
  }
}

/** One look at one autoscaler; what it finds is in `status`, also when it throws. */
class Round {
  readonly #autoscaler: HorizontalPodAutoscaler
  readonly #memory: Memory
  readonly #selectors: Map<string, string>
  readonly #context: ControllerContext
  readonly #settings: AutoscalerSettings
  status: HorizontalPodAutoscalerStatus
  action: 'scale_up' | 'scale_down' | 'none' = 'none'
  readonly computations: Computation[] = []

  constructor(autoscaler: HorizontalPodAutoscaler, memory: Memory, selectors: Map<string, string>, context: ControllerContext, settings: AutoscalerSettings) {
    this.#autoscaler = autoscaler
    this.#memory = memory
    this.#selectors = selectors
    this.#context = context
    this.#settings = settings
    this.status = { ...autoscaler.status, observedGeneration: autoscaler.metadata.generation! }
  }

  async run(): Promise<void> {
    const { spec, metadata } = this.#autoscaler
    const { clock } = this.#context
    const { namespace } = metadata
    const target = await this.#target(namespace!)
    const current = target.scale.spec?.replicas ?? 0
    const min = spec.minReplicas ?? 1
    this.status = { ...this.status, currentReplicas: current, currentMetrics: [] }
    if (this.#memory.recommendations.length === 0) this.#memory.recommendations = [{ atMs: clock.now(), replicas: current }]
    if (current === 0 && min !== 0) {
      this.#condition('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero')
      this.status = { ...this.status, desiredReplicas: 0 }
      return
    }
    const { replicas, reason } = await this.#desired(target, current, min)
    this.status = { ...this.status, desiredReplicas: replicas }
    if (replicas !== current) await this.#rescale(target, current, replicas, reason)
  }

  async #target(namespace: string): Promise<Target> {
    const { client, events } = this.#context
    try {
      const target = await scaleOf(client, namespace, this.#autoscaler.spec.scaleTargetRef)
      this.#condition('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale")
      return target
    } catch (error) {
      const { message } = error as Error
      events.event(this.#autoscaler, 'Warning', 'FailedGetScale', message)
      this.#condition('AbleToScale', 'False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${message}`)
      throw error
    }
  }

  async #desired(target: Target, current: number, min: number): Promise<{ replicas: number; reason: string }> {
    const { maxReplicas: max, behavior } = this.#autoscaler.spec
    if (current > max) return { replicas: max, reason: 'Current number of replicas above Spec.MaxReplicas' }
    if (current < min) return { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas' }
    const wanted = await this.#measure(target, current)
    const now = this.#context.clock.now()
    const stable = stabilise(this.#memory, behavior, current, wanted.replicas, now, this.#settings)
    this.#condition('AbleToScale', 'True', stable.reason, stable.message)
    const limited = limit(this.#memory, behavior, { min, max }, current, stable.replicas, now)
    this.#condition('ScalingLimited', limited.replicas === stable.replicas ? 'False' : 'True', limited.reason, limited.message)
    return { replicas: limited.replicas, reason: limited.replicas > current ? `${wanted.name} above target` : 'All metrics below target' }
  }

  async #measure({ scale }: Target, current: number): Promise<{ replicas: number; name: string }> {
    const { events } = this.#context
    const selector = scale.status?.selector ?? ''
    try {
      if (selector === '') {
        events.event(this.#autoscaler, 'Warning', 'SelectorRequired', 'selector is required')
        this.#condition('ScalingActive', 'False', 'InvalidSelector', "the HPA target's scale is missing a selector")
        throw new Error('selector is required')
      }
      this.#selectAlone(selector)
      const scaled = { specReplicas: current, statusReplicas: scale.status?.replicas ?? 0, selector }
      const { replicas, name, statuses } = await wantedByMetrics(this.#autoscaler, scaled, this.#context, this.#settings, this.computations)
      this.status = { ...this.status, currentMetrics: statuses }
      this.#condition('ScalingActive', 'True', 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${name}`)
      return { replicas, name }
    } catch (error) {
      if (error instanceof MetricError) {
        this.#condition('ScalingActive', 'False', error.reason, error.conditionMessage)
        this.status = { ...this.status, currentMetrics: [...error.statuses] }
      }
      this.status = { ...this.status, desiredReplicas: this.#autoscaler.status?.desiredReplicas ?? 0 }
      events.event(this.#autoscaler, 'Warning', 'FailedComputeMetricsReplicas', (error as Error).message)
      throw error
    }
  }

  /** Throws where another autoscaler scales some of the same pods: both would count them, and each undo what the other does. */
  #selectAlone(selector: string): void {
    const { cache, events } = this.#context
    const { namespace } = this.#autoscaler.metadata
    this.#selectors.set(keyOf(this.#autoscaler), selector)
    const matches = parseSelector(selector)
    const selected = cache(pods)
      .list(namespace)
      .filter(({ metadata }) => matches(metadata.labels))
    const ofNamespace = [...this.#selectors].filter(([key]) => splitKey(key).namespace === namespace)
    const selecting = ofNamespace.filter(([, text]) => selected.some(({ metadata }) => parseSelector(text)(metadata.labels))).map(([key]) => key)
    if (selecting.length < 2) return
    const message = `pods by selector ${selector} are controlled by multiple HPAs: [${selecting.sort().join(' ')}]`
    events.event(this.#autoscaler, 'Warning', 'AmbiguousSelector', message)
    this.#condition('ScalingActive', 'False', 'AmbiguousSelector', message)
    throw new Error(message)
  }

  async #rescale(target: Target, current: number, replicas: number, why: string): Promise<void> {
    const { clock, events } = this.#context
    try {
      await this.#scaleTo(target, replicas)
    } catch (error) {
      const { message } = error as Error
      events.event(this.#autoscaler, 'Warning', 'FailedRescale', `New size: ${replicas}; reason: ${why}; error: ${message}`)
      this.#condition('AbleToScale', 'False', 'FailedUpdateScale', `the HPA controller was unable to update the target scale: ${message}`)
      this.status = { ...this.status, desiredReplicas: current }
      throw error
    }
    this.action = replicas > current ? 'scale_up' : 'scale_down'
    this.#condition('AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${replicas}`)
    events.event(this.#autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${why}`)
    noteScale(this.#memory, current, replicas, clock.now())
    this.status = { ...this.status, lastScaleTime: rfc3339(clock.now()) }
  }

  /** A scale that others changed meanwhile is read again and written over. */
  async #scaleTo({ of, scale }: Target, replicas: number): Promise<void> {
    const { client, clock } = this.#context
    for (let left = scaleTries - 1, latest = scale; ; left--) {
      try {
        await client.update(of, { ...latest, spec: { ...latest.spec, replicas } }, { subresource: 'scale' })
        return
      } catch (error) {
        if (!isConflict(error) || left === 0) throw error
        const { namespace, name } = scale.metadata
        latest = await client.get(of, { namespace, name }, { subresource: 'scale' }).catch(() => latest)
        await sleep(clock, scaleRetryMs)
      }
    }
  }

  #condition(type: string, status: string, reason: string, message: string): void {
    const conditions = this.status.conditions ?? []
    const before = conditions.find((each) => each.type === type)
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : rfc3339(this.#context.clock.now())
    const next = { type, status, reason, message, lastTransitionTime } as HorizontalPodAutoscalerCondition
    this.status = { ...this.status, conditions: before ? conditions.map((each) => (each === before ? next : each)) : [...conditions, next] }
  }
}
