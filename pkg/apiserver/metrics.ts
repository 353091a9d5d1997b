/** The counters that dashboards and tests of a Kubernetes cluster read, in Prometheus' text form. */
import type { Clock } from '#base/clock.ts'
import { Histogram } from '#base/histogram.ts'
import type { Store } from '#storage/types.ts'
import { versionInfo } from './discovery/version.ts'
import type { Registry } from './registry/registry.ts'
import { isLongRunning, isTrue } from './request-info.ts'
import type { ApiRequest, ApiResponse, Filter } from './types.ts'

const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]
const sizeBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
/** Label sets beyond this many are not counted apart: what clients invent must not fill the memory. */
const maxSeries = 10_000

/** Requests of one kind: what they have in common, and how they went. */
interface Series {
  readonly labels: Labels
  /** How many by code. */
  readonly codes: Map<number, number>
  readonly seconds: Histogram
  readonly bytes: Histogram
  /** Of those that last. */
  running: number
}

type Labels = Readonly<Record<'component' | 'dry_run' | 'group' | 'resource' | 'scope' | 'subresource' | 'verb' | 'version', string>>

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
  const inFlight = { mutating: 0, readOnly: 0 }
  const others: (() => readonly string[])[] = []
  let observed: { registry: Registry; store: Store } | undefined

  const filter: Filter = async (request, next) => {
    const begin = performance.now()
    const kind = request.method === 'GET' || request.method === 'HEAD' ? 'readOnly' : 'mutating'
    inFlight[kind]++
    try {
      const response = await next(request)
      record(request, response, (performance.now() - begin) / 1000)
      return response
    } finally {
      inFlight[kind]--
    }
  }

  function record(request: ApiRequest, response: ApiResponse, seconds: number): void {
    const labels = labelsOf(request)
    if (!labels) return
    const key = Object.values(labels).join(' ')
    let found = series.get(key)
    if (!found) {
      if (series.size >= maxSeries) return
      found = { labels, codes: new Map(), seconds: new Histogram(buckets), bytes: new Histogram(sizeBuckets), running: 0 }
      series.set(key, found)
    }
    // Where protocols were switched, upstream has seen no code.
    const code = response.upgraded ? 0 : response.status
    found.codes.set(code, (found.codes.get(code) ?? 0) + 1)
    if (!isLongRunning(request.context.info)) {
      found.seconds.observe(seconds)
      const bytes = labels.verb === 'GET' || labels.verb === 'LIST' ? sizeOf(response) : undefined
      if (bytes !== undefined) found.bytes.observe(bytes)
    } else if (isStream(response) || response.upgraded) follow(found, response)
  }

  /** Until all of it is sent, or nobody reads it any more. */
  function follow(found: Series, response: ApiResponse): void {
    const { whenSent } = response
    found.running++
    response.whenSent = () => {
      found.running--
      whenSent?.()
    }
  }

  function text(): string {
    const lines = [
      '# HELP apiserver_request_total [STABLE] Counter of apiserver requests, by what was asked and how it was answered.',
      '# TYPE apiserver_request_total counter',
    ]
    for (const { labels, codes } of series.values()) {
      for (const [code, value] of codes) lines.push(`apiserver_request_total{code="${code}",${written(labels)}} ${value}`)
    }
    lines.push('# HELP apiserver_request_duration_seconds [STABLE] Response latency in seconds.', '# TYPE apiserver_request_duration_seconds histogram')
    for (const { labels, seconds } of series.values())
      if (seconds.count > 0) lines.push(...seconds.lines('apiserver_request_duration_seconds', written(labels)))
    lines.push('# HELP apiserver_response_sizes [STABLE] Response size in bytes.', '# TYPE apiserver_response_sizes histogram')
    for (const { labels, bytes } of series.values()) if (bytes.count > 0) lines.push(...bytes.lines('apiserver_response_sizes', written(labels, 'dry_run')))
    lines.push(
      '# HELP apiserver_longrunning_requests [STABLE] Gauge of the requests that last and are under way.',
      '# TYPE apiserver_longrunning_requests gauge',
    )
    for (const { labels, running } of series.values()) {
      if (running > 0) lines.push(`apiserver_longrunning_requests{${written(labels, 'dry_run')}} ${running}`)
    }
    lines.push('# HELP apiserver_current_inflight_requests [STABLE] Requests under way, by kind.', '# TYPE apiserver_current_inflight_requests gauge')
    for (const kind of ['mutating', 'readOnly'] as const) lines.push(`apiserver_current_inflight_requests{request_kind="${kind}"} ${inFlight[kind]}`)
    lines.push(...versionLines)
    if (observed) {
      lines.push('# HELP apiserver_storage_objects Number of stored objects.', '# TYPE apiserver_storage_objects gauge')
      const views = observed.registry.views().filter(({ definition }) => !definition.storage)
      for (const { definition, cache } of views) lines.push(`apiserver_storage_objects{resource="${resourceName(definition)}"} ${cache.size}`)
      lines.push('# HELP apiserver_resource_objects [ALPHA] Number of stored objects.', '# TYPE apiserver_resource_objects gauge')
      for (const { definition, cache } of views) {
        lines.push(`apiserver_resource_objects{group="${definition.group}",resource="${definition.plural}"} ${cache.size}`)
      }
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

const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = versionInfo
const built = {
  build_date: buildDate,
  compiler,
  git_commit: gitCommit,
  git_tree_state: gitTreeState,
  git_version: gitVersion,
  go_version: goVersion,
  major,
  minor,
  platform,
}
const versionLines = [
  '# HELP kubernetes_build_info [BETA] Of what this server was built.',
  '# TYPE kubernetes_build_info gauge',
  `kubernetes_build_info{${written(built)}} 1`,
  '# HELP version_info [ALPHA] Which versions this server stands for.',
  '# TYPE version_info gauge',
  `version_info{${written({
    binary: gitVersion.replace(/^v|\+.*$/g, ''),
    component: 'kube',
    emulation: `${versionInfo.emulationMajor}.${versionInfo.emulationMinor}`,
    min_compat: `${versionInfo.minCompatibilityMajor}.${versionInfo.minCompatibilityMinor}`,
  })}} 1`,
]

const verbs: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', deletecollection: 'DELETECOLLECTION' }
const connects: ReadonlySet<string> = new Set(['log', 'exec', 'portforward', 'attach', 'proxy'])

function verbOf({ method, headers, query, context: { info } }: ApiRequest): string {
  if (connects.has(info.subresource)) return 'CONNECT'
  if (method === 'GET' && query.has('watch') && isTrue(query.get('watch'))) return 'WATCH'
  if (info.verb === 'patch') return headers['content-type'] === 'application/apply-patch+yaml' ? 'APPLY' : 'PATCH'
  return verbs[info.verb] ?? info.verb.toUpperCase()
}

/** Upstream counts, beside what is asked of resources, who asks for its health and its documents. */
function labelsOf(request: ApiRequest): Labels | undefined {
  const { info } = request.context
  if (!info.isResourceRequest) {
    const door = /^\/(healthz|livez|readyz)(?=\/|$)/.exec(request.path)?.[0] ?? /^\/(openapi\/v[23]\/?)/.exec(request.path)?.[1]
    if (door === undefined) return undefined
    return { component: '', dry_run: '', group: '', resource: '', scope: '', subresource: door, verb: clean(info.verb.toUpperCase()), version: '' }
  }
  const dryRun = request.query.getAll('dryRun')
  return {
    component: 'apiserver',
    dry_run: dryRun.length === 0 ? '' : dryRun.every((each) => each === 'All') ? 'All' : 'invalid',
    group: clean(info.group),
    resource: clean(info.resource),
    scope: info.name !== '' || info.verb === 'create' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster',
    subresource: clean(info.subresource),
    verb: clean(verbOf(request)),
    version: clean(info.version),
  }
}

function isStream({ body }: ApiResponse): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

function sizeOf({ body, headers }: ApiResponse): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body)
  if (body instanceof Uint8Array) return body.length
  return headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
}

function written(labels: Readonly<Record<string, string>>, without = ''): string {
  return Object.entries(labels)
    .filter(([name]) => name !== without)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')
}

function clean(label: string): string {
  return label.replace(/["\\\n]/g, '_').slice(0, 100)
}

function resourceName({ group, plural }: { group: string; plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`
}
