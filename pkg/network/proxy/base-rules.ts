/**
 * The proxy's table: maps for all Services together, and rules that never change however many there are.
 *
 * A new connection's journey: its destination gives an endpoint set's number (connection mark), the set gives a chain for its
 * count of endpoints, the chain picks one of them at random or by the client's affinity, and the pick gives the address.
 * A new endpoint is a few elements in one transaction; no rule is touched.
 */
import type { IpFamily } from '../ip.ts'
import { dropMark, localBit, rejectMark, setAndLocalMask, setMask } from './marks.ts'

export const proxyTable = 'k8ts-proxy'

export interface TableOptions {
  /** Each family has a table of its own, alike in all that both have. */
  readonly family: IpFamily
  /** All pods' addresses: their own traffic needs no masquerade on its way to a cluster address. */
  readonly podCidr: string
  /** The node's addresses on which node ports answer. */
  readonly nodeAddresses: readonly string[]
  /** Service addresses that something on the node itself answers: never dropped, whether a Service has them or not. */
  readonly ownAddresses?: readonly string[]
}

/** Bit of the packet mark that asks for masquerade, as upstream has it. */
const masqueradeBit = '0x00004000'
/** Name of the family's tables and of the header that its addresses are in. */
export function familyWord(family: IpFamily): 'ip' | 'ip6' {
  return family === 4 ? 'ip' : 'ip6'
}

/** Host ports answer on 127.0.0.1 as well; the kernel routes no translated packets of ::1. */
const fromLoopback = `    ip saddr 127.0.0.0/8 meta mark set meta mark | ${masqueradeBit}
`
const toLoopback = `    ip daddr 127.0.0.0/8 meta l4proto { tcp, udp, sctp } dnat ip to meta l4proto . th dport map @host-ports
`

function keysOf(ip: 'ip' | 'ip6'): { readonly destination: string; readonly client: string } {
  const destination = `${ip} daddr . meta l4proto . th dport`
  return { destination, client: `${destination} . ${ip} saddr` }
}

export function baseRules({ family, podCidr, nodeAddresses, ownAddresses = [] }: TableOptions): string {
  const ip = familyWord(family)
  const address = family === 4 ? 'ipv4_addr' : 'ipv6_addr'
  const { destination, client } = keysOf(ip)
  return `table ${ip} ${proxyTable} {
}
delete table ${ip} ${proxyTable}
table ${ip} ${proxyTable} {
  map cluster-ips { type ${address} . inet_proto . inet_service : mark; }
  map external-ips { type ${address} . inet_proto . inet_service : mark; }
  map node-ports { type inet_proto . inet_service : mark; }
  map dispatch { type mark : verdict; }
  map pick { typeof ct mark . numgen random mod 2 : ct mark; }
  map endpoint { type mark : ${address} . inet_service; }
  ${family === 4 ? affinityMap : affinitySet}
  set cluster-addresses { type ${address}; }
  set own-addresses { type ${address}; ${ownAddresses.length > 0 ? `elements = { ${ownAddresses.join(', ')} }; ` : ''}}
  set service-ranges { type ${address}; flags interval; }
  set node-addresses { type ${address}; elements = { ${nodeAddresses.join(', ')} }; }
  set hairpin { type ${address} . ${address}; }
  map host-ports { type inet_proto . inet_service : ${address} . inet_service; }
  map host-ip-ports { type ${address} . inet_proto . inet_service : ${address} . inet_service; }
  set guarded { type ${address} . inet_proto . inet_service; }
  set allowed { type ${address} . inet_proto . inet_service . ${address}; flags interval; }

  chain to-endpoint { meta l4proto { tcp, udp, sctp } dnat ${ip} to ct mark map @endpoint; }
  chain reject-it { ct mark set ${rejectMark}; }
  chain drop-it { ct mark set ${dropMark}; }
  chain choose { ct mark vmap @dispatch; }
  chain masquerade-and-choose { meta mark set meta mark | ${masqueradeBit}; goto choose; }
  chain choose-everywhere { ct mark set ct mark & ${setMask}; goto choose; }
  chain masquerade-and-choose-everywhere { meta mark set meta mark | ${masqueradeBit}; goto choose-everywhere; }
  chain to-cluster-ip {
    ${ip} saddr ${podCidr} goto choose
    goto masquerade-and-choose
  }
  chain to-external {
    ct mark & ${localBit} == 0 goto masquerade-and-choose
    ${ip} saddr ${podCidr} goto choose-everywhere
    fib saddr type local goto masquerade-and-choose-everywhere
    goto choose
  }
  chain services {
    ct mark set ${destination} map @cluster-ips goto to-cluster-ip
    ct mark set ${destination} map @external-ips goto to-external
    ${ip} daddr @node-addresses ct mark set meta l4proto . th dport map @node-ports goto to-external
${family === 4 ? fromLoopback : ''}    meta l4proto { tcp, udp, sctp } dnat ${ip} to ${destination} map @host-ip-ports
    ${ip} daddr @node-addresses meta l4proto { tcp, udp, sctp } dnat ${ip} to meta l4proto . th dport map @host-ports
${family === 4 ? toLoopback : ''}    meta mark set meta mark & 0xffffbfff
  }
  chain nat-prerouting { type nat hook prerouting priority -100; policy accept; jump services; }
  chain nat-output { type nat hook output priority -100; policy accept; jump services; }
  chain nat-postrouting {
    type nat hook postrouting priority 100; policy accept;
    meta mark & ${masqueradeBit} != 0 meta mark set meta mark & 0xffffbfff masquerade fully-random
    ct status dnat ${ip} saddr . ${ip} daddr @hairpin masquerade fully-random
  }

  chain firewall { ${destination} @guarded ${client} != @allowed drop; }
  chain firewall-prerouting { type filter hook prerouting priority -110; policy accept; ct state new jump firewall; }
  chain firewall-output { type filter hook output priority -110; policy accept; ct state new jump firewall; }

  chain refuse-now {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain refuse {
    ct mark ${rejectMark} goto refuse-now
    ct mark ${dropMark} drop
    ${ip} daddr @cluster-addresses goto refuse-now
  }
  chain drop-unallocated {
    ${ip} daddr @own-addresses accept
    ${ip} daddr @service-ranges drop
  }
  chain filter-input { type filter hook input priority -10; policy accept; ct state new jump refuse; }
  chain filter-forward {
    type filter hook forward priority -10; policy accept;
    ct state new jump refuse
    ct state new goto drop-unallocated
  }
  chain filter-output {
    type filter hook output priority -10; policy accept;
    ct state new jump refuse
    ct state new goto drop-unallocated
  }
}
`
}

