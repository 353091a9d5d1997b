/** Plans of clusters whose nodes are whole machines: the server's, and an agent's. */
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { checkName, layoutVersion } from './config.ts'
import { endpointSocket } from './node/own-runtime.ts'
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
  readonly runtimeEndpoint?: string | undefined
}

export function planServer({ name, dataDir, port, nodeName, nodeAddress, podNetwork, runtimeEndpoint }: ServerPlanOptions): ClusterConfig {
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
    nodes: [machineNode(dataDir, nodeName, nodeAddress, runtimeEndpoint)],
    machine: { role: 'server', podNetwork, ...(runtimeEndpoint ? { runtimeEndpoint } : {}) },
  }
}

export interface AgentPlanOptions {
  readonly server: URL
  readonly name: string
  readonly dataDir: string
  readonly nodeName: string
  readonly nodeAddress: string
  readonly plan: SharedPlan
  readonly runtimeEndpoint?: string | undefined
}

export function planAgent({ server, name, dataDir, nodeName, nodeAddress, plan, runtimeEndpoint }: AgentPlanOptions): ClusterConfig {
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
    nodes: [machineNode(dataDir, nodeName, nodeAddress, runtimeEndpoint)],
    machine: { role: 'agent', podNetwork, ...(runtimeEndpoint ? { runtimeEndpoint } : {}) },
  }
}

/** Its pod range is given by the cluster (Node.spec.podCIDR). */
function machineNode(dataDir: string, name: string, address: string, runtimeEndpoint: string | undefined): NodePlan {
  const dir = join(dataDir, 'node')
  const containerdSocket = runtimeEndpoint ? endpointSocket(runtimeEndpoint) : join(dir, 'containerd.sock')
  return { name, index: 0, address, podCidr: '', netns: '', dir, containerdSocket, kubeletPort: 10250 }
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
/** Another link has its address already, so the one that was named is more likely a mistake. */
const otherLinkPatienceMs = 5_000

/**
 * The machine's first IPv4 address that is not a loopback one, or the one that is wanted. A link that is just coming up shows none yet (a
 * machine that starts, a cable that was just put in): it is waited for, for half a minute, or less where another link has an address.
 */
export async function machineAddress(
  wanted?: string,
  look: typeof networkInterfaces = networkInterfaces,
  wait: (delayMs: number) => Promise<unknown> = setTimeout,
): Promise<string> {
  if (wanted !== undefined && isIP(wanted) !== 4) throw new UsageError(`--node-ip must be an IPv4 address, not "${wanted}"`)
  for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
    const own = Object.values(look())
      .flat()
      .flatMap((each) => (each && each.family === 'IPv4' && !each.internal ? [each.address] : []))
    const found = wanted === undefined ? own[0] : own.find((each) => each === wanted)
    if (found) return found
    if (waitedMs < (own.length > 0 ? otherLinkPatienceMs : linkPatienceMs)) {
      await wait(lookAgainMs)
      continue
    }
    if (own.length === 0) throw new UsageError('this machine has no IPv4 address beside loopback; give one with --node-ip')
    throw new UsageError(`--node-ip must be an address of this machine (${own.join(', ')}), not ${wanted}`)
  }
}
