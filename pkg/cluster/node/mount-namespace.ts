/**
 * A node's mount namespace, and its UTS namespace, which is no more than its name.
 *
 * The mount namespace: what containerd and the kubelet mount there the host never sees, and all of it
 * goes with the namespace. It is kept by a file, so that a restarted containerd or kubelet enters the same one.
 *
 * Three things are arranged inside. On hybrid cgroups the version 2 hierarchy is unmounted, since crun takes a
 * mounted one for the whole truth. The kubelet's root is a shared mount, which `mountPropagation:
 * Bidirectional` needs. And it is at /var/lib/kubelet too, where the manifests of CSI drivers and device plugins
 * look for it; what is mounted below one of the two is mounted below the other.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, runOrThrow } from '../host/exec.ts'
import type { ClusterConfig, NodePlan } from '../types.ts'

/** Where a cluster keeps its mount namespaces; a private mount, as the kernel asks. */
export function runDirectory(name: string): string {
  return `/run/k8ts-${name}`
}

export function mountNamespacePath(cluster: string, node: string): string {
  return join(runDirectory(cluster), node)
}

/** The file that keeps a node's UTS namespace: it has the node's name for its hostname, which pods of the node's network see as theirs. */
function hostnamePath(cluster: string, node: string): string {
  return join(runDirectory(cluster), `${node}.uts`)
}

export function kubeletRoot(node: NodePlan): string {
  return join(node.dir, 'kubelet')
}

/** Where every kubelet of upstream's has its root, and what others' manifests name. */
const usualRoot = '/var/lib/kubelet'

/** The kubelet's root by the name that others know; its own name in a namespace that was made before there was the other. Asked inside the node. */
export function knownKubeletRoot(node: NodePlan): string {
  const [own, usual] = [kubeletRoot(node), usualRoot].map((path) => statSync(path, { throwIfNoEntry: false }))
  return own && usual && own.dev === usual.dev && own.ino === usual.ino ? usualRoot : kubeletRoot(node)
}

/** The front of a command line that runs inside the node: its network, its mounts and its name, the host's processes and users. A machine that is a node itself keeps its network and name. */
export function inNode(config: ClusterConfig, node: NodePlan, command: readonly string[]): string[] {
  const own = config.machine ? [] : [`--net=/run/netns/${node.netns}`, `--uts=${hostnamePath(config.name, node.name)}`]
  return ['nsenter', ...own, `--mount=${mountNamespacePath(config.name, node.name)}`, '--', ...command]
}

/** Makes the UTS namespace of a node that has none; a machine has its own name. */
export async function ensureHostname(config: ClusterConfig, node: NodePlan): Promise<void> {
  const path = hostnamePath(config.name, node.name)
  if (config.machine || mountPoints().includes(path)) return
  await ensureRunDirectory(runDirectory(config.name))
  if (!existsSync(path)) writeFileSync(path, '')
  await runOrThrow(['unshare', `--uts=${path}`, 'sh', '-c', `echo "${node.name}" > /proc/sys/kernel/hostname`])
}

let making: Promise<void> | undefined

/** By one at a time: a second mount would hide what the first has in it by then. */
function ensureRunDirectory(directory: string): Promise<void> {
  making ??= makeRunDirectory(directory).finally(() => {
    making = undefined
  })
  return making
}

/** A private mount, as the kernel asks of what keeps mount namespaces. */
async function makeRunDirectory(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (mountPoints().includes(directory)) return
  await runOrThrow(['mount', '--bind', directory, directory])
  await runOrThrow(['mount', '--make-private', directory])
}

export async function ensureMountNamespace(config: ClusterConfig, node: NodePlan): Promise<void> {
  const directory = runDirectory(config.name)
  const path = mountNamespacePath(config.name, node.name)
  mkdirSync(kubeletRoot(node), { recursive: true })
  await ensureRunDirectory(directory)
  if (mountPoints().includes(path)) return
  if (!existsSync(path)) writeFileSync(path, '')
  const root = kubeletRoot(node)
  const inside = [
    existsSync('/sys/fs/cgroup/unified/cgroup.controllers') ? 'umount /sys/fs/cgroup/unified' : 'true',
    `mount --bind "${root}" "${root}"`,
    `mount --make-rshared "${root}"`,
    // A host whose /var/lib cannot be written has its drivers name the root itself.
    `{ ! mkdir -p ${usualRoot} 2>/dev/null || mount --bind "${root}" ${usualRoot}; }`,
  ].join(' && ')
  await runOrThrow(['unshare', `--mount=${path}`, '--propagation', 'slave', 'sh', '-c', inside])
}

/** The namespace of its name goes with it. */
export async function removeMountNamespace(cluster: string, node: string): Promise<void> {
  for (const path of [mountNamespacePath(cluster, node), hostnamePath(cluster, node)]) {
    if (mountPoints().includes(path)) await run(['umount', path])
    rmSync(path, { force: true })
  }
}

/** Everything below the cluster's run directory, and the directory itself. */
export async function removeRunDirectory(cluster: string): Promise<void> {
  const directory = runDirectory(cluster)
  await unmountBelow(directory)
  rmSync(directory, { recursive: true, force: true })
}

/** Takes off every mount on the directory and below it, the last made first. */
export async function unmountBelow(directory: string): Promise<void> {
  const below = mountPoints().filter((path) => path === directory || path.startsWith(`${directory}/`))
  for (const path of below.reverse()) await run(['umount', '-l', path])
}

/** Mount points of this process's namespace, in order of their making. */
export function mountPoints(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((path) => path !== undefined)
}
