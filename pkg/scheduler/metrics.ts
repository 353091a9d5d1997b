/** What the scheduler counts, under kube-scheduler's names, in Prometheus' text format (pkg/scheduler/metrics). */
import { Histogram } from '#base/histogram.ts'

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error'
export type ExtensionPoint = 'PreFilter' | 'Filter' | 'PostFilter' | 'Score' | 'Reserve' | 'PreBind' | 'Bind'
export type Status = 'Success' | 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Error' | 'Skip'
type Place = 'active' | 'backoff' | 'unschedulable'

/** What is counted only when asked. */
export interface SchedulerGauges {
  readonly pending: Readonly<Record<Place | 'gated', number>>
  readonly cache: Readonly<Record<'nodes' | 'pods' | 'assumed_pods', number>>
  /** What goes on beside the loop, by what it does. */
  readonly running: Readonly<Record<'binding', number>>
  /** Pods that are being tried and what has happened meanwhile, by the event's name. */
  readonly inFlight: ReadonlyMap<string, number>
  /** Pods that each plugin refuses, by plugin and profile. */
  readonly unschedulable: readonly { readonly plugin: string; readonly profile: string; readonly count: number }[]
}

const exponential = (start: number, factor: number, count: number): number[] => Array.from({ length: count }, (_, i) => start * factor ** i)

/** Attempts are a label up to 15, and "15+" from there. */
const maxAttemptsLabel = 15

