/** The network that joins a local cluster's nodes: a bridge in a namespace of its own, and one link from the host into it. */
import { writeFileSync } from 'node:fs'
import { type ClusterConfig, type FamilyPlan, type FamilyRanges, familiesOf } from '#cluster/types.ts'
import { ipAt, parseIpRange, rangeFamily } from '../ip.ts'
import { mustRun } from '../run-command.ts'
import { holdForwarding, rememberRanges } from './forwarding.ts'
import { guardMetric, type HostRoutes, inspectHostRoutes } from './host-routes.ts'
import { ipBatch, may, must } from './ip-batch.ts'
import { hostLinkName, hostTable, ownerMark, portIndexBase, underlayNamespace } from './names.ts'
import { dropEmptyName, namespaceExists } from './netns-files.ts'

/** The host's address on the underlay: the nodes' gateway. */
export function hostAddress({ underlayCidr }: Pick<FamilyRanges, 'underlayCidr'>): string {
  return ipAt(underlayCidr, 1)
}

/** Name of a family's tables: "ip" or "ip6". */
export function tableFamily({ underlayCidr }: Pick<FamilyRanges, 'underlayCidr'>): 'ip' | 'ip6' {
  return rangeFamily(underlayCidr) === 4 ? 'ip' : 'ip6'
}

/** The ranges that are the cluster's, of all its families. */
export function clusterRanges(config: ClusterConfig): string[] {
  return familiesOf(config).flatMap(({ serviceCidr, podCidr, underlayCidr }) => [serviceCidr, podCidr, underlayCidr])
}

export interface UnderlayOptions {
  /** Name of the node through which the host reaches Services; the first unless that one is stopped. */
  readonly serviceGateway?: string
}

/** Makes the underlay, or repairs what is there of it. Answers warnings for the user. Needs root. */
export async function ensureUnderlay(config: ClusterConfig, options: UnderlayOptions = {}): Promise<HostRoutes['warnings']> {
  const { uplinks, warnings } = await inspectHostRoutes(config)
  const netns = underlayNamespace(config.name)
  const link = hostLinkName(config.name)
  dropEmptyName(netns)
  const fresh = !namespaceExists(netns)
  const ranges = clusterRanges(config)
  rememberRanges(config.name, ranges)
  await ipBatch([
    // First of all the guards: nothing for the cluster's ranges may ever leave by the default route.
    ...ranges.map((range) => must(`route replace unreachable ${range} metric ${guardMetric}`)),
    ...(fresh ? [must(`netns add ${netns}`), may(`link del ${link}`)] : []),
  ])
  try {
    await ipBatch(bridgeLines(config), netns)
  } catch (error) {
    if (fresh) throw error
    // The link's host end may have outlived the other.
    await ipBatch([may(`link del ${link}`)])
    await ipBatch(bridgeLines(config), netns)
  }
  const families = familiesOf(config)
  if (families.some((each) => tableFamily(each) === 'ip6')) prepareIpv6Link(link)
  const gateway = options.serviceGateway ?? config.nodes[0]?.name
  await Promise.all([
    ipBatch([must(`link set ${link} alias ${ownerMark(config.name)} up`), ...families.flatMap((each) => hostLines(each, link, gateway))]),
    mustRun(['nft', '-f', '-'], families.map((each) => (tableFamily(each) === 'ip' ? hostRules(config, each, uplinks) : hostRulesIpv6(config))).join('')),
  ])
  holdForwarding([...uplinks, link])
  return warnings
}

function bridgeLines(config: ClusterConfig) {
  return [
    must('link set lo up'),
    // Made from this side, since only here its number can be chosen; the other end goes to the namespace of this process.
    may(`link add host index ${portIndexBase} type veth peer name ${hostLinkName(config.name)} netns ${process.pid}`),
    may('link add br0 type bridge stp_state 0 mcast_snooping 0'),
    must(`link set br0 alias ${ownerMark(config.name)} up`),
    must('link set host master br0 up'),
  ]
}

/** The host's end of the link, with routes to each node's pods, and to Services through one node. */
function hostLines(family: FamilyPlan, link: string, gatewayName: string | undefined) {
  const gateway = family.nodes.find(({ name }) => name === gatewayName)?.address
  return [
    must(`addr replace ${hostAddress(family)}/${parseIpRange(family.underlayCidr).bits} dev ${link}${withoutDetection(family)}`),
    ...family.nodes.map((node) => must(`route replace ${node.podCidr} via ${node.address} dev ${link}`)),
    ...(gateway ? [must(`route replace ${family.serviceCidr} via ${gateway} dev ${link}`)] : []),
  ]
}

/** Nobody else is on the link, so that an address need not wait until it is known that nobody else has it. */
export function withoutDetection(family: Pick<FamilyRanges, 'underlayCidr'>): string {
  return tableFamily(family) === 'ip6' ? ' nodad' : ''
}

/** Our link alone, and no other of the host: it has IPv6 even where the host has turned it off, and believes no router on it. */
function prepareIpv6Link(link: string): void {
  const switches = { disable_ipv6: 0, accept_ra: 0, accept_redirects: 0 }
  for (const [name, value] of Object.entries(switches)) writeFileSync(`/proc/sys/net/ipv6/conf/${link}/${name}`, String(value))
}

/** Our one table on the host: nodes reach the outside under the host's address; nobody beyond the uplinks gets in unasked. */
function hostRules(config: ClusterConfig, { underlayCidr, serviceCidr, podCidr }: FamilyPlan, uplinks: readonly string[]): string {
  const table = `ip ${hostTable(config.name)}`
  const link = hostLinkName(config.name)
  const fromUplinks = uplinks.length > 0 ? `iifname { ${uplinks.map((each) => `"${each}"`).join(', ')} } oifname "${link}" ct state new drop` : ''
  return `table ${table} {
}
delete table ${table}
table ${table} {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr ${underlayCidr} oifname != "${link}" masquerade
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ${fromUplinks}
    iifname "${link}" ip daddr { ${serviceCidr}, ${podCidr} } oifname != "${link}" drop
  }
}
`
}

/**
 * Between our link and the host's others no IPv6 packet passes, either way: the cluster's addresses are unique local ones, and the
 * switch that would let the host forward (of all links at once) is not ours to touch.
 */
function hostRulesIpv6({ name }: ClusterConfig): string {
  const table = `ip6 ${hostTable(name)}`
  const link = hostLinkName(name)
  return `table ${table} {
}
delete table ${table}
table ${table} {
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname "${link}" oifname != "${link}" drop
    iifname != "${link}" oifname "${link}" drop
  }
}
`
}
