/**
 * How many nodes of each zone are well, and how fast the others may be emptied (docs: "Nodes", rate limits on eviction): where
 * much of a zone is silent it is more likely the network than the nodes, and where everything is, it is we who are cut off.
 */
import type { Node } from '#api/gen/core/v1.ts'
import type { Clock } from '#base/clock.ts'
import { readyStatus } from './taints.ts'

export interface ZoneLimits {
  /** Nodes a second that begin to be emptied in a zone that is well (--node-eviction-rate). Upstream: 0.1. */
  readonly nodeEvictionRate?: number
  /** In a large zone that is partly down (--secondary-node-eviction-rate). Upstream: 0.01. */
  readonly secondaryNodeEvictionRate?: number
  /** The share of silent nodes from which a zone is partly down (--unhealthy-zone-threshold). Upstream: 0.55. */
  readonly unhealthyZoneThreshold?: number
  /** Smaller zones that are partly down are not emptied at all (--large-cluster-size-threshold). Upstream: 50. */
  readonly largeClusterSizeThreshold?: number
}

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption'

interface Zone {
  ready: number
  notReady: number
  state: ZoneState
  lastEvictionAt: number
}

const excluded = 'node.kubernetes.io/exclude-disruption'

export function zoneOf({ metadata: { labels = {} } }: Node): string {
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? ''
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? ''
  return `${region}:${zone}`
}

export class Zones {
  readonly #clock: Clock
  readonly #rate: number
  readonly #secondaryRate: number
  readonly #threshold: number
  readonly #large: number
  readonly #nodes = new Map<string, { readonly zone: string; readonly ready: boolean }>()
  readonly #zones = new Map<string, Zone>()
  #allDisrupted = false

  constructor(
    clock: Clock,
    { nodeEvictionRate = 0.1, secondaryNodeEvictionRate = 0.01, unhealthyZoneThreshold = 0.55, largeClusterSizeThreshold = 50 }: ZoneLimits = {},
  ) {
    this.#clock = clock
    this.#rate = nodeEvictionRate
    this.#secondaryRate = secondaryNodeEvictionRate
    this.#threshold = unhealthyZoneThreshold
    this.#large = largeClusterSizeThreshold
  }

  /** Takes note of a node as it is now; undefined: it is gone. True when what is allowed changed somewhere. */
  note(name: string, node: Node | undefined): boolean {
    const before = this.#nodes.get(name)
    if (before) this.#count(before, -1)
    this.#nodes.delete(name)
    if (node && node.metadata.labels?.[excluded] === undefined) {
      const now = { zone: zoneOf(node), ready: readyStatus(node) === 'True' }
      this.#nodes.set(name, now)
      this.#count(now, 1)
    }
    return this.#judge()
  }

  /** Of each zone: how many nodes, and how many of them are not ready. */
  sizes(): { readonly zone: string; readonly size: number; readonly unhealthy: number }[] {
    return [...this.#zones].map(([zone, { ready, notReady }]) => ({ zone, size: ready + notReady, unhealthy: notReady }))
  }

  /** No node anywhere is ready. */
  get allDisrupted(): boolean {
    return this.#allDisrupted
  }

  stateOf(node: Node): ZoneState {
    return this.#zones.get(zoneOf(node))?.state ?? 'Normal'
  }

  /** Zero: the node's turn is now, and taken. Otherwise in how long it may be, or never as things stand. */
  waitMs(node: Node): number {
    const zone = this.#zones.get(zoneOf(node)) ?? { ready: 0, notReady: 1, state: 'Normal', lastEvictionAt: Number.NEGATIVE_INFINITY }
    const rate = this.#rateOf(zone)
    if (rate <= 0) return Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    const left = zone.lastEvictionAt + 1000 / rate - now
    if (left > 0) return left
    zone.lastEvictionAt = now
    return 0
  }

  #rateOf({ state, ready, notReady }: Zone): number {
    if (this.#allDisrupted) return 0
    if (state !== 'PartialDisruption') return this.#rate
    return ready + notReady > this.#large ? this.#secondaryRate : 0
  }

  #count({ zone: name, ready }: { readonly zone: string; readonly ready: boolean }, by: number): void {
    const zone = this.#zones.get(name) ?? { ready: 0, notReady: 0, state: 'Normal', lastEvictionAt: Number.NEGATIVE_INFINITY }
    this.#zones.set(name, zone)
    if (ready) zone.ready += by
    else zone.notReady += by
  }

  #judge(): boolean {
    let changed = false
    for (const [name, zone] of this.#zones) {
      if (zone.ready + zone.notReady === 0) {
        this.#zones.delete(name)
        continue
      }
      const state = this.#stateOf(zone)
      changed ||= state !== zone.state
      zone.state = state
    }
    const all = this.#zones.size > 0 && [...this.#zones.values()].every(({ state }) => state === 'FullDisruption')
    changed ||= all !== this.#allDisrupted
    this.#allDisrupted = all
    return changed
  }

  #stateOf({ ready, notReady }: Zone): ZoneState {
    if (ready === 0 && notReady > 0) return 'FullDisruption'
    return notReady > 2 && notReady / (ready + notReady) >= this.#threshold ? 'PartialDisruption' : 'Normal'
  }
}
