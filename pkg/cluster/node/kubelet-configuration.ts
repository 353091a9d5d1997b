/**
 * The KubeletConfiguration of a local node: what the cluster gives it (addresses, directories, DNS), then the cluster's own file
 * (`DATA-DIR/kubelet.yaml`, which `k8ts up --kubelet-config FILE` writes), then drop-ins for all nodes (`DATA-DIR/kubelet.conf.d/*.conf`)
 * and for one (`DATA-DIR/nodes/NAME/kubelet.conf.d/*.conf`).
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CompleteConfiguration, ConfigurationError, loadConfiguration } from '#kubelet/configuration/index.ts'
import { shutdownPeriods, totalSeconds } from '#kubelet/shutdown/periods.ts'
import { writeAtomically } from '../pki/atomic-file.ts'
import { type ClusterConfig, familiesOf, type NodePlan } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import { kubeletRoot } from './mount-namespace.ts'
import { cgroupRoot } from './stop-containers.ts'

export function kubeletConfigPath({ dataDir }: Pick<ClusterConfig, 'dataDir'>): string {
  return join(dataDir, 'kubelet.yaml')
}

export interface ReadOptions {
  readonly file?: string
  /** Told of what a file says that no kubelet of this version knows; without it that is an error. */
  readonly onLenient?: (message: string) => void
}

/** Throws UsageError that names the file and the field. */
export function kubeletConfiguration(
  config: ClusterConfig,
  node: NodePlan,
  { file = kubeletConfigPath(config), onLenient }: ReadOptions = {},
): CompleteConfiguration {
  try {
    return loadConfiguration({
      base: {
        address: node.address,
        port: node.kubeletPort,
        containerRuntimeEndpoint: `unix://${node.containerdSocket}`,
        podLogsDir: join(kubeletRoot(node), 'logs', 'pods'),
        cgroupRoot: cgroupRoot(config, node.name),
        clusterDNS: familiesOf(config).map(({ dnsAddress }) => dnsAddress),
        clusterDomain: config.clusterDomain,
        // Machines that people develop on have swap; pods get none of it unless memorySwap says so.
        failSwapOn: false,
        // As long as there are machines with it, a cluster to try things on should run there.
        failCgroupV1: false,
        ...(config.machine ? {} : { providerID: `k8ts://${config.name}/${node.name}` }),
      },
      file: existsSync(file) ? file : undefined,
      ...(onLenient ? { onLenient } : {}),
      directories: [join(config.dataDir, 'kubelet.conf.d'), join(node.dir, 'kubelet.conf.d')],
    })
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message)
    throw error
  }
}

/** Where a cluster's credential provider plugins are configured, and lie; undefined where there are none. */
export function credentialProviders({ dataDir }: Pick<ClusterConfig, 'dataDir'>): { readonly file: string; readonly binDir: string } | undefined {
  const file = join(dataDir, 'credential-providers.yaml')
  return existsSync(file) ? { file, binDir: join(dataDir, 'credential-providers') } : undefined
}

/** How long the node's pods may take when it is stopped. */
export function shutdownMs(config: ClusterConfig, node: NodePlan): number {
  try {
    return totalSeconds(shutdownPeriods(kubeletConfiguration(config, node, { onLenient() {} }))) * 1000
  } catch {
    // One that does not start has no pods.
    return 0
  }
}

/** Takes a file of the user's for all nodes, if they can start with it; nothing is kept of one that is wrong. */
export function adoptKubeletConfiguration(config: ClusterConfig, file: string): void {
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  for (const node of config.nodes) kubeletConfiguration(config, node, { file })
  writeAtomically(kubeletConfigPath(config), readFileSync(file, 'utf8'))
}
