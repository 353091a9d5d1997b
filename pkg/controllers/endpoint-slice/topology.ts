/**
 * Topology aware routing (annotation service.kubernetes.io/topology-mode: Auto): endpoints are shared out to zones by the processors
 * that the zones' nodes have, as many as possible to their own zone. What is allotted already stays while it does not crowd out the
 * others' least share. Upstream: k8s.io/endpointslice/topologycache.
 */
import type { Node, Service } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointSlice } from '#api/gen/discovery/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { EventRecorder } from '#client/events.ts'
import type { PortGroup } from './desired.ts'

/** A zone may have that much less than its share before it is better to have no hints at all. */
const overloadThreshold = 0.2
const zoneLabel = 'topology.kubernetes.io/zone'
const excluded = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']
const annotations = ['service.kubernetes.io/topology-aware-hints', 'service.kubernetes.io/topology-mode']

interface Allocation {
  readonly maximum: number
  readonly desired: number
}

export function wantsTopologyHints({ metadata }: Service): boolean {
  const value = annotations.map((name) => metadata.annotations?.[name]).find((each) => each !== undefined)
  return value === 'Auto' || value === 'auto'
}

/** Each zone's share of all processors; undefined where any node leaves its zone or its processors open, or there is but one zone. */
export function cpuRatios(nodes: readonly Node[]): Map<string, number> | undefined {
  const byZone = new Map<string, number>()
  let total = 0
  for (const { metadata, status } of nodes) {
    if (excluded.some((label) => metadata.labels?.[label] !== undefined)) continue
    if (!status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')) continue
    const zone = metadata.labels?.[zoneLabel]
    const milli = Quantity.parse(status.allocatable?.cpu ?? '0').milliValue()
    if (!zone || milli === 0) return undefined
    byZone.set(zone, (byZone.get(zone) ?? 0) + milli)
    total += milli
  }
  if (byZone.size < 2) return undefined
  return new Map([...byZone].map(([zone, milli]) => [zone, milli / total]))
}

/** What of a node matters for the shares. */
export function topologyOf({ metadata, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status
  return [metadata.labels?.[zoneLabel], status?.allocatable?.cpu, ready, ...excluded.map((label) => metadata.labels?.[label] !== undefined)].join('|')
}

export class TopologyHints {
  /** The Services that have hints by us. */
  readonly #populated = new Set<string>()

  /** Puts hints into the groups' endpoints, or takes all away and says in an Event why there can be none. */
  apply(
    key: string,
    service: Service,
    groups: ReadonlyMap<string, PortGroup>,
    existing: readonly EndpointSlice[],
    nodes: readonly Node[],
    events: EventRecorder,
  ): void {
    for (const addressType of new Set([...groups.values()].map((group) => group.addressType))) {
      const endpoints = [...groups.values()].filter((group) => group.addressType === addressType).flatMap((group) => group.endpoints)
      for (const each of endpoints) delete (each as { hints?: unknown }).hints
      const why = allot(endpoints, hintsIn(existing, addressType), cpuRatios(nodes))
      if (why !== undefined) {
        this.#populated.delete(key)
        events.event(service, 'Warning', 'TopologyAwareHintsDisabled', `${why}, addressType: ${addressType}`)
      } else if (!this.#populated.has(key)) {
        this.#populated.add(key)
        events.event(service, 'Normal', 'TopologyAwareHintsEnabled', `Topology Aware Hints has been enabled, addressType: ${addressType}`)
      }
    }
  }

  /** The Service does not ask for it, or no longer. */
  leave(key: string, service: Service, addressType: string, events: EventRecorder): void {
    if (this.#populated.delete(key))
      events.event(service, 'Warning', 'TopologyAwareHintsDisabled', `Topology Aware Hints has been disabled, addressType: ${addressType}`)
  }

  forget(key: string): void {
    this.#populated.delete(key)
  }
}

function hintsIn(slices: readonly EndpointSlice[], addressType: string): Map<string, string> {
  const hints = new Map<string, string>()
  for (const slice of slices) {
    if (slice.addressType !== addressType) continue
    for (const { addresses, hints: found } of slice.endpoints ?? []) {
      const zone = found?.forZones?.[0]?.name
      if (zone !== undefined) hints.set(addresses.join(), zone)
    }
  }
  return hints
}

/** Undefined: done; otherwise why not, with no hint set. */
function allot(all: readonly Endpoint[], before: ReadonlyMap<string, string>, ratios: ReadonlyMap<string, number> | undefined): string | undefined {
  const ready = all.filter(({ conditions }) => conditions?.ready)
  if (!ratios) return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes'
  const counts = `(${ready.length} endpoints, ${ratios.size} zones)`
  if (ratios.size > ready.length) return `Insufficient number of endpoints ${counts}`
  const allocations = allocate(ratios, ready.length)
  if (!allocations) return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${counts}`
  if (ready.some(({ zone }) => !zone)) return 'One or more endpoints do not have a zone specified'
  const allotted = new Map<string, number>()
  const add = (zone: string, count: number): void => void allotted.set(zone, (allotted.get(zone) ?? 0) + count)
  const zones = new Map<Endpoint, string>()
  const free: Endpoint[] = []
  for (const endpoint of ready) {
    const zone = before.get(endpoint.addresses.join())
    const limit = zone === undefined ? undefined : allocations.get(zone)?.maximum
    const stays = zone !== undefined && limit !== undefined && (allotted.get(zone) ?? 0) < limit
    zones.set(endpoint, stays ? zone : endpoint.zone!)
    add(zones.get(endpoint)!, 1)
    if (!stays) free.push(endpoint)
  }
  const { giving, receiving } = exchange(allocations, allotted)
  for (const endpoint of free) {
    const [to] = [...receiving].find(([, count]) => count > 0) ?? []
    const left = giving.get(endpoint.zone!) ?? 0
    if (to === undefined || left === 0) continue
    giving.set(endpoint.zone!, left - 1)
    receiving.set(to, receiving.get(to)! - 1)
    zones.set(endpoint, to)
  }
  for (const [endpoint, name] of zones) (endpoint as { hints?: Endpoint['hints'] }).hints = { forZones: [{ name }] }
  return undefined
}

function allocate(ratios: ReadonlyMap<string, number>, count: number): Map<string, Allocation> | undefined {
  const shares = [...ratios].map(([zone, ratio]) => ({ zone, desired: ratio * count, minimum: Math.ceil((ratio * count) / (1 + overloadThreshold)) }))
  const least = shares.reduce((sum, { minimum }) => sum + minimum, 0)
  if (least > count) return undefined
  return new Map(shares.map(({ zone, desired, minimum }) => [zone, { desired: Math.max(desired, minimum), maximum: minimum + count - least }]))
}

/** How many endpoints zones have too many, and to whom they go: whole ones, the greatest difference first. */
function exchange(
  allocations: ReadonlyMap<string, Allocation>,
  allotted: ReadonlyMap<string, number>,
): { giving: Map<string, number>; receiving: Map<string, number> } {
  const surplus = new Map<string, number>()
  const lack = new Map<string, number>()
  for (const [zone, { desired }] of allocations) {
    const difference = (allotted.get(zone) ?? 0) - desired
    if (difference > 0) surplus.set(zone, difference)
    if (difference < 0) lack.set(zone, -difference)
  }
  const giving = new Map<string, number>()
  const receiving = new Map<string, number>()
  for (;;) {
    const [from, toGive] = greatest(surplus)
    const [to, toReceive] = greatest(lack)
    if (from === undefined || to === undefined || (toGive < 1 && toReceive < 1) || toGive < 0.5 || toReceive < 0.5) return { giving, receiving }
    giving.set(from, (giving.get(from) ?? 0) + 1)
    surplus.set(from, toGive - 1)
    receiving.set(to, (receiving.get(to) ?? 0) + 1)
    lack.set(to, toReceive - 1)
  }
}

function greatest(zones: ReadonlyMap<string, number>): [string | undefined, number] {
  let found: [string | undefined, number] = [undefined, 0]
  for (const [zone, value] of zones) if (value > found[1]) found = [zone, value]
  return found
}
