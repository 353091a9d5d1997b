/** What cluster DNS tells of itself: CoreDNS' metrics of its plugins prometheus, cache and forward, with their labels and buckets. */
import { exponentialBounds } from '#base/metric-set.ts'
import { Histogram } from '#base/histogram.ts'

export type DnsProtocol = 'udp' | 'tcp'
/** Who wrote the response, by CoreDNS' names; '' for what the server itself says of a query that nobody could answer. */
export type DnsPlugin = 'kubernetes' | 'cache' | 'forward' | ''

export interface DnsExchange {
  readonly protocol: DnsProtocol
  readonly family: 4 | 6
  /** The number of the question's type; 0 when there is no question. */
  readonly type: number
  readonly dnssecOk: boolean
  readonly requestBytes: number
  readonly responseBytes: number
  readonly rcode: number
  readonly plugin: DnsPlugin
  readonly seconds: number
}

const plugins: readonly DnsPlugin[] = ['', 'kubernetes', 'cache', 'forward']

type CacheKind = 'success' | 'denial'

/** Types that are told apart; all others are "other", so that nobody fills the memory by asking for many. */
const typeNames = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [43, 'DS'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [50, 'NSEC3'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
])
const rcodeNames = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const
const timeBounds = exponentialBounds(0.00025, 2, 16)
const programmingBounds = exponentialBounds(0.001, 2, 20)
const sizeBounds = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3]
/** As of the one server block that kubeadm writes. */
const server = 'server="dns://:53"'
const zone = `${server},zone=".",view=""`
const zones = `${server},zones=".",view=""`

/** Counts by a number, which costs a query no words: those of a series are made once. */
class Tally {
  readonly #series = new Map<number, { readonly labels: string; count: number }>()

  add(key: number, labels: () => string): void {
    const one = this.#series.get(key)
    if (one) one.count++
    else this.#series.set(key, { labels: labels(), count: 1 })
  }

  series(): [string, number][] {
    return [...this.#series.values()].map(({ labels, count }) => [labels, count])
  }
}

export class DnsMetrics {
  readonly #requests = new Tally()
  readonly #responses = new Tally()
  #dnssecOk = 0
  readonly #duration = new Histogram(timeBounds)
  readonly #programming = new Histogram(programmingBounds)
  readonly #requestBytes = { udp: new Histogram(sizeBounds), tcp: new Histogram(sizeBounds) }
  readonly #responseBytes = { udp: new Histogram(sizeBounds), tcp: new Histogram(sizeBounds) }
  #cacheRequests = 0
  #cacheMisses = 0
  readonly #cacheHits = { success: 0, denial: 0 }
  #panics = 0
  #forwardRejects = 0
  #forwardBroken = 0
  readonly #forwardFailures = new Map<string, number>()
  readonly #forwardSeconds = new Map<string, Histogram>()
  readonly #entries: () => Readonly<Record<CacheKind, number>>

  /** `entries` counts the cached answers when somebody asks. */
  constructor(entries: () => Readonly<Record<CacheKind, number>>) {
    this.#entries = entries
  }

  /** Answers follow a change of a headless Service's endpoints, this many seconds after it. */
  programmed(seconds: number): void {
    this.#programming.observe(seconds)
  }

  /** A fault of the server itself (CoreDNS: a panic that was recovered from). */
  panicked(): void {
    this.#panics++
  }

  exchange({ protocol, family, type, dnssecOk, requestBytes, responseBytes, rcode, plugin, seconds }: DnsExchange): void {
    const typeName = typeNames.get(type)
    const requestKey = ((typeName ? type : 0) << 2) | (protocol === 'udp' ? 0 : 2) | (family === 4 ? 0 : 1)
    this.#requests.add(requestKey, () => `${zone},proto="${protocol}",family="${family === 4 ? 1 : 2}",type="${typeName ?? 'other'}"`)
    this.#responses.add((rcode << 2) | plugins.indexOf(plugin), () => `${zone},rcode="${rcodeName(rcode)}",plugin="${plugin}"`)
    if (dnssecOk) this.#dnssecOk++
    this.#duration.observe(seconds)
    this.#requestBytes[protocol].observe(requestBytes)
    this.#responseBytes[protocol].observe(responseBytes)
  }

  cacheHit(kind: CacheKind): void {
    this.#cacheRequests++
    this.#cacheHits[kind]++
  }

  cacheMiss(): void {
    this.#cacheRequests++
    this.#cacheMisses++
  }

