/**
 * Chooses devices for claims on one node: the first that fit, in the order of pools, slices and devices, going back where a choice
 * leaves nothing for what follows (k8s.io/dynamic-resource-allocation/structured).
 */
import type {
  CounterSet,
  Device,
  DeviceClass,
  DeviceConstraint,
  DeviceRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaim,
} from '#api/gen/resource/v1.ts'
import { compareQuantities, subtractQuantities } from '#apimachinery/quantity.ts'
import type { AllocatedDevices } from './allocated.ts'
import { type Amounts, consumption, sum } from './capacity.ts'
import { Constraints } from './constraints.ts'
import type { Pool, PoolDevice } from './pools.ts'
import { selectorsMatch } from './selectors.ts'

/** AllocationResultsMaxSize. */
const maxDevices = 32

/** A request, or one of the alternatives of a request, that devices are chosen for. */
export interface Wish {
  /** "gpu", or "gpu/large" of alternatives. */
  readonly name: string
  readonly request: string
  readonly wanted: Omit<ExactDeviceRequest, 'deviceClassName'>
  readonly deviceClass: DeviceClass
}

export interface Chosen extends PoolDevice {
  readonly wish: Wish
  /** Where several share the device. */
  readonly consumed: Amounts | undefined
}

export interface AllocatorInput {
  readonly claims: readonly ResourceClaim[]
  readonly pools: readonly Pool[]
  readonly allocated: AllocatedDevices
  readonly classOf: (name: string) => DeviceClass | undefined
  /** Whether a device is what a wish asks for does not depend on the node: kept for the cycle. */
  readonly matches: WeakMap<Device, Map<string, boolean>>
}

/** Devices for each claim; undefined: they cannot all be had here. Throws where a claim, class or pool is wrong. */
export function allocate(input: AllocatorInput): Chosen[][] | undefined {
  const allocator = new Allocator(input)
  return allocator.claim(0) ? allocator.chosen : undefined
}

class Allocator {
  readonly chosen: Chosen[][]
  readonly #input: AllocatorInput
  readonly #constraints: Constraints[]
  /** Devices that are being taken whole, and for which claims. */
  readonly #taking = new Map<string, Set<number>>()
  /** What is being taken of devices that are shared. */
  readonly #sharing = new Map<string, Amounts>()

  constructor(input: AllocatorInput) {
    this.#input = input
    this.chosen = input.claims.map(() => [])
    this.#constraints = input.claims.map(({ spec }) => new Constraints((spec.devices.constraints ?? []) as DeviceConstraint[]))
  }

  claim(index: number): boolean {
    return index >= this.#input.claims.length || this.#request(index, 0)
  }

