/** apiserver_flowcontrol_*: what is counted of priority levels and flow schemas. */
import type { FlowControl } from './index.ts'
import type { Rejection } from './level.ts'

const bounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
const prefix = 'apiserver_flowcontrol_'

interface Durations {
  counts: number[]
  sum: number
  count: number
}

export class FlowControlMetrics {
  readonly #flowControl: FlowControl
  readonly #rejected = new Map<string, number>()
  readonly #waits = new Map<string, Durations>()
  readonly #executions = new Map<string, Durations>()

  constructor(flowControl: FlowControl) {
    this.#flowControl = flowControl
  }

  rejected(schema: string, level: string, reason: Rejection): void {
    const key = `flow_schema="${schema}",priority_level="${level}",reason="${reason}"`
    this.#rejected.set(key, (this.#rejected.get(key) ?? 0) + 1)
  }

  /** Only those that had to wait come here; the others waited for nothing. */
  waited(schema: string, level: string, seconds: number, execute: boolean): void {
    observe(this.#waits, `execute="${execute}",flow_schema="${schema}",priority_level="${level}"`, seconds)
  }

  /** Of a watch, only until it has begun. */
  executed(schema: string, level: string, seconds: number, type: 'regular' | 'watch'): void {
    observe(this.#executions, `flow_schema="${schema}",priority_level="${level}",type="${type}"`, seconds)
  }

  lines(): string[] {
    const { levels } = this.#flowControl
    const lines: string[] = []
    const family = (name: string, type: string, values: Iterable<readonly [string, number]>): void => {
      lines.push(`# TYPE ${prefix}${name} ${type}`)
      for (const [labels, value] of values) lines.push(`${prefix}${name}{${labels}} ${value}`)
    }
    const perLevel = (name: string, figure: (level: (typeof levels)[number]) => number) =>
      family(
        name,
        'gauge',
        levels.map((level) => [`priority_level="${level.name}"`, figure(level)] as const),
      )
    family('rejected_requests_total', 'counter', this.#rejected)
    family(
      'dispatched_requests_total',
      'counter',
      levels.flatMap((level) =>
        [...level.dispatchedBySchema].map(([schema, count]) => [`flow_schema="${schema}",priority_level="${level.name}"`, count] as const),
      ),
    )
    family(
      'current_inqueue_requests',
      'gauge',
      counted(levels.flatMap(({ name, queues }) => queues.flatMap(({ waiting }) => waiting.map((each) => [each.schemaName, name, 1] as const)))),
    )
    family(
      'current_executing_requests',
      'gauge',
      counted(levels.flatMap(({ name, running }) => [...running].map((each) => [each.schemaName, name, 1] as const))),
    )
    perLevel('current_inqueue_seats', ({ waitingSeats }) => waitingSeats)
    family(
      'current_executing_seats',
      'gauge',
      counted(levels.flatMap(({ name, running }) => [...running].map(({ schemaName, work }) => [schemaName, name, work.initialSeats] as const))),
    )
    perLevel('nominal_limit_seats', ({ nominalSeats }) => nominalSeats)
    perLevel('lower_limit_seats', ({ minSeats }) => minSeats)
    perLevel('upper_limit_seats', ({ maxSeats }) => maxSeats)
    perLevel('current_limit_seats', ({ currentSeats }) => currentSeats)
    perLevel('demand_seats_smoothed', ({ name }) => this.#flowControl.demand(name))
    perLevel('current_r', ({ virtualTime }) => virtualTime)
    lines.push(...histogram('request_wait_duration_seconds', this.#waits), ...histogram('request_execution_seconds', this.#executions))
    return lines
  }
}

function observe(series: Map<string, Durations>, key: string, seconds: number): void {
  let found = series.get(key)
  if (!found) {
    found = { counts: bounds.map(() => 0), sum: 0, count: 0 }
    series.set(key, found)
  }
  found.sum += seconds
  found.count++
  for (let at = bounds.length - 1; at >= 0 && seconds <= bounds[at]!; at--) found.counts[at]!++
}

function histogram(name: string, series: ReadonlyMap<string, Durations>): string[] {
  const lines = [`# TYPE ${prefix}${name} histogram`]
  for (const [labels, { counts, sum, count }] of series) {
    for (const [at, bound] of bounds.entries()) lines.push(`${prefix}${name}_bucket{${labels},le="${bound}"} ${counts[at]}`)
    lines.push(`${prefix}${name}_bucket{${labels},le="+Inf"} ${count}`, `${prefix}${name}_sum{${labels}} ${sum}`, `${prefix}${name}_count{${labels}} ${count}`)
  }
  return lines
}

function counted(rows: readonly (readonly [string, string, number])[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [schema, level, count] of rows) {
    const key = `flow_schema="${schema}",priority_level="${level}"`
    sums.set(key, (sums.get(key) ?? 0) + count)
  }
  return sums
}
