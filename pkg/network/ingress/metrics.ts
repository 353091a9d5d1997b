/** What the proxy tells of itself, by ingress-nginx's names (internal/ingress/metric/collectors). */
import { Histogram } from '#base/histogram.ts'
import type { Exchange } from './exchange.ts'
import { hostName } from './request/facts.ts'

const times = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const lengths = Array.from({ length: 10 }, (_, index) => 10 * (index + 1))
const sizes = Array.from({ length: 7 }, (_, index) => 10 ** (index + 1))
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])
/** Sets of labels; beyond it further ones are counted together under none. */
const limit = 10_000

interface Series {
  requests: number
  readonly request: Histogram
  readonly response: Histogram
  readonly header: Histogram
  readonly requestSize: Histogram
  readonly responseSize: Histogram
  readonly bytesSent: Histogram
}

const histograms: readonly [name: string, help: string, of: (series: Series) => Histogram][] = [
  ['request_duration_seconds', 'The request processing time in milliseconds', (each) => each.request],
  ['response_duration_seconds', 'The time spent on receiving the response from the upstream server', (each) => each.response],
  ['header_duration_seconds', 'The time spent on receiving first header from the upstream server', (each) => each.header],
  ['request_size', 'The request length (including request line, header, and request body)', (each) => each.requestSize],
  ['response_size', 'The response length (including request line, header, and request body)', (each) => each.responseSize],
  ['bytes_sent', 'DEPRECATED The number of bytes sent to a client', (each) => each.bytesSent],
]

export interface IngressGauges {
  readonly connections: number
  readonly certificates: readonly { readonly host: string; readonly secret: string; readonly expiresAt: number }[]
  readonly refused: number
}

export class IngressMetrics {
  readonly #series = new Map<string, Series>()
  readonly #constant: string
  #requests = 0
  #reloads = 0
  #reloadedAt = 0
  #reloadFailed = false

  constructor(nodeName: string) {
    this.#constant = `controller_class="k8ts.io/ingress",controller_namespace="kube-system",controller_pod="${escaped(nodeName)}"`
  }

  observe({ facts, location, backend, isCanary, status, durationMs, tries, requestBytes, bodyBytes }: Exchange): void {
    this.#requests++
    const [namespace = '', ingress = ''] = location?.ingress.split('/') ?? []
    const method = methods.has(facts.method) ? facts.method : 'OTHER'
    const service = (backend ?? location?.backend)?.service ?? ''
    // Hosts that nobody has are not told apart: there is no end of them.
    const host = location === undefined ? '' : hostName(facts.host)
    const labels = `host="${escaped(host)}",status="${status}",method="${method}",path="${escaped(pathOf(location))}",namespace="${namespace}",ingress="${ingress}",service="${service}",canary="${isCanary && backend ? `${backend.namespace}-${backend.service}-${backend.port}` : ''}"`
    const series = this.#seriesOf(labels)
    series.requests++
    series.request.observe(durationMs / 1000)
    series.requestSize.observe(requestBytes)
    series.responseSize.observe(bodyBytes)
    series.bytesSent.observe(bodyBytes)
    const last = tries.at(-1)
    if (!last) return
    series.header.observe(last.headerMs / 1000)
    series.response.observe(last.totalMs / 1000)
  }

  reloaded(now: number, failed: boolean): void {
    this.#reloadFailed = failed
    if (failed) return
    this.#reloads++
    this.#reloadedAt = now
  }

  #seriesOf(labels: string): Series {
    const known = this.#series.get(labels)
    if (known) return known
    if (this.#series.size >= limit && labels !== '') return this.#seriesOf('')
    const made: Series = {
      requests: 0,
      request: new Histogram(times),
      response: new Histogram(times),
      header: new Histogram(times),
      requestSize: new Histogram(lengths),
      responseSize: new Histogram(lengths),
      bytesSent: new Histogram(sizes),
    }
    this.#series.set(labels, made)
    return made
  }

  text({ connections, certificates, refused }: IngressGauges): string {
    const all = [...this.#series].map(([labels, series]) => ({ labels: labels === '' ? this.#constant : `${this.#constant},${labels}`, series }))
    return [
      ...head('requests', 'counter', 'The total number of client requests'),
      ...all.map(({ labels, series }) => `${prefix}requests{${labels}} ${series.requests}`),
      ...histograms.flatMap(([name, help, of]) => [
        ...head(name, 'histogram', help),
        ...all.flatMap(({ labels, series }) => of(series).lines(prefix + name, labels)),
      ]),
      ...head('nginx_process_requests_total', 'counter', 'total number of client requests'),
      `${prefix}nginx_process_requests_total{${this.#constant}} ${this.#requests}`,
      ...head('nginx_process_connections', 'gauge', 'current number of client connections with state {active, reading, writing, waiting}'),
      `${prefix}nginx_process_connections{${this.#constant},state="active"} ${connections}`,
      ...head('success', 'counter', 'Cumulative number of Ingress controller reload operations'),
      `${prefix}success{${this.#constant}} ${this.#reloads}`,
      ...head('config_last_reload_successful', 'gauge', 'Whether the last configuration reload attempt was successful'),
      `${prefix}config_last_reload_successful{${this.#constant}} ${this.#reloadFailed ? 0 : 1}`,
      ...head('config_last_reload_successful_timestamp_seconds', 'gauge', 'Timestamp of the last successful configuration reload.'),
      `${prefix}config_last_reload_successful_timestamp_seconds{${this.#constant}} ${Math.floor(this.#reloadedAt / 1000)}`,
      ...head('ssl_expire_time_seconds', 'gauge', 'Number of seconds since 1970 to the SSL Certificate expire.'),
      ...certificates.map(({ host, secret, expiresAt }) => {
        const [namespace, name] = secret.split('/')
        return `${prefix}ssl_expire_time_seconds{class="k8ts.io/ingress",host="${escaped(host)}",namespace="${namespace}",secret_name="${name}"} ${Math.floor(expiresAt / 1000)}`
      }),
      ...head('refused_ingresses', 'gauge', 'Ingresses that are not served, because of what their annotations or paths say.'),
      `${prefix}refused_ingresses{${this.#constant}} ${refused}`,
      '',
    ].join('\n')
  }
}

const prefix = 'nginx_ingress_controller_'

/** Challenges' paths are new each time. */
function pathOf(location: Exchange['location']): string {
  if (location?.answer !== undefined) return '/.well-known/acme-challenge'
  return location?.path ?? ''
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${prefix}${name} ${help}`, `# TYPE ${prefix}${name} ${type}`]
}

function escaped(text: string): string {
  return text.replaceAll(/["\\\n]/g, (each) => (each === '\n' ? '\\n' : `\\${each}`))
}
