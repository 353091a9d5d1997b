/** Plans of clusters whose nodes are whole machines: the server's, and an agent's. */
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
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

/** The machine's first address that is not a loopback one. */
export function machineAddress(): string {
  const found = Object.values(networkInterfaces())
    .flat()
    .find((each) => each && each.family === 'IPv4' && !each.internal)
  if (!found) throw new UsageError('this machine has no IPv4 address beside loopback; give one with --node-ip')
  return found.address
}
