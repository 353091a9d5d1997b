/** What the proxy tells of itself, by kube-proxy's names (pkg/proxy/metrics). */
import { Histogram } from '#base/histogram.ts'
import type { IpFamily } from '../ip.ts'

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
  readonly reconcileSeconds = new Histogram(buckets)
  deletedFlows = 0
  syncFailures = 0
  /** Changes that are not in the kernel yet. */
  servicesPending = 0
  endpointsPending = 0
  /** By family: service ports with endpoints, but none here for a policy Local. */
  readonly withoutLocal = new Map<IpFamily, { readonly internal: number; readonly external: number }>()
  serviceChanges = 0
  endpointChanges = 0
  readonly healthz = new Map<number, number>()
  readonly livez = new Map<number, number>()

  readonly #families: readonly IpFamily[]

  constructor(families: readonly IpFamily[] = [4]) {
    this.#families = families
  }

  /** Both families are written in one transaction, so what it took is told of each. */
  text(): string {
    const histogram = (name: string, of: Histogram) =>
      `# TYPE ${name} histogram\n${this.#families.flatMap((each) => of.lines(name, `ip_family="IPv${each}"`)).join('\n')}\n`
    const ofEach = (value: number) => this.#families.map((each) => [`{ip_family="IPv${each}"}`, value] as const)
    const withoutLocal = this.#families.flatMap((each) =>
      (['external', 'internal'] as const).map(
        (policy) => [`{ip_family="IPv${each}",traffic_policy="${policy}"}`, this.withoutLocal.get(each)?.[policy] ?? 0] as const,
      ),
    )
    return [
      histogram('kubeproxy_sync_proxy_rules_duration_seconds', this.syncSeconds),
      histogram('kubeproxy_sync_full_proxy_rules_duration_seconds', this.fullSyncSeconds),
      histogram('kubeproxy_sync_partial_proxy_rules_duration_seconds', this.partialSyncSeconds),
      histogram('kubeproxy_network_programming_duration_seconds', this.programmingSeconds),
      histogram('kubeproxy_conntrack_reconciler_sync_duration_seconds', this.reconcileSeconds),
      family('kubeproxy_conntrack_reconciler_deleted_entries_total', 'counter', ofEach(this.deletedFlows)),
      family('kubeproxy_sync_proxy_rules_last_timestamp_seconds', 'gauge', ofEach(this.lastSyncSeconds)),
      family('kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds', 'gauge', ofEach(this.lastQueuedSeconds)),
      family('kubeproxy_sync_proxy_rules_nftables_sync_failures_total', 'counter', ofEach(this.syncFailures)),
      family('kubeproxy_sync_proxy_rules_no_local_endpoints_total', 'gauge', withoutLocal),
      family('kubeproxy_sync_proxy_rules_service_changes_pending', 'gauge', [['', this.servicesPending]]),
      family('kubeproxy_sync_proxy_rules_endpoint_changes_pending', 'gauge', [['', this.endpointsPending]]),
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
