/** The counters that dashboards and tests of a Kubernetes cluster read, in Prometheus' text form. */
import type { Clock } from '#base/clock.ts'
import type { Store } from '#storage/types.ts'
import type { Registry } from './registry/registry.ts'
import { isLongRunning } from './request-info.ts'
import type { Filter, RequestInfo } from './types.ts'

const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]
/** Label sets beyond this many are not counted apart: what clients invent must not fill the memory. */
const maxSeries = 10_000

/** Requests of one kind: what they have in common, and how they went. */
interface Series {
  readonly labels: string
  readonly isLong: boolean
  /** How many by code. */
  readonly codes: Map<number, number>
  readonly counts: number[]
  sum: number
  count: number
}

export interface Metrics {
  readonly filter: Filter
  /** Lines of the parts that count for themselves. */
  add(lines: () => readonly string[]): void
  /** What gauges are read from. */
  observe(registry: Registry, store: Store): void
  text(): string
  /** Requests are counted from nothing again. */
  reset(): void
}

export function createMetrics({ clock }: { clock: Clock }): Metrics {
  const series = new Map<string, Series>()
  const started = clock.now() / 1000
  let inFlight = 0
  const others: (() => readonly string[])[] = []
  let observed: { registry: Registry; store: Store } | undefined

  const filter: Filter = async (request, next) => {
    const begin = performance.now()
    inFlight++
    try {
      const response = await next(request)
      record(request.context.info, response.status, (performance.now() - begin) / 1000)
      return response
    } finally {
      inFlight--
    }
  }

  function record(info: RequestInfo, code: number, seconds: number): void {
    const scope = info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : info.isResourceRequest ? 'cluster' : ''
    const key = `${info.verb} ${info.group} ${info.version} ${info.resource} ${info.subresource} ${scope}`
    let found = series.get(key)
    if (!found) {
      if (series.size >= maxSeries) return
      found = { labels: labelsOf(info, scope), isLong: isLongRunning(info), codes: new Map(), counts: buckets.map(() => 0), sum: 0, count: 0 }
      series.set(key, found)
    }
    found.codes.set(code, (found.codes.get(code) ?? 0) + 1)
    if (found.isLong) return
    found.sum += seconds
    found.count++
    // Most are quick: counted in the first bucket that holds them, and added up when they are told.
    const at = buckets.findIndex((bound) => seconds <= bound)
    if (at >= 0) found.counts[at]!++
  }

  function text(): string {
    const lines = ['# HELP apiserver_request_total Counter of apiserver requests.', '# TYPE apiserver_request_total counter']
    for (const { labels, codes } of series.values()) for (const [code, value] of codes) lines.push(`apiserver_request_total{code="${code}",${labels}} ${value}`)
    lines.push('# HELP apiserver_request_duration_seconds Response latency in seconds.', '# TYPE apiserver_request_duration_seconds histogram')
    for (const { labels, isLong, counts, sum, count } of series.values()) {
      if (isLong) continue
      let upTo = 0
      for (const [at, bound] of buckets.entries()) {
        upTo += counts[at]!
        lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="${bound}"} ${upTo}`)
      }
      lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`)
      lines.push(`apiserver_request_duration_seconds_sum{${labels}} ${sum}`, `apiserver_request_duration_seconds_count{${labels}} ${count}`)
    }
    lines.push('# TYPE apiserver_current_inflight_requests gauge', `apiserver_current_inflight_requests ${inFlight}`)
    if (observed) {
      lines.push('# HELP apiserver_storage_objects Number of stored objects.', '# TYPE apiserver_storage_objects gauge')
      const views = observed.registry.views().filter(({ definition }) => !definition.storage)
      for (const { definition, cache } of views) lines.push(`apiserver_storage_objects{resource="${resourceName(definition)}"} ${cache.size}`)
      lines.push('# TYPE apiserver_registered_watchers gauge')
      for (const { definition, cache } of views) {
        if (cache.subscribers > 0)
          lines.push(
            `apiserver_registered_watchers{group="${definition.group}",version="${definition.version}",kind="${definition.kind}"} ${cache.subscribers}`,
          )
      }
      lines.push('# TYPE etcd_debugging_mvcc_current_revision gauge', `etcd_debugging_mvcc_current_revision ${observed.store.revision()}`)
      lines.push('# TYPE etcd_debugging_mvcc_compact_revision gauge', `etcd_debugging_mvcc_compact_revision ${observed.store.compactedRevision()}`)
    }
    for (const each of others) lines.push(...each())
    const { rss, heapUsed } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    lines.push(
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${rss}`,
      '# TYPE nodejs_heap_size_used_bytes gauge',
      `nodejs_heap_size_used_bytes ${heapUsed}`,
      '# TYPE process_cpu_seconds_total counter',
      `process_cpu_seconds_total ${(user + system) / 1e6}`,
      '# TYPE process_start_time_seconds gauge',
      `process_start_time_seconds ${started}`,
    )
    return `${lines.join('\n')}\n`
  }

  function observe(registry: Registry, store: Store): void {
    observed = { registry, store }
  }
  return { filter, observe, text, reset: () => series.clear(), add: (lines) => void others.push(lines) }
}

const verbs: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', patch: 'PATCH', deletecollection: 'DELETECOLLECTION' }

function labelsOf(info: RequestInfo, scope: string): string {
  const verb = verbs[info.verb] ?? info.verb.toUpperCase()
  return `component="apiserver",group="${clean(info.group)}",resource="${clean(info.resource)}",scope="${scope}",subresource="${clean(info.isResourceRequest ? info.subresource : '')}",verb="${clean(verb)}",version="${clean(info.version)}"`
}

function clean(label: string): string {
  return label.replace(/["\\\n]/g, '_').slice(0, 100)
}

function resourceName({ group, plural }: { group: string; plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`
}
