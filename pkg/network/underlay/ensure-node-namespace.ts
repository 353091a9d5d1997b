/** A node's network namespace: a link into the underlay, routes to the other nodes' pods, and masquerade for what leaves the cluster. */
import type { ClusterConfig, NodePlan } from '#cluster/types.ts'
import { prefixBits } from '../ipv4.ts'
import { mustRun } from '../run-command.ts'
import { hostAddress } from './ensure-underlay.ts'
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
  const routes = config.nodes.filter((each) => each.name !== node.name).map((each) => `route replace ${each.podCidr} via ${each.address} dev eth0`)
  return `ip -batch - <<'END'
link set lo up
link set eth0 alias ${ownerMark(config.name)} up
addr replace ${node.address}/${prefixBits(config.underlayCidr)} dev eth0
route replace default via ${hostAddress(config)} dev eth0
route replace unreachable ${config.podCidr} metric ${guardMetric}
${routes.join('\n')}
END
echo 1 > /proc/sys/net/ipv4/ip_forward
for each in all default eth0; do
  echo 0 > /proc/sys/net/ipv4/conf/$each/rp_filter
  echo 0 > /proc/sys/net/ipv4/conf/$each/send_redirects
done
nft -f - <<'END'
${nodeRules(config, node)}END
`
}

/**
 * Pods go out under the node's address, except within the cluster. Whatever is still meant for a Service after the Service rules
 * have had it belongs to no Service: without this it would circle between node and host.
 */
function nodeRules(config: ClusterConfig, node: NodePlan): string {
  const table = `ip ${nodeTable}`
  return `table ${table} {
}
delete table ${table}
table ${table} {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr ${node.podCidr} ip daddr != { ${config.podCidr}, ${config.serviceCidr}, ${config.underlayCidr} } masquerade
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip daddr ${config.serviceCidr} drop
  }
  chain output {
    type filter hook output priority 0; policy accept;
    oifname "eth0" ip daddr ${config.serviceCidr} reject
  }
}
`
}
