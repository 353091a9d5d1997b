/**
 * Who has which address, as API objects: a ServiceCIDR is a range to take from, an IPAddress is one taken
 * (registry/core/service/ipallocator, KEP-1880). Creating the IPAddress is the allocation: of two at once one succeeds.
 */
import type { IPAddress, ServiceCIDR } from '#api/gen/networking/v1.ts'
import { ipAddresses } from '#api/gen/resources.ts'
import type { Service } from '#api/gen/core/v1.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { Registry } from '../registry/registry.ts'
import { AddressRange } from './address-range.ts'
import { type Family, familyOf } from './families.ts'

export const familyLabel = 'ipaddress.kubernetes.io/ip-family'
export const managedByLabel = 'ipaddress.kubernetes.io/managed-by'
export const managedBy = 'ipallocator.k8s.io'

export interface ServiceAddresses {
  /** Why it cannot be had; undefined: it is the Service's. */
  take(address: string, service: Service, dryRun: boolean): Promise<string | undefined>
  /** Any free one of a family; undefined when none is left. */
  next(family: Family, service: Service, dryRun: boolean): Promise<string | undefined>
  /** What nobody has is no error. */
  release(address: string): Promise<void>
  /** The ranges of all ServiceCIDRs, also of those that give no addresses now. */
  ranges(): readonly AddressRange[]
}

export interface ServiceAddressesOptions {
  readonly client: Client
  readonly registry: () => Registry
  /** Serve as long as there is no ServiceCIDR at all. */
  readonly defaultCidrs: readonly string[]
}

const noRange = 'the provided network does not match the current range'

export function createServiceAddresses({ client, registry, defaultCidrs }: ServiceAddressesOptions): ServiceAddresses {
  const known = new Map<string, AddressRange>()
  const rangeOf = (cidr: string): AddressRange => {
    const range = known.get(cidr) ?? new AddressRange(cidr)
    known.set(cidr, range)
    return range
  }

  function serviceCidrs(): ServiceCIDR[] {
    const view = registry().view('networking.k8s.io', 'v1', 'servicecidrs')
    return view ? [...view.cache.range(view.cache.prefix)].map((each) => view.object(each) as ServiceCIDR) : []
  }

  function rangesOf(cidrs: readonly ServiceCIDR[]): AddressRange[] {
    return [...new Set(cidrs.flatMap(({ spec }) => spec.cidrs ?? []))].map(rangeOf)
  }

  function ready(): AddressRange[] {
    const all = serviceCidrs()
    return all.length === 0 ? defaultCidrs.map(rangeOf) : rangesOf(all.filter(isReady))
  }

  function isTaken(address: string): boolean {
    const view = registry().view('networking.k8s.io', 'v1', 'ipaddresses')
    return view?.cache.get(view.key('', address)) !== undefined
  }

  /** False when another has it. */
  async function create(address: string, service: Service): Promise<boolean> {
    try {
      await client.create(ipAddresses, addressObject(address, service))
      return true
    } catch (error) {
      if (isAlreadyExists(error)) return false
      throw error
    }
  }

  return {
    async take(address, service, dryRun) {
      const ranges = ready().filter(({ family }) => family === numberOf(familyOf(address)))
      const isOffered = ranges.some((each) => each.offers(address))
      // A dry run is judged by the first range, in its words; nor does upstream look then who has the address.
      if (dryRun) return isOffered ? undefined : ranges[0] ? notInRange(address, ranges[0]) : noRange
      if (!isOffered) return noRange
      return (await create(address, service)) ? undefined : allocated
    },
    async next(family, service, dryRun) {
      for (const range of ready()) {
        if (range.family !== numberOf(family)) continue
        if (dryRun) return range.networkAddress
        for (const address of range.candidates()) if (!isTaken(address) && (await create(address, service))) return address
      }
      return undefined
    },
    async release(address) {
      try {
        await client.delete(ipAddresses, { name: address })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
    ranges: () => {
      const all = serviceCidrs()
      return all.length === 0 ? defaultCidrs.map(rangeOf) : rangesOf(all)
    },
  }
}

const allocated = 'provided IP is already allocated'

const numberOf = (family: Family): 4 | 6 => (family === 'IPv4' ? 4 : 6)

function notInRange(address: string, { cidr }: AddressRange): string {
  return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${cidr}`
}

/** Without a condition it counts as ready, so that Services come up before the controllers do. */
function isReady({ metadata, status }: ServiceCIDR): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  return !metadata.deletionTimestamp && (condition === undefined || condition.status === 'True')
}

export function addressObject(
  address: string,
  { metadata }: Service,
): Pick<IPAddress, 'spec'> & { metadata: { name: string; labels: Record<string, string> } } {
  return {
    metadata: { name: address, labels: { [familyLabel]: familyOf(address), [managedByLabel]: managedBy } },
    spec: { parentRef: { group: '', resource: 'services', namespace: metadata.namespace ?? '', name: metadata.name } },
  }
}
