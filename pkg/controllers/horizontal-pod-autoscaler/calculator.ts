/** How many replicas bring a resource's use to its target (docs: "Horizontal Pod Autoscaling", algorithm details). */
import type { Pod } from '#api/gen/core/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { type AutoscalerSettings, defaultAutoscalerSettings } from './settings.ts'
import type { PodUsage } from './usage.ts'

export interface Tolerances {
  readonly up: number
  readonly down: number
}

export interface Wish {
  readonly resource: string
  /** Of this container alone. */
  readonly container?: string
  /** Percent of requests, or milli-units a pod. */
  readonly target: { readonly utilization: number } | { readonly averageMilli: number }
}

export interface Answer {
  readonly replicas: number
  readonly utilization?: number
  readonly averageMilli: number
}

interface Grouped {
  readonly ready: number
  readonly unready: ReadonlySet<string>
  readonly missing: ReadonlySet<string>
  readonly ignored: ReadonlySet<string>
}

export function replicasFor(
  current: number,
  wish: Wish,
  pods: readonly Pod[],
  usage: ReadonlyMap<string, PodUsage>,
  tolerances: Tolerances,
  nowMs: number,
  settings: AutoscalerSettings = defaultAutoscalerSettings,
): Answer {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count')
  const { ready, unready, missing, ignored } = group(pods, usage, wish.resource, nowMs, settings)
  const values = new Map([...usage].filter(([name]) => !unready.has(name) && !ignored.has(name)).map(([name, { milli }]) => [name, milli]))
  if (values.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)')
  const requests = 'utilization' in wish.target ? requestsOf(pods, wish) : undefined
  const ratioOf = (): Ratio => ratio(values, requests, wish)
  const first = ratioOf()
  const answer = (replicas: number): Answer => ({
    replicas,
    averageMilli: first.averageMilli,
    ...(first.utilization === undefined ? {} : { utilization: first.utilization }),
  })
  const within = ({ ratio: of }: Ratio): boolean => of >= 1 - tolerances.down && of <= 1 + tolerances.up
  const upWithUnready = unready.size > 0 && first.ratio > 1
  if (!upWithUnready && missing.size === 0) return answer(within(first) ? current : ceil(first.ratio * ready))
  // Those that say nothing hold against the change: busy when we would shrink, idle when we would grow.
  for (const name of missing) {
    if (first.ratio < 1) values.set(name, restrained(name, requests, wish))
    else if (first.ratio > 1) values.set(name, 0)
  }
  if (upWithUnready) for (const name of unready) values.set(name, 0)
  const second = ratioOf()
  if (within(second) || (first.ratio < 1 && second.ratio > 1) || (first.ratio > 1 && second.ratio < 1)) return answer(current)
  const replicas = ceil(second.ratio * values.size)
  const turned = (second.ratio < 1 && replicas > current) || (second.ratio > 1 && replicas < current)
  return answer(turned ? current : replicas)
}

/** For a value of the whole: the ready pods share it. From none, as many as the ratio says. */
export function ratioReplicas(current: number, of: number, pods: () => readonly Pod[], tolerances: Tolerances): number {
  if (current === 0) return ceil(of)
  if (of >= 1 - tolerances.down && of <= 1 + tolerances.up) return current
  const all = pods()
  if (all.length === 0) throw new Error('unable to calculate ready pods: no pods returned by selector while calculating replica count')
  const isReady = ({ status }: Pod): boolean =>
    status?.phase === 'Running' && (status.conditions ?? []).some((each) => each.type === 'Ready' && each.status === 'True')
  return ceil(of * all.filter(isReady).length)
}

/** For a value of the whole of which each pod is to bear so much; answers also what each bears now. */
export function perPodReplicas(current: number, milli: number, targetMilli: number, tolerances: Tolerances): { replicas: number; milli: number } {
  const of = milli / (targetMilli * current)
  const within = of >= 1 - tolerances.down && of <= 1 + tolerances.up
  return { replicas: within ? current : ceil(milli / targetMilli), milli: current === 0 ? 0 : ceil(milli / current) }
}

/** Floating point must not make 3.0000000000000004 into 4. */
const ceil = (value: number): number => Math.ceil(Number(value.toFixed(9)))

interface Ratio {
  readonly ratio: number
  readonly utilization?: number
  readonly averageMilli: number
}

function ratio(values: ReadonlyMap<string, number>, requests: ReadonlyMap<string, number> | undefined, { target }: Wish): Ratio {
  if (!('utilization' in target)) {
    const averageMilli = Math.floor([...values.values()].reduce((sum, each) => sum + each, 0) / values.size)
    return { ratio: averageMilli / target.averageMilli, averageMilli }
  }
  let [used, requested, count] = [0, 0, 0]
  for (const [name, value] of values) {
    const request = requests!.get(name)
    // A metric of a pod that is gone already.
    if (request === undefined) continue
    used += value
    requested += request
    count++
  }
  if (requested === 0) throw new Error('no metrics returned matched known pods')
  const utilization = Math.floor((used * 100) / requested)
  return { ratio: utilization / target.utilization, utilization, averageMilli: Math.floor(used / count) }
}

function restrained(name: string, requests: ReadonlyMap<string, number> | undefined, { target }: Wish): number {
  return 'utilization' in target ? ((requests!.get(name) ?? 0) * Math.max(100, target.utilization)) / 100 : target.averageMilli
}

function requestsOf(pods: readonly Pod[], { resource, container }: Wish): Map<string, number> {
  return new Map(
    pods.map(({ metadata, spec }) => {
      const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
      const counted = [...spec.containers, ...sidecars].filter(({ name }) => container === undefined || name === container)
      const sum = counted.reduce((all, { name, resources }) => {
        const request = resources?.requests?.[resource]
        if (request === undefined) throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`)
        return all + Quantity.parse(request).milliValue()
      }, 0)
      return [metadata.name, sum]
    }),
  )
}

function group(pods: readonly Pod[], usage: ReadonlyMap<string, PodUsage>, resource: string, nowMs: number, settings: AutoscalerSettings): Grouped {
  const [unready, missing, ignored] = [new Set<string>(), new Set<string>(), new Set<string>()]
  let ready = 0
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata
    const of = usage.get(name)
    if (deletionTimestamp || pod.status?.phase === 'Failed') ignored.add(name)
    else if (pod.status?.phase === 'Pending') unready.add(name)
    else if (!of) missing.add(name)
    else if (resource === 'cpu' && isStarting(pod, of, nowMs, settings)) unready.add(name)
    else ready++
  }
  return { ready, unready, missing, ignored }
}

/** What a pod uses while it starts says nothing of its load. */
function isStarting(
  { status }: Pod,
  { timestampMs, windowMs }: PodUsage,
  nowMs: number,
  { cpuInitializationMs, readinessDelayMs }: AutoscalerSettings,
): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  if (!condition || !status?.startTime) return true
  const started = Date.parse(status.startTime)
  const changed = Date.parse(condition.lastTransitionTime ?? '')
  if (started + cpuInitializationMs > nowMs) return condition.status === 'False' || timestampMs < changed + windowMs
  return condition.status === 'False' && started + readinessDelayMs > changed
}
