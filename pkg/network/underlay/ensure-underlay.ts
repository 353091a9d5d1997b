/** The network that joins a local cluster's nodes: a bridge in a namespace of its own, and one link from the host into it. */
import type { ClusterConfig } from '#cluster/types.ts'
import { addressAt, prefixBits } from '../ipv4.ts'
import { mustRun } from '../run-command.ts'
import { holdForwarding, rememberRanges } from './forwarding.ts'
import { guardMetric, type HostRoutes, inspectHostRoutes } from './host-routes.ts'
import { ipBatch, may, must } from './ip-batch.ts'
import { hostLinkName, hostTable, ownerMark, portIndexBase, underlayNamespace } from './names.ts'
import { dropEmptyName, namespaceExists } from './netns-files.ts'

/** The host's address on the underlay: the nodes' gateway. */
export function hostAddress(config: ClusterConfig): string {
  return addressAt(config.underlayCidr, 1)
}

export interface UnderlayOptions {
  /** The node through which the host reaches Services; the first unless that one is stopped. */
  readonly serviceGateway?: string
}

/** Makes the underlay, or repairs what is there of it. Answers warnings for the user. Needs root. */
export async function ensureUnderlay(config: ClusterConfig, options: UnderlayOptions = {}): Promise<HostRoutes['warnings']> {
  const { uplinks, warnings } = await inspectHostRoutes(config)
  const netns = underlayNamespace(config.name)
  const link = hostLinkName(config.name)
  dropEmptyName(netns)
  const fresh = !namespaceExists(netns)
  const ranges = [config.serviceCidr, config.podCidr, config.underlayCidr]
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
  await Promise.all([ipBatch(hostLines(config, options.serviceGateway ?? config.nodes[0]?.address)), mustRun(['nft', '-f', '-'], hostRules(config, uplinks))])
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
function hostLines(config: ClusterConfig, gateway: string | undefined) {
  const link = hostLinkName(config.name)
  const own = [
    must(`link set ${link} alias ${ownerMark(config.name)} up`),
    must(`addr replace ${hostAddress(config)}/${prefixBits(config.underlayCidr)} dev ${link}`),
  ]
  const pods = config.nodes.map((node) => must(`route replace ${node.podCidr} via ${node.address} dev ${link}`))
  return [...own, ...pods, ...(gateway ? [must(`route replace ${config.serviceCidr} via ${gateway} dev ${link}`)] : [])]
}

/** Our one table on the host: nodes reach the outside under the host's address; nobody beyond the uplinks gets in unasked. */
function hostRules(config: ClusterConfig, uplinks: readonly string[]): string {
  const table = `ip ${hostTable(config.name)}`
  const link = hostLinkName(config.name)
  const fromUplinks = uplinks.length > 0 ? `iifname { ${uplinks.map((each) => `"${each}"`).join(', ')} } oifname "${link}" ct state new drop` : ''
  return `table ${table} {
}
delete table ${table}
table ${table} {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr ${config.underlayCidr} oifname != "${link}" masquerade
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ${fromUplinks}
    iifname "${link}" ip daddr { ${config.serviceCidr}, ${config.podCidr} } oifname != "${link}" drop
  }
}
`
}
