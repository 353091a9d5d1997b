/** How much of the cluster's ranges is given out: upstream's node_ipam_controller_*, with its misspelling. */
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import type { CidrSet } from './cidr-set.ts'

/** `ranges`: what each set was cut from, in their order. */
export function rangeMetrics(ranges: readonly string[], sets: readonly CidrSet[]): MetricSet {
  const metrics = new MetricSet()
  const allocations = metrics.counter('node_ipam_controller_cidrset_cidrs_allocations_total', 'Counter measuring total number of CIDR allocations')
  const releases = metrics.counter('node_ipam_controller_cidrset_cidrs_releases_total', 'Counter measuring total number of CIDR releases')
  const tries = metrics.histogram(
    'node_ipam_controller_cidrset_allocation_tries_per_request',
    'How many taken CIDRs were passed over for each allocation',
    exponentialBounds(1, 5, 5),
  )
  const each = (read: (set: CidrSet) => number) => () => sets.map((set, index) => [{ clusterCIDR: ranges[index]! }, read(set)] as const)
  metrics.gauges(
    'node_ipam_controller_cirdset_max_cidrs',
    'Maximum number of CIDRs that can be allocated',
    each((set) => set.size),
  )
  metrics.gauges(
    'node_ipam_controller_cidrset_usage_cidrs',
    'Gauge measuring percentage of allocated CIDRs',
    each((set) => set.takenCount / set.size),
  )
  for (const [index, set] of sets.entries()) {
    const labels = { clusterCIDR: ranges[index]! }
    set.observer = { taken: () => allocations.add(labels), released: () => releases.add(labels), tries: (count) => tries.observe(count, labels) }
  }
  return metrics
}
