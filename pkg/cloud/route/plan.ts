/** Which routes are to be made and which are to go. */
import type { Node } from '#api/gen/core/v1.ts'
import { BlockList, isIP } from 'node:net'
import { sameAddresses } from '../node/addresses.ts'
import type { Route } from '../types.ts'

export interface RoutePlan {
  readonly remove: readonly Route[]
  readonly create: readonly { readonly node: Node; readonly route: Route }[]
}

export function planRoutes(nodes: readonly Node[], present: readonly Route[], clusterCidrs: readonly string[]): RoutePlan {
  const wanted = nodes.flatMap((node) => podCidrsOf(node).map((destinationCidr) => ({ node, destinationCidr })))
  const serves = (route: Route, node: Node, cidr: string): boolean =>
    route.targetNode === node.metadata.name &&
    route.destinationCidr === cidr &&
    !route.blackhole &&
    (!route.targetNodeAddresses || sameAddresses(route.targetNodeAddresses, node.status?.addresses ?? []))
  return {
    remove: present.filter(
      (route) => isWithin(route.destinationCidr, clusterCidrs) && !wanted.some(({ node, destinationCidr }) => serves(route, node, destinationCidr)),
    ),
    create: wanted
      .filter(({ node, destinationCidr }) => !present.some((route) => serves(route, node, destinationCidr)))
      .map(({ node, destinationCidr }) => ({
        node,
        route: { name: '', targetNode: node.metadata.name, targetNodeAddresses: node.status?.addresses ?? [], destinationCidr },
      })),
  }
}

export function podCidrsOf({ spec }: Node): readonly string[] {
  return spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])
}

/** What is outside of the cluster's ranges, or no range at all, is not ours to delete. */
function isWithin(cidr: string, ranges: readonly string[]): boolean {
  const [address = ''] = cidr.split('/')
  const family = isIP(address)
  if (family === 0) return false
  const list = new BlockList()
  for (const range of ranges) {
    const [base = '', bits = ''] = range.split('/')
    if (isIP(base) !== 0) list.addSubnet(base, Number(bits), isIP(base) === 4 ? 'ipv4' : 'ipv6')
  }
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
