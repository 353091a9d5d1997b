/** Plans of clusters whose nodes are whole machines: the server's, and an agent's. */
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { checkName, layoutVersion } from './config.ts'
import type { SharedPlan } from './join/cluster-info.ts'
import type { ClusterConfig, NodePlan, PodNetwork } from './types.ts'
import { UsageError } from './usage-error.ts'

export interface ServerPlanOptions {
  readonly name: string
  readonly dataDir: string
  readonly port: number
  readonly nodeName: string
  readonly nodeAddress: string
  readonly podNetwork: PodNetwork
}

export function planServer({ name, dataDir, port, nodeName, nodeAddress, podNetwork }: ServerPlanOptions): ClusterConfig {
  checkName(name)
  return {
    name,
    dataDir,
    layoutVersion,
    apiServer: { listen: ['127.0.0.1', nodeAddress], port, advertiseAddress: nodeAddress },
    serviceCidr: '10.96.0.0/16',
    dnsAddress: '10.96.0.10',
    clusterDomain: 'cluster.local',
    podCidr: '10.244.0.0/16',
    underlayCidr: `${nodeAddress}/32`,
    nodes: [machineNode(dataDir, nodeName, nodeAddress)],
    machine: { role: 'server', podNetwork },
  }
}

export interface AgentPlanOptions {
  readonly server: URL
  readonly name: string
  readonly dataDir: string
  readonly nodeName: string
  readonly nodeAddress: string
  readonly plan: SharedPlan
}

export function planAgent({ server, name, dataDir, nodeName, nodeAddress, plan }: AgentPlanOptions): ClusterConfig {
  checkName(name)
  const { podNetwork, serviceCidr, dnsAddress, clusterDomain, podCidr } = plan
  return {
    name,
    dataDir,
    layoutVersion,
    apiServer: { listen: [], port: Number(server.port || 443), advertiseAddress: server.hostname },
    serviceCidr,
    dnsAddress,
    clusterDomain,
    podCidr,
    underlayCidr: `${nodeAddress}/32`,
    nodes: [machineNode(dataDir, nodeName, nodeAddress)],
    machine: { role: 'agent', podNetwork },
  }
}

/** Its pod range is given by the cluster (Node.spec.podCIDR). */
function machineNode(dataDir: string, name: string, address: string): NodePlan {
  const dir = join(dataDir, 'node')
  return { name, index: 0, address, podCidr: '', netns: '', dir, containerdSocket: join(dir, 'containerd.sock'), kubeletPort: 10250 }
}

/** A node's name must be a DNS subdomain; a machine's own name, in small letters, mostly is. */
export function checkNodeName(name: string): string {
  const lower = name.toLowerCase()
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(lower))
    throw new UsageError(`"${name}" cannot be a node's name (lower-case letters, digits, dashes and dots); give one with --node-name`)
  return lower
}

const lookAgainMs = 250
const linkPatienceMs = 30_000

/**
 * The machine's first IPv4 address that is not a loopback one. A link that is just coming up shows none yet (a machine that starts, a
 * cable that was just put in): it is waited for, for half a minute.
 */
export async function machineAddress(
  look: typeof networkInterfaces = networkInterfaces,
  wait: (delayMs: number) => Promise<unknown> = setTimeout,
): Promise<string> {
  for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
    const found = Object.values(look())
      .flat()
      .find((each) => each && each.family === 'IPv4' && !each.internal)
    if (found) return found.address
    if (waitedMs >= linkPatienceMs) throw new UsageError('this machine has no IPv4 address beside loopback; give one with --node-ip')
    await wait(lookAgainMs)
  }
}
