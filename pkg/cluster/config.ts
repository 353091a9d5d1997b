/** The cluster's plan: made once by the first `up`, kept in `config.json`, read by every component. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { numberToIp, parseCidr } from '#apimachinery/ip.ts'
import { UsageError } from './usage-error.ts'
import type { ClusterConfig, FamilyRanges, NodeAddresses, NodePlan } from './types.ts'

/** Raised when the data directory's layout changes so that older programs must not touch it. */
export const layoutVersion = 1
export const defaultName = 'k8ts'
export const maxNodes = 16

export interface PlanOptions {
  readonly name?: string
  readonly dataDir?: string
  readonly nodes?: number
  readonly port?: number
  /** Default: ipv4. */
  readonly ipFamily?: ClusterIpFamily
}

/** kind's names: IPv4 alone, IPv6 alone, or both with IPv4 first. */
export const ipFamilies = ['ipv4', 'ipv6', 'dual'] as const
export type ClusterIpFamily = (typeof ipFamilies)[number]

export function ipFamilyOf({ underlayCidr, secondary }: Pick<ClusterConfig, 'underlayCidr' | 'secondary'>): ClusterIpFamily {
  if (secondary) return 'dual'
  return underlayCidr.includes(':') ? 'ipv6' : 'ipv4'
}

/** The administrator's kubeconfig. */
export function kubeconfigPath(dataDir: string): string {
  return join(dataDir, 'kubeconfig')
}

export function defaultDataDir(name = defaultName): string {
  return name === defaultName ? '/var/lib/k8ts' : `/var/lib/k8ts-${name}`
}

/** Cluster names become parts of interface and namespace names, which the kernel keeps short. */
export function checkName(name: string): void {
  if (!/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/.test(name)) {
    throw new UsageError(`invalid cluster name "${name}": use at most 8 lower-case letters, digits and dashes, beginning with a letter`)
  }
}

/**
 * Clusters side by side get address ranges of their own: the first (slot 0) has the ranges everyone knows,
 * the others the next free ones. The slot is a number from 0 to 15.
 */
export function planCluster(options: PlanOptions, slot = 0): ClusterConfig {
  const name = options.name ?? defaultName
  checkName(name)
  const nodeCount = options.nodes ?? 1
  if (!Number.isInteger(nodeCount) || nodeCount < 1 || nodeCount > maxNodes) throw new UsageError(`--nodes must be a number from 1 to ${maxNodes}`)
  const dataDir = options.dataDir ?? defaultDataDir(name)
  const family = options.ipFamily ?? 'ipv4'
  const [first, second] = family === 'dual' ? [ipv4Ranges(slot), ipv6Ranges(slot)] : [family === 'ipv6' ? ipv6Ranges(slot) : ipv4Ranges(slot)]
  const hosts = [first, second].flatMap((each) => (each ? [each.host] : []))
  return {
    name,
    dataDir,
    layoutVersion,
    apiServer: { listen: ['127.0.0.1', ...hosts], port: options.port ?? 6443 + slot, advertiseAddress: first.host },
    clusterDomain: 'cluster.local',
    ...first.ranges,
    ...(second ? { secondary: second.ranges } : {}),
    nodes: Array.from({ length: nodeCount }, (_, index) => planNode({ name, dataDir, first, second }, index)),
  }
}

/** One family's part of a slot. */
interface SlotRanges {
  readonly ranges: FamilyRanges
  readonly host: string
  readonly node: (index: number) => NodeAddresses
}

function ipv4Ranges(slot: number): SlotRanges {
  const underlay = `172.30.${slot}`
  const service = `10.${96 + slot}`
  const pods = `10.${244 - slot * 2}`
  return {
    ranges: { serviceCidr: `${service}.0.0/16`, dnsAddress: `${service}.0.10`, podCidr: `${pods}.0.0/16`, underlayCidr: `${underlay}.0/24` },
    host: `${underlay}.1`,
    node: (index) => ({ address: `${underlay}.${index + 2}`, podCidr: `${pods}.${index}.0/24` }),
  }
}

