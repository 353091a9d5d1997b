/** Queue and reconcile counts in Prometheus' text format, under upstream's names where it has them. */
import type { ControllerMetrics } from './worker-pool.ts'

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly label: 'name' | 'controller'
  readonly value: (metrics: ControllerMetrics) => number
}

const families: readonly Family[] = [
  { name: 'workqueue_depth', type: 'gauge', help: 'Current depth of workqueue', label: 'name', value: ({ depth }) => depth },
  { name: 'workqueue_adds_total', type: 'counter', help: 'Total number of adds handled by workqueue', label: 'name', value: ({ adds }) => adds },
  { name: 'workqueue_retries_total', type: 'counter', help: 'Total number of retries handled by workqueue', label: 'name', value: ({ retries }) => retries },
  { name: 'controller_reconcile_total', type: 'counter', help: 'Reconciliations begun', label: 'controller', value: ({ reconciles }) => reconciles },
  { name: 'controller_reconcile_errors_total', type: 'counter', help: 'Reconciliations that failed', label: 'controller', value: ({ errors }) => errors },
  { name: 'controller_reconcile_seconds_total', type: 'counter', help: 'Time spent reconciling', label: 'controller', value: ({ seconds }) => seconds },
  { name: 'controller_active_workers', type: 'gauge', help: 'Workers at work', label: 'controller', value: ({ active }) => active },
]

export function renderMetrics(all: readonly ControllerMetrics[]): string {
  return families
    .map(({ name, type, help, label, value }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...all.map((each) => `${name}{${label}="${each.name}"} ${value(each)}`), ''].join('\n'),
    )
    .join('')
}
