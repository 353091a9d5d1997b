/** Takes away all that a cluster made of the host's network, whether or not its plan of nodes is still known. */
import type { ClusterConfig, NodePlan } from '#cluster/types.ts'
import { rangeFamily } from '../ip.ts'
import { mustRun, runCommand } from '../run-command.ts'
import { releaseForwarding, rememberedRanges } from './forwarding.ts'
import { guardMetric } from './host-routes.ts'
import { ipBatch, may } from './ip-batch.ts'
import { hostLinkName, hostTable, nodePortLink, ownerMark, underlayNamespace } from './names.ts'
import { dropEmptyName, namespaceExists, namespaceNames } from './netns-files.ts'

/** What is needed to find everything: the name alone will do. */
export type RemovableCluster = Pick<ClusterConfig, 'name'> & Partial<Pick<ClusterConfig, 'serviceCidr' | 'podCidr' | 'underlayCidr' | 'nodes' | 'secondary'>>

/** Removes namespaces, links, routes, rules and switches. Stop the nodes' processes first. Safe to repeat. */
export async function removeAll(config: RemovableCluster): Promise<void> {
  const planned = (config.nodes ?? []).map((node) => node.netns)
  const marked = await markedNamespaces(config.name, new Set(planned))
  const namespaces = [...new Set([...planned, ...marked, underlayNamespace(config.name)])]
  for (const netns of namespaces) dropEmptyName(netns)
  const { serviceCidr, podCidr, underlayCidr, secondary } = config
  const others = [secondary?.serviceCidr, secondary?.podCidr, secondary?.underlayCidr]
  const ranges = new Set([serviceCidr, podCidr, underlayCidr, ...others, ...rememberedRanges(config.name)].filter((range) => range !== undefined))
  const link = hostLinkName(config.name)
  await ipBatch([
    may(`link del ${link}`),
    // The guards go last, when nothing is left that could send.
    ...namespaces.filter(namespaceExists).map((netns) => may(`netns del ${netns}`)),
    ...[...ranges].map((range) => may(`route del unreachable ${range} metric ${guardMetric}`)),
  ])
  // A kernel without IPv6 knows no table of it either.
  const tables = [...ranges].some((range) => rangeFamily(range) === 6) ? ['ip', 'ip6'] : ['ip']
  const name = hostTable(config.name)
  await mustRun(['nft', '-f', '-'], tables.map((family) => `table ${family} ${name} {\n}\ndelete table ${family} ${name}\n`).join(''))
  releaseForwarding(config.name)
}

/** Takes one node's namespace and its port on the bridge away; the other nodes stay. */
export async function removeNodeNamespace(config: ClusterConfig, node: NodePlan): Promise<void> {
  const link = hostLinkName(config.name)
  const underlay = underlayNamespace(config.name)
  if (namespaceExists(underlay)) await ipBatch([may(`link del ${nodePortLink(node.index)}`)], underlay)
  const routes = [node, ...(node.secondary ? [node.secondary] : [])].map((each) => may(`route del ${each.podCidr} via ${each.address} dev ${link}`))
  await ipBatch([...routes, ...(namespaceExists(node.netns) ? [may(`netns del ${node.netns}`)] : [])])
  dropEmptyName(node.netns)
}

async function markedNamespaces(cluster: string, known: ReadonlySet<string>): Promise<string[]> {
  const mark = `"${ownerMark(cluster)}"`
  const candidates = namespaceNames().filter((netns) => !known.has(netns) && namespaceExists(netns))
  const found: string[] = []
  for (const netns of candidates) {
    const { stdout } = await runCommand(['ip', '-n', netns, '-j', 'link', 'show'])
    if (stdout.includes(mark)) found.push(netns)
  }
  return found
}
