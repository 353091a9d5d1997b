/** Each Service of type LoadBalancer has an address to itself, so that equal ports never meet. The only record of it is the Service's status. */
import type { LoadBalancerStatus, Node, Service } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import type { LoadBalancers } from '../types.ts'
import { AddressRange } from './address-range.ts'

/** A Service that names this class is ours too; one that names another is another provider's. */
export const loadBalancerClass = 'k8ts.io/local'

export function localLoadBalancers(loadBalancerRange: string): LoadBalancers {
  const range = new AddressRange(loadBalancerRange)
  return {
    loadBalancerClass,
    // Who has an address keeps it over a restart, the eldest first.
    restore(services) {
      const eldestFirst = [...services].sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
      for (const service of eldestFirst) for (const address of addressesOf(service)) if (range.contains(address)) range.take(address, keyOf(service))
    },
    async get(service) {
      const held = range.heldBy(keyOf(service))
      return held === undefined ? undefined : statusOf(held)
    },
    async ensure(service, nodes) {
      const key = keyOf(service)
      const avoided = new Set(nodes.flatMap(addressesOfNode))
      const { loadBalancerIP: wanted } = service.spec
      const address = wanted ? takeWanted(range, wanted, key, avoided) : (range.heldBy(key) ?? takeFree(range, key, avoided))
      range.release(key, address)
      return statusOf(address)
    },
    // The nodes see for themselves who of them announces it.
    async update() {},
    async ensureDeleted(service) {
      range.release(keyOf(service))
    },
  }
}

function takeWanted(range: AddressRange, wanted: string, key: string, avoided: ReadonlySet<string>): string {
  if (!range.contains(wanted) || avoided.has(wanted)) throw new Error(`the address ${wanted} is not one for load balancers`)
  if (!range.take(wanted, key)) throw new Error(`the address ${wanted} is in use by Service ${range.ownerOf(wanted)}`)
  return wanted
}

function takeFree(range: AddressRange, key: string, avoided: ReadonlySet<string>): string {
  const address = range.takeAny(key, avoided)
  if (!address) throw new Error('no address is free')
  return address
}

function statusOf(address: string): LoadBalancerStatus {
  return { ingress: [{ ip: address, ipMode: 'VIP' }] }
}

function addressesOf({ spec, status }: Service): string[] {
  if (spec.type !== 'LoadBalancer' || (spec.loadBalancerClass && spec.loadBalancerClass !== loadBalancerClass)) return []
  return (status?.loadBalancer?.ingress ?? []).map((each) => each.ip ?? '')
}

function addressesOfNode({ status }: Node): string[] {
  return (status?.addresses ?? []).map(({ address }) => address)
}
