/** Takes away all that a cluster made of the host's network, whether or not its plan of nodes is still known. */
import type { ClusterConfig, NodePlan } from '#cluster/types.ts'
import { mustRun, runCommand } from '../run-command.ts'
import { releaseForwarding, rememberedRanges } from './forwarding.ts'
import { guardMetric } from './host-routes.ts'
import { ipBatch, may } from './ip-batch.ts'
import { hostLinkName, hostTable, nodePortLink, ownerMark, underlayNamespace } from './names.ts'
import { dropEmptyName, namespaceExists, namespaceNames } from './netns-files.ts'

/** What is needed to find everything: the name alone will do. */
export type RemovableCluster = Pick<ClusterConfig, 'name'> & Partial<Pick<ClusterConfig, 'serviceCidr' | 'podCidr' | 'underlayCidr' | 'nodes'>>

/** Removes namespaces, links, routes, rules and switches. Stop the nodes' processes first. Safe to repeat. */
export async function removeAll(config: RemovableCluster): Promise<void> {
  const planned = (config.nodes ?? []).map((node) => node.netns)
  const marked = await markedNamespaces(config.name, new Set(planned))
  const namespaces = [...new Set([...planned, ...marked, underlayNamespace(config.name)])]
  for (const netns of namespaces) dropEmptyName(netns)
  const ranges = new Set([config.serviceCidr, config.podCidr, config.underlayCidr, ...rememberedRanges(config.name)].filter((range) => range !== undefined))
  const link = hostLinkName(config.name)
  await ipBatch([
    may(`link del ${link}`),
    // The guards go last, when nothing is left that could send.
    ...namespaces.filter(namespaceExists).map((netns) => may(`netns del ${netns}`)),
    ...[...ranges].map((range) => may(`route del unreachable ${range} metric ${guardMetric}`)),
  ])
  const table = `ip ${hostTable(config.name)}`
  await mustRun(['nft', '-f', '-'], `table ${table} {\n}\ndelete table ${table}\n`)
  releaseForwarding(config.name)
}

/** Takes one node's namespace and its port on the bridge away; the other nodes stay. */
export async function removeNodeNamespace(config: ClusterConfig, node: NodePlan): Promise<void> {
  const link = hostLinkName(config.name)
  const underlay = underlayNamespace(config.name)
  if (namespaceExists(underlay)) await ipBatch([may(`link del ${nodePortLink(node.index)}`)], underlay)
  await ipBatch([may(`route del ${node.podCidr} via ${node.address} dev ${link}`), ...(namespaceExists(node.netns) ? [may(`netns del ${node.netns}`)] : [])])
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
