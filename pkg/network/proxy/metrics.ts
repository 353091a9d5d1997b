/** What the proxy tells of itself, by kube-proxy's names (pkg/proxy/metrics). */
import { Histogram } from '#base/histogram.ts'

/** Upstream's: 1 ms doubled fourteen times. */
const buckets = Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index)

/** Upstream's: quarters and seconds up to one minute, then wider, up to five. */
const programmingBuckets = [
  ...[0.25, 0.5],
  ...Array.from({ length: 59 }, (_, index) => 1 + index),
  ...Array.from({ length: 12 }, (_, index) => 60 + 5 * index),
  ...Array.from({ length: 7 }, (_, index) => 120 + 30 * index),
]

export class ProxyMetrics {
  readonly syncSeconds = new Histogram(buckets)
  readonly fullSyncSeconds = new Histogram(buckets)
  readonly partialSyncSeconds = new Histogram(buckets)
  readonly programmingSeconds = new Histogram(programmingBuckets)
  lastSyncSeconds = 0
  lastQueuedSeconds = 0
  syncFailures = 0
  serviceChanges = 0
  endpointChanges = 0
  readonly healthz = new Map<number, number>()
  readonly livez = new Map<number, number>()

  text(): string {
    return [
      histogram('kubeproxy_sync_proxy_rules_duration_seconds', this.syncSeconds),
      histogram('kubeproxy_sync_full_proxy_rules_duration_seconds', this.fullSyncSeconds),
      histogram('kubeproxy_sync_partial_proxy_rules_duration_seconds', this.partialSyncSeconds),
      `# TYPE kubeproxy_network_programming_duration_seconds histogram\n${this.programmingSeconds.lines('kubeproxy_network_programming_duration_seconds', '').join('\n')}\n`,
      family('kubeproxy_sync_proxy_rules_last_timestamp_seconds', 'gauge', [['', this.lastSyncSeconds]]),
      family('kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds', 'gauge', [['', this.lastQueuedSeconds]]),
      family('kubeproxy_sync_proxy_rules_nftables_sync_failures_total', 'counter', [['', this.syncFailures]]),
      family('kubeproxy_sync_proxy_rules_service_changes_total', 'counter', [['', this.serviceChanges]]),
      family('kubeproxy_sync_proxy_rules_endpoint_changes_total', 'counter', [['', this.endpointChanges]]),
      family('kubeproxy_proxy_healthz_total', 'counter', byCode(this.healthz)),
      family('kubeproxy_proxy_livez_total', 'counter', byCode(this.livez)),
    ].join('')
  }
}

const byCode = (counts: ReadonlyMap<number, number>) => [...counts].map(([code, count]) => [`{code="${code}"}`, count] as const)

function family(name: string, type: string, samples: readonly (readonly [labels: string, value: number])[]): string {
  return `# TYPE ${name} ${type}\n${samples.map(([labels, value]) => `${name}${labels} ${value}\n`).join('')}`
}

function histogram(name: string, of: Histogram): string {
  return `# TYPE ${name} histogram\n${of.lines(name, 'ip_family="IPv4"').join('\n')}\n`
}