/** Unique local addresses only (RFC 4193), which no router outside carries; laid out to be read beside those of IPv4. */
function ipv6Ranges(slot: number): SlotRanges {
  const underlayCidr = canonicalRange(`fd00:172:30:${slot}::/64`)
  const serviceCidr = `fd00:10:${96 + slot}::/112`
  const pods = `fd00:10:${244 - slot * 2}`
  return {
    ranges: { serviceCidr, dnsAddress: addressIn(serviceCidr, 10), podCidr: `${pods}::/56`, underlayCidr },
    host: addressIn(underlayCidr, 1),
    node: (index) => ({ address: addressIn(underlayCidr, index + 2), podCidr: canonicalRange(`${pods}:${index.toString(16)}::/64`) }),
  }
}

/** What tells on a machine that a slot is in use. */
export function hostAddressesOf(slot: number): readonly string[] {
  return [ipv4Ranges(slot).host, ipv6Ranges(slot).host]
}

/** The address at a place in a range. */
export function addressIn(range: string, place: number): string {
  const { network, family } = parseCidr(range)!
  return numberToIp(network + BigInt(place), family)
}

function canonicalRange(range: string): string {
  return `${addressIn(range, 0)}/${range.split('/')[1]}`
}

function planNode(cluster: { name: string; dataDir: string; first: SlotRanges; second: SlotRanges | undefined }, index: number): NodePlan {
  const name = cluster.name === defaultName ? `node-${index + 1}` : `${cluster.name}-node-${index + 1}`
  const dir = join(cluster.dataDir, 'nodes', name)
  return {
    name,
    index,
    ...cluster.first.node(index),
    ...(cluster.second ? { secondary: cluster.second.node(index) } : {}),
    netns: `${cluster.name}-${index + 1}`,
    dir,
    containerdSocket: join(dir, 'containerd.sock'),
    kubeletPort: 10250,
  }
}

/** The same cluster with another number of nodes; nodes that stay keep their plan. */
export function withNodeCount(config: ClusterConfig, nodes: number): ClusterConfig {
  const ipFamily = ipFamilyOf(config)
  const slot = Number(ipFamily === 'ipv6' ? (parseCidr(config.underlayCidr)!.network >> 64n) & 0xffffn : config.underlayCidr.split('.')[2])
  const planned = planCluster({ name: config.name, dataDir: config.dataDir, nodes, port: config.apiServer.port, ipFamily }, slot)
  return { ...config, nodes: planned.nodes }
}

/** The same cluster with one node more, at a place that is free. */
export function withNode(config: ClusterConfig, index: number): ClusterConfig {
  const planned = withNodeCount(config, index + 1).nodes[index] as NodePlan
  return { ...config, nodes: [...config.nodes, planned].sort((a, b) => a.index - b.index) }
}

export function configPath(dataDir: string): string {
  return join(dataDir, 'config.json')
}

/** The plan is there but broken. */
export class UnreadablePlan extends UsageError {}

/** The stored plan, or undefined where there is none. Refuses what a newer k8ts wrote. */
export async function loadConfig(dataDir: string): Promise<ClusterConfig | undefined> {
  let text: string
  try {
    text = await readFile(configPath(dataDir), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  let config: ClusterConfig
  try {
    config = JSON.parse(text) as ClusterConfig
  } catch {
    throw new UnreadablePlan(
      `${configPath(dataDir)} is not readable as JSON; restore it, or remove the cluster with: k8ts delete --name NAME --data-dir ${dataDir}`,
    )
  }
  if (config.layoutVersion > layoutVersion) {
    throw new UsageError(
      `the data directory ${dataDir} was written by a newer k8ts (layout ${config.layoutVersion}, this one knows ${layoutVersion}); update k8ts, or choose another with --data-dir`,
    )
  }
  return config
}

export async function saveConfig(config: ClusterConfig): Promise<void> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const path = configPath(config.dataDir)
  await writeFile(`${path}.new`, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
