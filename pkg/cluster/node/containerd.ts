/** The containerd of one node: its configuration, its start inside the node's namespaces, its end. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeCniConfiguration } from '#network/cni.ts'
import { findProgram } from '../host/requirements.ts'
import { pauseImageName } from '../images/pause.ts'
import { type ClusterConfig, type NodePlan, nodePodCidrs } from '../types.ts'
import { inNode } from './mount-namespace.ts'
import { hasOwnRuntime, systemCniDirectory } from './own-runtime.ts'

const cniDirectories = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni']

/** Writes containerd's and CNI's configuration; the same content every time. */
export function writeContainerdConfiguration(config: ClusterConfig, node: NodePlan): string {
  const { confDir } = cniPlace(config, node)
  mkdirSync(join(node.dir, 'certs.d'), { recursive: true })
  // A machine's range is given by the cluster: its pod network writes the configuration when it is known.
  if (config.machine) mkdirSync(confDir, { recursive: true })
  else writeCniConfiguration({ ...cniPlace(config, node), podCidrs: nodePodCidrs(node) })
  const path = join(node.dir, 'containerd.toml')
  writeFileSync(path, containerdToml(config, node, confDir), { mode: 0o600 })
  return path
}

/** Where a node's CNI configuration and allocations are; a plugin that the user brings installs itself where all of them do. */
export function cniPlace(config: Pick<ClusterConfig, 'machine'>, node: Pick<NodePlan, 'dir'>): { confDir: string; dataDir: string } {
  return { confDir: bringsPlugin(config) || hasOwnRuntime(config) ? systemCniDirectory : join(node.dir, 'cni'), dataDir: join(node.dir, 'ipam') }
}

const bringsPlugin = ({ machine }: Pick<ClusterConfig, 'machine'>): boolean => machine?.podNetwork === 'none'

/** Quotes a TOML basic string. */
const quote = (text: string): string => JSON.stringify(text)

/**
 * crun where it is there: it starts a pod in two thirds of runc's time. The OOM score is restricted because
 * the capability to lower it may be missing; where it is there, nothing changes. Pods' network namespaces are kept
 * in containerd's own state, inside the node's mounts, so that none of them shows in the host's list.
 */
export function containerdToml(config: ClusterConfig, node: NodePlan, confDir: string): string {
  const runtime = findProgram('crun') ?? findProgram('runc') ?? 'runc'
  const systemDirectory = cniDirectories.find((directory) => findProgram(join(directory, 'ptp')) !== undefined) ?? cniDirectories[0]!
  const binDir = bringsPlugin(config) ? linkPlugins(systemDirectory) : systemDirectory
  return `version = 2
root = ${quote(join(node.dir, 'containerd'))}
state = ${quote(join(node.dir, 'containerd-state'))}
disabled_plugins = ["io.containerd.internal.v1.restart", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = ${quote(node.containerdSocket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${quote(join(node.dir, 'opt'))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quote(pauseImageName)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = ${quote(runtime)}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${quote(binDir)}
    conf_dir = ${quote(confDir)}
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${quote(join(node.dir, 'certs.d'))}
`
}

/** Plugins of others are installed here, and expect the standard ones beside them; those are links, by which `delete` knows them. */
const installedPlugins = '/opt/cni/bin'

function linkPlugins(directory: string): string {
  mkdirSync(installedPlugins, { recursive: true })
  for (const name of directory === installedPlugins || !existsSync(directory) ? [] : readdirSync(directory)) {
    const path = join(installedPlugins, name)
    if (!existsSync(path)) symlinkSync(join(directory, name), path)
  }
  return installedPlugins
}

/** Takes the links away again. */
export function unlinkPlugins(): void {
  for (const name of existsSync(installedPlugins) ? readdirSync(installedPlugins) : []) {
    const path = join(installedPlugins, name)
    if (lstatSync(path).isSymbolicLink() && cniDirectories.some((each) => readlinkSync(path) === join(each, name))) rmSync(path)
  }
}

/** The command line of a node's containerd. */
export function containerdCommand(config: ClusterConfig, node: NodePlan): string[] {
  return inNode(config, node, ['containerd', '--config', join(node.dir, 'containerd.toml'), '--log-level', 'warn'])
}
