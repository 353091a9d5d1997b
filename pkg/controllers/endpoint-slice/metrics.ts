/** What EndpointSlices are made of and how often they change: upstream's endpoint_slice_controller_*. */
import type { Service } from '#api/gen/core/v1.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { defaultMaxEndpoints, type SlicePlan } from './plan.ts'
import type { PortGroup } from './desired.ts'

const bounds = exponentialBounds(2, 2, 15)

interface Known {
  readonly endpoints: number
  readonly slices: number
  readonly desiredSlices: number
  readonly distribution: string
}

export class SliceMetrics {
  readonly set = new MetricSet()
  /** By Service. */
  readonly #known = new Map<string, Known>()
  readonly #syncs = this.set.counter('endpoint_slice_controller_syncs', 'Number of EndpointSlice syncs')
  readonly #changes = this.set.counter('endpoint_slice_controller_changes', 'Number of EndpointSlice changes')
  readonly #added = this.set.histogram('endpoint_slice_controller_endpoints_added_per_sync', 'Number of endpoints added on each Service sync', bounds)
  readonly #removed = this.set.histogram('endpoint_slice_controller_endpoints_removed_per_sync', 'Number of endpoints removed on each Service sync', bounds)
  readonly #changed = this.set.histogram(
    'endpoint_slice_controller_endpointslices_changed_per_sync',
    'Number of EndpointSlices changed on each Service sync',
    [0, 1, 2, 3, 4, 5, 10, 20],
  )

  readonly #perSlice: number

  constructor(perSlice = defaultMaxEndpoints) {
    this.#perSlice = perSlice
    const sum = (of: (known: Known) => number) => () => [[{}, [...this.#known.values()].reduce((total, each) => total + of(each), 0)]] as const
    this.set.gauges(
      'endpoint_slice_controller_endpoints_desired',
      'Number of endpoints desired',
      sum(({ endpoints }) => endpoints),
    )
    this.set.gauges(
      'endpoint_slice_controller_num_endpoint_slices',
      'Number of EndpointSlices',
      sum(({ slices }) => slices),
    )
    this.set.gauges(
      'endpoint_slice_controller_desired_endpoint_slices',
      'Number of EndpointSlices that would exist with perfect endpoint allocation',
      sum(({ desiredSlices }) => desiredSlices),
    )
    this.set.gauges('endpoint_slice_controller_services_count_by_traffic_distribution', 'Number of Services using some specific trafficDistribution', () => {
      const counts = new Map<string, number>()
      for (const { distribution } of this.#known.values()) if (distribution) counts.set(distribution, (counts.get(distribution) ?? 0) + 1)
      return [...counts].map(([value, count]): [Record<string, string>, number] => [{ traffic_distribution: value }, count])
    })
  }

  planned(key: string, { metadata, spec }: Service, groups: ReadonlyMap<string, PortGroup>, before: number, plan: SlicePlan): void {
    const sizes = [...groups.values()].map(({ endpoints }) => endpoints.length)
    const endpoints = sizes.reduce((total, each) => total + each, 0)
    const desiredSlices = Math.max(
      1,
      sizes.reduce((total, each) => total + Math.ceil(each / this.#perSlice), 0),
    )
    const distribution = spec.trafficDistribution ?? ''
    const previous = this.#known.get(key)?.endpoints ?? 0
    this.#known.set(key, { endpoints, desiredSlices, distribution, slices: before + plan.create.length - plan.delete.length })
    this.#added.observe(Math.max(0, endpoints - previous))
    this.#removed.observe(Math.max(0, previous - endpoints))
    for (const operation of ['create', 'update', 'delete'] as const) if (plan[operation].length > 0) this.#changes.add({ operation }, plan[operation].length)
    const mode = metadata.annotations?.['service.kubernetes.io/topology-mode']
    const topology = mode?.toLowerCase() === 'auto' ? 'Auto' : 'Disabled'
    this.#changed.observe(plan.create.length + plan.update.length + plan.delete.length, { topology, traffic_distribution: distribution })
  }

  synced(result: 'success' | 'error' | 'stale'): void {
    this.#syncs.add({ result })
  }

  forget(key: string): void {
    this.#known.delete(key)
  }
}
