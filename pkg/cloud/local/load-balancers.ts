/** Each Service of type LoadBalancer has an address to itself, so that equal ports never meet. The only record of it is the Service's status. */
import type { LoadBalancerStatus, Node, Service } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { LoadBalancers } from '../types.ts'
import { AddressRange } from './address-range.ts'

/** A Service that names this class is ours too; one that names another is another provider's. */
export const loadBalancerClass = 'k8ts.io/local'

/** A range of each family that the cluster has. */
export function localLoadBalancers(loadBalancerRanges: readonly string[]): LoadBalancers {
  const ranges = loadBalancerRanges.map((each) => new AddressRange(each))
  return {
    loadBalancerClass,
    // Who has an address keeps it over a restart, the eldest first.
    restore(services) {
      const eldestFirst = [...services].sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
      for (const service of eldestFirst) for (const address of addressesOf(service)) rangeOf(ranges, address)?.take(address, keyOf(service))
    },
    async get(service) {
      const held = rangesFor(ranges, service).flatMap((range) => range.heldBy(keyOf(service)) ?? [])
      return held.length === 0 ? undefined : statusOf(held)
    },
    async ensure(service, nodes) {
      const key = keyOf(service)
      const avoided = new Set(nodes.flatMap(addressesOfNode))
      const wanted = service.spec.loadBalancerIP
      const own = rangesFor(ranges, service)
      if (wanted && !rangeOf(own, wanted)) throw new Error(`the address ${wanted} is not one for load balancers`)
      const addresses = own.map((range) =>
        wanted && range.contains(wanted) ? takeWanted(range, wanted, key, avoided) : (range.heldBy(key) ?? takeFree(range, key, avoided)),
      )
      for (const range of ranges) range.release(key, addresses[own.indexOf(range)])
      return statusOf(addresses)
    },
    // The nodes see for themselves who of them announces it.
    async update() {},
    async ensureDeleted(service) {
      for (const range of ranges) range.release(keyOf(service))
    },
  }
}

/** Of each family that the Service has, in its order. */
function rangesFor(ranges: readonly AddressRange[], { spec }: Service): AddressRange[] {
  const families = spec.ipFamilies?.length ? spec.ipFamilies.map((each) => (each === 'IPv6' ? 6 : 4)) : ranges.slice(0, 1).map(({ family }) => family)
  return families.flatMap((family) => ranges.find((range) => range.family === family) ?? [])
}

function rangeOf(ranges: readonly AddressRange[], address: string): AddressRange | undefined {
  return ranges.find((range) => range.contains(address))
}

function takeWanted(range: AddressRange, wanted: string, key: string, avoided: ReadonlySet<string>): string {
  if (avoided.has(wanted)) throw new Error(`the address ${wanted} is not one for load balancers`)
  if (!range.take(wanted, key)) throw new Error(`the address ${wanted} is in use by Service ${range.ownerOf(wanted)}`)
  return wanted
}

function takeFree(range: AddressRange, key: string, avoided: ReadonlySet<string>): string {
  const address = range.takeAny(key, avoided)
  if (!address) throw new Error('no address is free')
  return address
}

function statusOf(addresses: readonly string[]): LoadBalancerStatus {
  return { ingress: addresses.map((ip) => ({ ip, ipMode: 'VIP' })) }
}

function addressesOf({ spec, status }: Service): string[] {
  if (spec.type !== 'LoadBalancer' || (spec.loadBalancerClass && spec.loadBalancerClass !== loadBalancerClass)) return []
  return (status?.loadBalancer?.ingress ?? []).map((each) => each.ip ?? '')
}

function addressesOfNode({ status }: Node): string[] {
  return (status?.addresses ?? []).map(({ address }) => address)
}
