/**
 * What queues and controllers count, in Prometheus' text format: workqueue_* as client-go names them, controller_runtime_* as
 * controller-runtime does, running_managed_controllers as kube-controller-manager.
 */
import type { Histogram } from '#base/histogram.ts'
import type { ControllerMetrics } from './worker-pool.ts'

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly label: 'name' | 'controller'
  readonly value: (metrics: ControllerMetrics) => number
}

interface HistogramFamily {
  readonly name: string
  readonly help: string
  readonly label: 'name' | 'controller'
  readonly of: (metrics: ControllerMetrics) => Histogram
}

const families: readonly Family[] = [
  { name: 'workqueue_depth', type: 'gauge', help: 'Current depth of workqueue', label: 'name', value: ({ queue }) => queue.depth },
  { name: 'workqueue_adds_total', type: 'counter', help: 'Total number of adds handled by workqueue', label: 'name', value: ({ queue }) => queue.adds },
  {
    name: 'workqueue_retries_total',
    type: 'counter',
    help: 'Total number of retries handled by workqueue',
    label: 'name',
    value: ({ queue }) => queue.retries,
  },
  {
    name: 'workqueue_unfinished_work_seconds',
    type: 'gauge',
    help: 'Seconds of the work that is under way',
    label: 'name',
    value: ({ queue }) => queue.unfinishedSeconds,
  },
  {
    name: 'workqueue_longest_running_processor_seconds',
    type: 'gauge',
    help: 'Seconds of the work that has been under way for longest',
    label: 'name',
    value: ({ queue }) => queue.longestSeconds,
  },
  {
    name: 'controller_runtime_reconcile_errors_total',
    type: 'counter',
    help: 'Total number of reconciliation errors per controller',
    label: 'controller',
    value: ({ errors }) => errors,
  },
  { name: 'controller_runtime_active_workers', type: 'gauge', help: 'Workers at work per controller', label: 'controller', value: ({ active }) => active },
  {
    name: 'controller_runtime_max_concurrent_reconciles',
    type: 'gauge',
    help: 'Maximum number of concurrent reconciles per controller',
    label: 'controller',
    value: ({ workers }) => workers,
  },
]

const histograms: readonly HistogramFamily[] = [
  { name: 'workqueue_queue_duration_seconds', help: 'How long a key waits until it is taken', label: 'name', of: ({ queue }) => queue.queued },
  { name: 'workqueue_work_duration_seconds', help: 'How long a key is worked on', label: 'name', of: ({ queue }) => queue.worked },
  {
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller',
    label: 'controller',
    of: ({ duration }) => duration,
  },
]

/** `managerName`: whose controllers they are. */
export function renderMetrics(all: readonly ControllerMetrics[], managerName = 'kube-controller-manager'): string {
  return [
    ...families.flatMap(({ name, type, help, label, value }) => [
      ...head(name, type, help),
      ...all.map((each) => `${name}{${label}="${each.name}"} ${value(each)}`),
    ]),
    ...histograms.flatMap(({ name, help, label, of }) => [
      ...head(name, 'histogram', help),
      ...all.flatMap((each) => of(each).lines(name, `${label}="${each.name}"`)),
    ]),
    ...head('controller_runtime_reconcile_total', 'counter', 'Total number of reconciliations per controller'),
    ...all.flatMap(({ name, outcomes }) =>
      Object.entries(outcomes).map(([result, count]) => `controller_runtime_reconcile_total{controller="${name}",result="${result}"} ${count}`),
    ),
    ...head('running_managed_controllers', 'gauge', 'Indicates where instances of a controller are currently running'),
    ...all.map(({ name }) => `running_managed_controllers{manager="${managerName}",name="${name}"} 1`),
    '',
  ].join('\n')
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}
