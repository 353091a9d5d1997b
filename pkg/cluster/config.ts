/** The cluster's plan: made once by the first `up`, kept in `config.json`, read by every component. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './usage-error.ts'
import type { ClusterConfig, NodePlan } from './types.ts'

/** Raised when the data directory's layout changes so that older programs must not touch it. */
export const layoutVersion = 1
export const defaultName = 'k8ts'
export const maxNodes = 16

export interface PlanOptions {
  readonly name?: string
  readonly dataDir?: string
  readonly nodes?: number
  readonly port?: number
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
  const underlay = `172.30.${slot}`
  const service = `10.${96 + slot}`
  const pods = `10.${244 - slot * 2}`
  return {
    name,
    dataDir,
    layoutVersion,
    apiServer: { listen: ['127.0.0.1', `${underlay}.1`], port: options.port ?? 6443 + slot, advertiseAddress: `${underlay}.1` },
    serviceCidr: `${service}.0.0/16`,
    dnsAddress: `${service}.0.10`,
    clusterDomain: 'cluster.local',
    podCidr: `${pods}.0.0/16`,
    underlayCidr: `${underlay}.0/24`,
    nodes: Array.from({ length: nodeCount }, (_, index) => planNode({ name, dataDir, underlay, pods }, index)),
  }
}

function planNode(cluster: { name: string; dataDir: string; underlay: string; pods: string }, index: number): NodePlan {
  const name = cluster.name === defaultName ? `node-${index + 1}` : `${cluster.name}-node-${index + 1}`
  const dir = join(cluster.dataDir, 'nodes', name)
  return {
    name,
    index,
    address: `${cluster.underlay}.${index + 2}`,
    podCidr: `${cluster.pods}.${index}.0/24`,
    netns: `${cluster.name}-${index + 1}`,
    dir,
    containerdSocket: join(dir, 'containerd.sock'),
    kubeletPort: 10250,
  }
}

/** The same cluster with another number of nodes; nodes that stay keep their plan. */
export function withNodeCount(config: ClusterConfig, nodes: number): ClusterConfig {
  const slot = Number(config.underlayCidr.split('.')[2])
  const planned = planCluster({ name: config.name, dataDir: config.dataDir, nodes, port: config.apiServer.port }, slot)
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