/** The chain that a dispatch element goes to, made when the first one needs it: "any-of-3", "any-of-3-for-10800s". */
export function endpointChain(name: string, family: IpFamily): string {
  const match = /^any-of-(\d+)(?:-for-(\d+)s)?$/.exec(name)
  if (!match) throw new Error(`no such endpoint chain: ${name}`)
  const [, count, seconds] = match
  const pick = `ct mark set ct mark . numgen random mod ${count} map @pick`
  const chains = seconds === undefined ? [{ name, rules: [`${pick} goto to-endpoint`] }] : affinityChains(name, family, Number(count), seconds, pick)
  const table = `${familyWord(family)} ${proxyTable}`
  return chains.map((each) => `add chain ${table} ${each.name}\n${each.rules.map((rule) => `add rule ${table} ${each.name} ${rule}\n`).join('')}`).join('')
}

interface Chain {
  readonly name: string
  readonly rules: readonly string[]
}

/**
 * Of IPv4, a client and the address it asked for lead to the endpoint it had. With two addresses of IPv6 the key would be longer than
 * the registers that nft (up to 1.0.6) sets aside for it; so there the pairs of endpoint and client are remembered, and each of the
 * endpoints is tried, as upstream does.
 */
const affinityMap = 'map affinity { type ipv4_addr . inet_proto . inet_service . ipv4_addr : mark; flags dynamic,timeout; size 262144; }'
const affinitySet = 'set affinity { type mark . ipv6_addr; flags dynamic,timeout; size 262144; }'

function affinityChains(name: string, family: IpFamily, count: number, seconds: string, pick: string): Chain[] {
  const forget = `ct mark set ct mark & ${setAndLocalMask}`
  const known = `${name}-known`
  if (family === 4) {
    const { client } = keysOf('ip')
    const remember = `update @affinity { ${client} timeout ${seconds}s : ct mark }`
    return [
      // What is remembered may be gone: then the way to it is missing, and the client gets another.
      { name: known, rules: [remember, 'jump to-endpoint', forget, `delete @affinity { ${client} : ct mark }`] },
      { name, rules: [`ct mark set ${client} map @affinity jump ${known}`, pick, remember, 'goto to-endpoint'] },
    ]
  }
  const remember = `update @affinity { ct mark . ip6 saddr timeout ${seconds}s }`
  const each = Array.from({ length: count }, (_, place) => `ct mark set ct mark . numgen random mod 1 offset ${place} map @pick jump ${known}`)
  return [
    { name: known, rules: [`ct mark . ip6 saddr @affinity ${remember} goto to-endpoint`, forget] },
    { name, rules: [...each, pick, remember, 'goto to-endpoint'] },
  ]
}
