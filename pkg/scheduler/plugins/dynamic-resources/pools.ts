/** The devices that a node can reach, pool by pool, out of the newest generation of their slices (GatherPools). */
import type { Node, NodeSelector } from '#api/gen/core/v1.ts'
import type { CounterSet, Device, ResourceSlice } from '#api/gen/resource/v1.ts'
import { matchesNodeSelector } from '#api/core/v1/placement/node-affinity.ts'

export interface PoolDevice {
  /** driver/pool/device. */
  readonly id: string
  readonly device: Device
  readonly slice: ResourceSlice
  readonly pool: Pool
}

export interface Pool {
  readonly driver: string
  readonly name: string
  /** Not all slices of its newest generation are there yet. */
  readonly incomplete: boolean
  /** Why nothing of it can be had: its slices contradict each other. */
  readonly invalid: string | undefined
  /** Those the node can reach. */
  readonly devices: readonly PoolDevice[]
  readonly counterSets: readonly CounterSet[]
  /** All of its devices that use up counters, wherever they are. */
  readonly counting: readonly PoolDevice[]
}

interface Reach {
  readonly nodeName?: string
  readonly allNodes?: boolean
  readonly nodeSelector?: NodeSelector
}

export function deviceId(driver: string, pool: string, device: string): string {
  return `${driver}/${pool}/${device}`
}

/** In the order in which devices are tried: by driver and pool, those that need binding conditions last. */
export function gatherPools(slices: readonly ResourceSlice[], node: Node): Pool[] {
  const byPool = Map.groupBy(slices, ({ spec }) => `${spec.driver}/${spec.pool.name}`)
  const pools = [...byPool.values()].map((of) => poolOf(of, node)).filter((pool) => pool !== undefined)
  const byName = pools.sort((a, b) => compare(a.driver, b.driver) || compare(a.name, b.name))
  const conditional = ({ devices }: Pool): boolean => devices.some(({ device }) => (device.bindingConditions ?? []).length > 0)
  return [...byName.filter((pool) => !conditional(pool)), ...byName.filter(conditional)]
}

function poolOf(all: readonly ResourceSlice[], node: Node): Pool | undefined {
  const generation = Math.max(...all.map(({ spec }) => spec.pool.generation))
  const slices = all.filter(({ spec }) => spec.pool.generation === generation).sort((a, b) => compare(a.metadata.name, b.metadata.name))
  const reachable = slices.filter(({ spec }) => reachesSlice(spec, node))
  if (reachable.length === 0) return undefined
  const { driver, pool } = slices[0]!.spec
  const counterSets = slices.flatMap(({ spec }) => spec.sharedCounters ?? [])
  const incomplete = slices.length !== pool.resourceSliceCount
  const found: { -readonly [K in keyof Pool]: Pool[K] } = {
    driver,
    name: pool.name,
    incomplete,
    invalid: incomplete ? undefined : contradiction(slices, counterSets),
    devices: [],
    counterSets,
    counting: [],
  }
  const devicesOf = (slice: ResourceSlice): PoolDevice[] =>
    (slice.spec.devices ?? []).map((device) => ({ id: deviceId(driver, pool.name, device.name), device, slice, pool: found }))
  found.devices = reachable.flatMap(devicesOf).filter(({ device, slice }) => !slice.spec.perDeviceNodeSelection || reaches(device, node))
  if (counterSets.length > 0) found.counting = slices.flatMap(devicesOf).filter(({ device }) => (device.consumesCounters ?? []).length > 0)
  return found
}

function reachesSlice(spec: ResourceSlice['spec'], node: Node): boolean {
  if ((spec.sharedCounters ?? []).length > 0) return true
  if (spec.perDeviceNodeSelection) return (spec.devices ?? []).some((device) => reaches(device, node))
  return reaches(spec, node)
}

function reaches({ nodeName, allNodes, nodeSelector }: Reach, node: Node): boolean {
  if (nodeName) return node.metadata.name === nodeName
  if (allNodes) return true
  return nodeSelector !== undefined && matchesNodeSelector(nodeSelector, node)
}

function contradiction(slices: readonly ResourceSlice[], counterSets: readonly CounterSet[]): string | undefined {
  const names = new Set<string>()
  const sets = new Map(counterSets.map((set) => [set.name, set]))
  if (sets.size < counterSets.length) return 'duplicate counter sets'
  for (const device of slices.flatMap(({ spec }) => spec.devices ?? [])) {
    if (names.has(device.name)) return `duplicate device name ${device.name}`
    names.add(device.name)
    for (const { counterSet, counters } of device.consumesCounters ?? []) {
      const set = sets.get(counterSet)
      if (!set) return `counter set ${counterSet} not found`
      for (const name of Object.keys(counters ?? {})) if (!set.counters?.[name]) return `counter ${name} not found in counter set ${counterSet}`
    }
  }
  return undefined
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