  /** An upstream answered; `to` is "ADDRESS:PORT". */
  upstreamAnswered(to: string, rcode: number, seconds: number): void {
    const labels = `proxy_name="forward",to="${to}",rcode="${rcodeName(rcode)}"`
    const histogram = this.#forwardSeconds.get(labels) ?? new Histogram(timeBounds)
    this.#forwardSeconds.set(labels, histogram)
    histogram.observe(seconds)
  }

  /** It did not, and is passed over for a while. */
  upstreamFailed(to: string): void {
    add(this.#forwardFailures, `proxy_name="forward",to="${to}"`)
  }

  /** None of them did. */
  allUpstreamsFailed(): void {
    this.#forwardBroken++
  }

  /** More questions were under way than may be. */
  forwardRejected(): void {
    this.#forwardRejects++
  }

  text(): string {
    const entries = this.#entries()
    const lines = [
      ...family('coredns_build_info', 'gauge', 'What is running.', [[`version="k8ts",revision="",goversion="node ${process.versions.node}"`, 1]]),
      ...family('coredns_panics_total', 'counter', 'Faults of the server.', [['', this.#panics]]),
      ...family(
        'coredns_plugin_enabled',
        'gauge',
        'What takes part in answers.',
        ['cache', 'errors', 'forward', 'kubernetes', 'loop', 'prometheus'].map((name) => [`${zone},name="${name}"`, 1]),
      ),
      ...family('coredns_dns_requests_total', 'counter', 'Queries, by protocol, address family and type.', this.#requests.series()),
      ...histograms('coredns_dns_request_duration_seconds', 'How long queries took.', [[zone, this.#duration]]),
      ...histograms('coredns_kubernetes_dns_programming_duration_seconds', 'How long after a change of endpoints answers followed.', [
        ['service_kind="headless_with_selector"', this.#programming],
      ]),
      ...histograms('coredns_dns_request_size_bytes', 'How large queries were.', byProtocol(this.#requestBytes)),
      ...family('coredns_dns_do_requests_total', 'counter', 'Queries that asked for DNSSEC records.', [[zone, this.#dnssecOk]]),
      ...histograms('coredns_dns_response_size_bytes', 'How large responses were.', byProtocol(this.#responseBytes)),
      ...family('coredns_dns_responses_total', 'counter', 'Responses, by code and by who wrote them.', this.#responses.series()),
      ...family(
        'coredns_cache_entries',
        'gauge',
        'Answers that are kept.',
        cacheKinds.map((kind) => [`${server},type="${kind}",zones=".",view=""`, entries[kind]]),
      ),
      ...family('coredns_cache_requests_total', 'counter', 'Queries that the cache was asked for.', [[zones, this.#cacheRequests]]),
      ...family(
        'coredns_cache_hits_total',
        'counter',
        'Queries that the cache answered.',
        cacheKinds.map((kind) => [`${server},type="${kind}",zones=".",view=""`, this.#cacheHits[kind]]),
      ),
      ...family('coredns_cache_misses_total', 'counter', 'Queries that it did not.', [[zones, this.#cacheMisses]]),
      ...histograms('coredns_proxy_request_duration_seconds', 'How long upstream resolvers took to answer.', [...this.#forwardSeconds]),
      ...family('coredns_proxy_healthcheck_failures_total', 'counter', 'How often an upstream resolver did not answer.', this.#forwardFailures),
      ...family('coredns_forward_healthcheck_broken_total', 'counter', 'Queries that no upstream resolver answered.', [['', this.#forwardBroken]]),
      ...family('coredns_forward_max_concurrent_rejects_total', 'counter', 'Queries refused because too many were under way.', [['', this.#forwardRejects]]),
    ]
    return `${lines.join('\n')}\n`
  }
}

const cacheKinds = ['success', 'denial'] as const

function rcodeName(code: number): string {
  return rcodeNames[code] ?? `RCODE${code}`
}

function add(to: Map<string, number>, key: string): void {
  to.set(key, (to.get(key) ?? 0) + 1)
}

function byProtocol(histograms: Readonly<Record<DnsProtocol, Histogram>>): [string, Histogram][] {
  return (['udp', 'tcp'] as const).map((protocol) => [`${zone},proto="${protocol}"`, histograms[protocol]])
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function family(name: string, type: 'counter' | 'gauge', help: string, series: Iterable<readonly [string, number]>): string[] {
  return [...head(name, type, help), ...[...series].map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`)]
}

function histograms(name: string, help: string, series: readonly (readonly [string, Histogram])[]): string[] {
  return [...head(name, 'histogram', help), ...series.flatMap(([labels, histogram]) => histogram.lines(name, labels))]
}
