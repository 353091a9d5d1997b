/** Which of the underlay's addresses are for load balancers. */
import type { FamilyRanges } from '#cluster/types.ts'
import { ipAt, parseIpRange } from '../ip.ts'

/**
 * The upper half of the underlay: "172.30.0.128/25" of "172.30.0.0/24". Nodes are numbered from the bottom.
 * Of IPv6, where a half would be more than anybody can count, a part of the same kind: "fd00:172:30::1:0/112" of "fd00:172:30::/64".
 */
export function loadBalancerRange({ underlayCidr }: Pick<FamilyRanges, 'underlayCidr'>): string {
  const { bits, family } = parseIpRange(underlayCidr)
  return family === 4 ? `${ipAt(underlayCidr, 2 ** (31 - bits))}/${bits + 1}` : `${ipAt(underlayCidr, 0x10000)}/112`
}
