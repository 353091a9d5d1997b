/** Which of the underlay's addresses are for load balancers. */
import type { ClusterConfig } from '#cluster/types.ts'
import { addressAt, parseRange } from '../ipv4.ts'

/** The upper half of the underlay: "172.30.0.128/25" of "172.30.0.0/24". Nodes are numbered from the bottom. */
export function loadBalancerRange({ underlayCidr }: Pick<ClusterConfig, 'underlayCidr'>): string {
  const { bits } = parseRange(underlayCidr)
  return `${addressAt(underlayCidr, 2 ** (31 - bits))}/${bits + 1}`
}