  #request(claimIndex: number, index: number): boolean {
    const claim = this.#input.claims[claimIndex]!
    const request = claim.spec.devices.requests?.[index]
    if (!request) return this.claim(claimIndex + 1)
    const next = (): boolean => this.#request(claimIndex, index + 1)
    return this.#wishesOf(claim, request).some((wish) => this.#grant(claimIndex, wish, next))
  }

  #wishesOf(claim: ResourceClaim, { name, exactly, firstAvailable = [] }: DeviceRequest): Wish[] {
    const all = exactly ? [{ name, wanted: exactly }] : firstAvailable.map((each) => ({ name: `${name}/${each.name}`, wanted: each }))
    return all.map(({ name: full, wanted }) => {
      const deviceClass = this.#input.classOf(wanted.deviceClassName)
      if (!deviceClass) throw new Error(`claim ${keyOf(claim)}, request ${full}: could not retrieve device class ${wanted.deviceClassName}`)
      return { name: full, request: name, wanted, deviceClass }
    })
  }

  #grant(claimIndex: number, wish: Wish, next: () => boolean): boolean {
    const { allocationMode = 'ExactCount', count = 1 } = wish.wanted
    const room = maxDevices - this.chosen[claimIndex]!.length
    if (allocationMode !== 'All') return count <= room && this.#some(claimIndex, wish, count, this.#devices(), 0, next)
    const all = this.#allOf(claimIndex, wish)
    return all.length > 0 && all.length <= room && this.#every(claimIndex, wish, all, 0, next)
  }

  #devices(): PoolDevice[] {
    return this.#input.pools.flatMap(({ incomplete, invalid, devices }) => (incomplete || invalid !== undefined ? [] : devices))
  }

  #some(claimIndex: number, wish: Wish, left: number, devices: readonly PoolDevice[], from: number, next: () => boolean): boolean {
    if (left === 0) return next()
    for (let at = from; at < devices.length; at++) {
      const device = devices[at]!
      if (!this.#isWanted(claimIndex, wish, device)) continue
      const undo = this.#take(claimIndex, wish, device)
      if (!undo) continue
      if (this.#some(claimIndex, wish, left - 1, devices, at + 1, next)) return true
      undo()
    }
    return false
  }

  #every(claimIndex: number, wish: Wish, devices: readonly PoolDevice[], at: number, next: () => boolean): boolean {
    const device = devices[at]
    if (!device) return next()
    const undo = this.#take(claimIndex, wish, device)
    if (!undo) return false
    if (this.#every(claimIndex, wish, devices, at + 1, next)) return true
    undo()
    return false
  }

  /** All there are: also those that are taken, and then it cannot be. */
  #allOf(claimIndex: number, wish: Wish): PoolDevice[] {
    const claim = `claim ${keyOf(this.#input.claims[claimIndex]!)}, request ${wish.name}`
    for (const { driver, name, incomplete, invalid } of this.#input.pools) {
      if (incomplete) throw new Error(`${claim}: asks for all devices, but resource pool ${driver}/${name} is currently being updated`)
      if (invalid !== undefined) throw new Error(`${claim}: asks for all devices, but resource pool ${driver}/${name} is currently invalid`)
    }
    return this.#devices().filter(
      (device) => this.#isWanted(claimIndex, wish, device) && consumption(device.device, wish.wanted.capacity, this.#used(device)) !== undefined,
    )
  }

  #isWanted(claimIndex: number, wish: Wish, { device, slice }: PoolDevice): boolean {
    const claim = this.#input.claims[claimIndex]!
    const key = `${claim.metadata.uid}/${wish.name}`
    const known = this.#input.matches.get(device) ?? new Map<string, boolean>()
    this.#input.matches.set(device, known)
    let wanted = known.get(key)
    if (wanted === undefined) {
      const { driver } = slice.spec
      wanted =
        selectorsMatch(wish.deviceClass.spec.selectors, device, driver, `class ${wish.deviceClass.metadata.name}`) &&
        selectorsMatch(wish.wanted.selectors, device, driver, `claim ${keyOf(claim)}`)
      known.set(key, wanted)
    }
    return wanted
  }

  /** Answers how to give it back; undefined: it cannot be taken. */
  #take(claimIndex: number, wish: Wish, found: PoolDevice): (() => void) | undefined {
    const { device, id, slice } = found
    const { adminAccess = false, tolerations, capacity } = wish.wanted
    const shared = device.allowMultipleAllocations === true
    const taking = this.#taking.get(id)
    if (adminAccess && !shared && taking?.has(claimIndex)) return undefined
    if (!adminAccess && (this.#input.allocated.whole.has(id) || (taking && taking.size > 0))) return undefined
    if (isTainted(device, tolerations)) return undefined
    const used = this.#used(found)
    const consumed = consumption(device, capacity, used)
    if (consumed === undefined) return undefined
    // Counters are used up once, by the first that shares the device.
    const first = !shared || !(this.#input.allocated.shared.has(id) || this.#sharing.has(id))
    if (first && !adminAccess && !this.#countersSuffice(found)) return undefined
    const constraints = this.#constraints[claimIndex]!
    if (!constraints.add(wish.request, wish.name, device, slice.spec.driver)) return undefined
    const before = this.#sharing.get(id)
    if (shared) this.#sharing.set(id, sum(before ?? {}, consumed))
    else this.#taking.set(id, new Set([...(taking ?? []), claimIndex]))
    this.chosen[claimIndex]!.push({ ...found, wish, consumed: shared ? consumed : undefined })
    return () => {
      this.chosen[claimIndex]!.pop()
      constraints.removeLast()
      if (!shared) this.#taking.get(id)!.delete(claimIndex)
      else if (before) this.#sharing.set(id, before)
      else this.#sharing.delete(id)
    }
  }

  /** Of a device that is not shared nothing is used: it is taken whole, or free. */
  #used({ id, device }: PoolDevice): Amounts {
    if (device.allowMultipleAllocations !== true) return {}
    return sum(this.#input.allocated.shared.get(id) ?? {}, this.#sharing.get(id) ?? {})
  }

  #countersSuffice({ device, pool, id }: PoolDevice): boolean {
    const { consumesCounters = [] } = device
    if (consumesCounters.length === 0) return true
    const isTaken = (other: PoolDevice): boolean => {
      const { whole, shared } = this.#input.allocated
      return other.id !== id && (whole.has(other.id) || shared.has(other.id) || (this.#taking.get(other.id)?.size ?? 0) > 0 || this.#sharing.has(other.id))
    }
    const left = remaining(pool.counterSets, pool.counting.filter(isTaken))
    return consumesCounters.every(({ counterSet, counters }) =>
      Object.entries(counters ?? {}).every(([name, { value }]) => compareQuantities(value, left.get(`${counterSet}/${name}`) ?? '0') <= 0),
    )
  }
}

function remaining(sets: readonly CounterSet[], taken: readonly PoolDevice[]): Map<string, string> {
  const left = new Map<string, string>(
    sets.flatMap((set) => Object.entries(set.counters ?? {}).map(([name, { value }]) => [`${set.name}/${name}`, value] as const)),
  )
  for (const { device } of taken) {
    for (const { counterSet, counters } of device.consumesCounters ?? []) {
      for (const [name, { value }] of Object.entries(counters ?? {})) {
        const key = `${counterSet}/${name}`
        left.set(key, subtractQuantities(left.get(key) ?? '0', value))
      }
    }
  }
  return left
}

function isTainted({ taints = [] }: Device, tolerations: readonly DeviceToleration[] = []): boolean {
  return taints.some((taint) => {
    if (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute') return false
    return !tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
      if ((effect && effect !== taint.effect) || (key && key !== taint.key)) return false
      return operator === 'Exists' ? true : operator === 'Equal' && key !== undefined && value === (taint.value ?? '')
    })
  })
}

export function keyOf({ metadata }: ResourceClaim): string {
  return `${metadata.namespace}/${metadata.name}`
}
