/** A node's network namespace: a link into the underlay, routes to the other nodes' pods, and masquerade for what leaves the cluster. */
import { type ClusterConfig, type FamilyPlan, familiesOf, type NodePlan } from '#cluster/types.ts'
import { parseIpRange } from '../ip.ts'
import { mustRun } from '../run-command.ts'
import { hostAddress, tableFamily, withoutDetection } from './ensure-underlay.ts'
import { guardMetric } from './host-routes.ts'
import { ipBatch, may, must } from './ip-batch.ts'
import { inNamespace, nodePortLink, ownerMark, portIndexBase, underlayNamespace } from './names.ts'
import { dropEmptyName, namespaceExists } from './netns-files.ts'

/** The nft table of a node's own traffic rules (Services have another). */
export const nodeTable = 'k8ts-node'

/** Makes a node's namespace, or repairs what is there of it. `ensureUnderlay` comes first. */
export async function ensureNodeNamespace(config: ClusterConfig, node: NodePlan): Promise<void> {
  const underlay = underlayNamespace(config.name)
  const port = nodePortLink(node.index)
  const portLines = [
    may(`link add ${port} index ${portIndexBase + 1 + node.index} type veth peer name eth0 netns ${node.netns}`),
    must(`link set ${port} alias ${ownerMark(config.name)} master br0 up`),
  ]
  dropEmptyName(node.netns)
  const fresh = !namespaceExists(node.netns)
  if (fresh) await ipBatch([must(`netns add ${node.netns}`)])
  // A port without its other end is left over from a namespace that is gone.
  const removeOldPort = fresh ? [may(`link del ${port}`)] : []
  try {
    await ipBatch([...removeOldPort, ...portLines], underlay)
    await mustRun(inNamespace(node.netns, ['sh', '-eu']), nodeScript(config, node))
  } catch (error) {
    if (fresh) throw error
    await ipBatch([may('link del eth0')], node.netns)
    await ipBatch([may(`link del ${port}`), ...portLines], underlay)
    await mustRun(inNamespace(node.netns, ['sh', '-eu']), nodeScript(config, node))
  }
}

/**
 * One shell in the namespace does all the rest, since /proc/sys/net shows the namespace of the process that opens it.
 * No redirects: a Service's packet that leaves by the link it came in on would make the host turn to another node in the
 * middle of a connection, and that node knows nothing of the translation.
 */
function nodeScript(config: ClusterConfig, node: NodePlan): string {
  const families = familiesOf(config)
  return `${families.some((each) => tableFamily(each) === 'ip6') ? ipv6Switches : ''}ip -batch - <<'END'
link set lo up
link set eth0 alias ${ownerMark(config.name)} up
${families.flatMap((each) => nodeLines(each, node)).join('\n')}
END
echo 1 > /proc/sys/net/ipv4/ip_forward
for each in all default eth0; do
  echo 0 > /proc/sys/net/ipv4/conf/$each/rp_filter
  echo 0 > /proc/sys/net/ipv4/conf/$each/send_redirects
done
nft -f - <<'END'
${families.map((each) => (tableFamily(each) === 'ip' ? nodeRules(each, node) : nodeRulesIpv6(each))).join('')}END
`
}

/**
 * Before any link is up: no router's word counts, and addresses are in use at once, as nobody else is there to have them
 * (a pod would else wait a second or more for the far end of its link).
 */
const ipv6Switches = `for each in all default eth0; do
  echo 0 > /proc/sys/net/ipv6/conf/$each/disable_ipv6
  echo 0 > /proc/sys/net/ipv6/conf/$each/accept_ra
  echo 0 > /proc/sys/net/ipv6/conf/$each/accept_redirects
  echo 0 > /proc/sys/net/ipv6/conf/$each/accept_dad
done
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
`

function nodeLines(family: FamilyPlan, node: NodePlan): string[] {
  const own = family.nodes.find(({ name }) => name === node.name)
  if (!own) throw new Error(`the node ${node.name} has no address of ${family.underlayCidr}`)
  return [
    `addr replace ${own.address}/${parseIpRange(family.underlayCidr).bits} dev eth0${withoutDetection(family)}`,
    `route replace ${tableFamily(family) === 'ip' ? 'default' : '::/0'} via ${hostAddress(family)} dev eth0`,
    `route replace unreachable ${family.podCidr} metric ${guardMetric}`,
    ...family.nodes.filter((each) => each.name !== node.name).map((each) => `route replace ${each.podCidr} via ${each.address} dev eth0`),
  ]
}

/**
 * Pods go out under the node's address, except within the cluster. Whatever is still meant for a Service after the Service rules
 * have had it belongs to no Service: without this it would circle between node and host.
 */
function nodeRules({ podCidr, serviceCidr, underlayCidr, nodes }: FamilyPlan, { name }: NodePlan): string {
  const own = nodes.find((each) => each.name === name)!
  return `table ip ${nodeTable} {
}
delete table ip ${nodeTable}
table ip ${nodeTable} {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr ${own.podCidr} ip daddr != { ${podCidr}, ${serviceCidr}, ${underlayCidr} } masquerade
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip daddr ${serviceCidr} drop
  }
  chain output {
    type filter hook output priority 0; policy accept;
    oifname "eth0" ip daddr ${serviceCidr} reject
  }
}
`
}

/** IPv6 ends at the host: what is meant for others is refused at once, so that programs turn to IPv4 without waiting. */
function nodeRulesIpv6({ podCidr, serviceCidr, underlayCidr }: FamilyPlan): string {
  const outside = `ip6 daddr != { ${podCidr}, ${underlayCidr}, fe80::/10, ff00::/8 }`
  return `table ip6 ${nodeTable} {
}
delete table ip6 ${nodeTable}
table ip6 ${nodeTable} {
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip6 daddr ${serviceCidr} drop
    oifname "eth0" ${outside} reject with icmpv6 type no-route
  }
  chain output {
    type filter hook output priority 0; policy accept;
    oifname "eth0" ${outside} reject with icmpv6 type no-route
  }
}
`
}