export class SchedulerMetrics {
  readonly #attempts = new Family('scheduler_schedule_attempts_total', 'Number of attempts to schedule pods, by the result')
  readonly #attemptDuration = new HistogramFamily(
    'scheduler_scheduling_attempt_duration_seconds',
    'Scheduling attempt latency in seconds (algorithm and binding)',
    exponential(0.001, 2, 15),
  )
  readonly #algorithm = new HistogramFamily(
    'scheduler_scheduling_algorithm_duration_seconds',
    'Scheduling algorithm latency in seconds',
    exponential(0.001, 2, 15),
  )
  readonly #sli = new HistogramFamily(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'From the first time a pod is in the queue until it is scheduled, by the number of attempts',
    exponential(0.01, 2, 20),
  )
  readonly #podAttempts = new HistogramFamily('scheduler_pod_scheduling_attempts', 'Number of attempts to successfully schedule a pod', exponential(1, 2, 5))
  readonly #incoming = new Family('scheduler_queue_incoming_pods_total', 'Number of pods added to scheduling queues by event and queue type')
  readonly #afterFlush = new Family(
    'scheduler_pod_scheduled_after_flush_total',
    'Number of pods scheduled after they had waited for too long: no event brought them back',
  )
  readonly #preemptions = new Family('scheduler_preemption_attempts_total', 'Total preemption attempts in the cluster till now')
  readonly #victims = new HistogramFamily('scheduler_preemption_victims', 'Number of selected preemption victims', exponential(1, 2, 7))
  readonly #points = new HistogramFamily(
    'scheduler_framework_extension_point_duration_seconds',
    'Latency for running all plugins of a specific extension point',
    exponential(0.0001, 2, 12),
  )

  readonly #plugins = new HistogramFamily(
    'scheduler_plugin_execution_duration_seconds',
    'Duration for running a plugin at a specific extension point, over all nodes of a batch; of one cycle in ten',
    exponential(0.00001, 1.5, 20),
  )
  readonly #evaluations = new Map<string, Map<string, number>>()
  readonly #events = new HistogramFamily('scheduler_event_handling_duration_seconds', 'Event handling latency in seconds', exponential(0.0001, 2, 12))
  readonly #hints = new HistogramFamily(
    'scheduler_queueing_hint_execution_duration_seconds',
    'Duration for running a queueing hint function of a plugin',
    exponential(0.00001, 1.5, 20),
  )
  readonly #preemptionRuns = new Family('scheduler_preemption_goroutines_execution_total', 'Number of preemption goroutines executed')
  readonly #preemptionDuration = new HistogramFamily(
    'scheduler_preemption_goroutines_duration_seconds',
    'Duration in seconds for running goroutines for the preemption',
    exponential(0.01, 2, 20),
  )
  #cycle = 0

  /** Whether the plugins of this cycle are timed one by one: of one in ten, as upstream samples. */
  isSampled(): boolean {
    this.#cycle = (this.#cycle + 1) % 10
    return this.#cycle === 0
  }

  plugin(name: string, point: ExtensionPoint, status: Status, seconds: number): void {
    this.#plugins.observe(`extension_point="${point}",plugin="${name}",status="${status}"`, seconds)
  }

  /** Often: the texts are made when asked for. */
  evaluated(plugins: Iterable<string>, point: ExtensionPoint, profile: string): void {
    const key = `extension_point="${point}",profile="${profile}"`
    let counts = this.#evaluations.get(key)
    if (!counts) {
      counts = new Map()
      this.#evaluations.set(key, counts)
    }
    for (const plugin of plugins) counts.set(plugin, (counts.get(plugin) ?? 0) + 1)
  }

  handled(event: string, seconds: number): void {
    this.#events.observe(`event="${event}"`, seconds)
  }

  hinted(plugin: string, event: string, queued: boolean, seconds: number): void {
    this.#hints.observe(`event="${event}",hint="${queued ? 'Queue' : 'QueueSkip'}",plugin="${plugin}"`, seconds)
  }

  madeRoom(result: 'success' | 'error', seconds: number): void {
    this.#preemptionRuns.add(`result="${result}"`)
    this.#preemptionDuration.observe(`result="${result}"`, seconds)
  }

  attempted(profile: string, result: AttemptResult, seconds: number): void {
    const labels = `profile="${profile}",result="${result}"`
    this.#attempts.add(labels)
    this.#attemptDuration.observe(labels, seconds)
  }

  algorithm(seconds: number): void {
    this.#algorithm.observe('', seconds)
  }

  /** `seconds`: since the pod was first seen; `flushed`: nothing but time had brought it back. */
  scheduled(attempts: number, seconds: number, flushed: boolean): void {
    if (flushed) this.#afterFlush.add('')
    this.#sli.observe(`attempts="${attempts >= maxAttemptsLabel ? `${maxAttemptsLabel}+` : attempts}"`, seconds)
    this.#podAttempts.observe('', attempts)
  }

  incoming(event: string, queue: Place): void {
    this.#incoming.add(`event="${event}",queue="${queue}"`)
  }

  preempted(victims: number | undefined): void {
    this.#preemptions.add('')
    if (victims !== undefined) this.#victims.observe('', victims)
  }

  extensionPoint(point: ExtensionPoint, profile: string, status: Status, seconds: number): void {
    this.#points.observe(`extension_point="${point}",profile="${profile}",status="${status}"`, seconds)
  }

  text({ pending, cache, running, inFlight, unschedulable }: SchedulerGauges): string {
    const families = [this.#attempts, this.#incoming, this.#afterFlush, this.#preemptions, this.#preemptionRuns]
    const histograms = [
      ...[this.#attemptDuration, this.#algorithm, this.#sli, this.#podAttempts, this.#victims, this.#points, this.#plugins],
      ...[this.#events, this.#hints, this.#preemptionDuration],
    ]
    return [
      ...families.flatMap((family) => family.lines()),
      ...histograms.flatMap((family) => family.lines()),
      '# HELP scheduler_plugin_evaluation_total Number of attempts to schedule pods by each plugin and the extension point (available only in PreFilter and Filter)',
      '# TYPE scheduler_plugin_evaluation_total counter',
      ...[...this.#evaluations].flatMap(([labels, counts]) =>
        [...counts].map(([plugin, count]) => `scheduler_plugin_evaluation_total{plugin="${plugin}",${labels}} ${count}`),
      ),
      ...gauge(
        'scheduler_pending_pods',
        'Number of pending pods, by the queue type',
        Object.entries(pending).map(([queue, count]) => [`queue="${queue}"`, count]),
      ),
      ...gauge(
        'scheduler_cache_size',
        'Number of nodes, pods, and assumed (bound) pods in the scheduler cache',
        Object.entries(cache).map(([type, count]) => [`type="${type}"`, count]),
      ),
      ...gauge(
        'scheduler_goroutines',
        'Number of running goroutines split by the work they do such as binding',
        Object.entries(running).map(([operation, count]) => [`operation="${operation}"`, count]),
      ),
      ...gauge(
        'scheduler_inflight_events',
        'Number of events currently tracked in the scheduling queue',
        [...inFlight].map(([event, count]) => [`event="${event}"`, count]),
      ),
      ...gauge(
        'scheduler_unschedulable_pods',
        'The number of unschedulable pods broken down by plugin name',
        unschedulable.map(({ plugin, profile, count }) => [`plugin="${plugin}",profile="${profile}"`, count]),
      ),
      '',
    ].join('\n')
  }
}

function gauge(name: string, help: string, values: readonly (readonly [labels: string, value: number])[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...values.map(([labels, value]) => `${name}{${labels}} ${value}`)]
}

/** Labels are few: profiles, results, extension points, events. */
class Family {
  readonly #name: string
  readonly #help: string
  readonly #counts = new Map<string, number>()

  constructor(name: string, help: string) {
    this.#name = name
    this.#help = help
  }

  add(labels: string): void {
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1)
  }

  lines(): string[] {
    const lines = [...this.#counts].map(([labels, count]) => `${this.#name}${labels && `{${labels}}`} ${count}`)
    return [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} counter`, ...lines]
  }
}

class HistogramFamily {
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #histograms = new Map<string, Histogram>()

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name
    this.#help = help
    this.#bounds = bounds
  }

  observe(labels: string, value: number): void {
    let histogram = this.#histograms.get(labels)
    if (!histogram) {
      histogram = new Histogram(this.#bounds)
      this.#histograms.set(labels, histogram)
    }
    histogram.observe(value)
  }

  lines(): string[] {
    const lines = [...this.#histograms].flatMap(([labels, histogram]) => histogram.lines(this.#name, labels))
    return [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`, ...lines]
  }
}
