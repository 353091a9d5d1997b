/** Ends every container of a node, politely through the runtime first, then by its cgroup and shims. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { openCri } from '#kubelet/cri/index.ts'
import type { ClusterConfig, NodePlan } from '../types.ts'

/** Seconds a container gets between SIGTERM and SIGKILL when the whole cluster goes down. */
const stopTimeoutSeconds = 2

/** Where this node's pods have their cgroups, below each hierarchy's root. */
export function cgroupRoot(config: Pick<ClusterConfig, 'name'>, node: string): string {
  return `/k8ts-${config.name}/${node}`
}

export async function stopContainers(node: NodePlan): Promise<void> {
  if (!existsSync(node.containerdSocket)) return
  const cri = openCri(node.containerdSocket)
  try {
    const containers = await cri.runtime.listContainers()
    await Promise.allSettled(
      containers.filter(({ state }) => state === 'CONTAINER_RUNNING').map((container) => cri.runtime.stopContainer(container.id, stopTimeoutSeconds)),
    )
    const sandboxes = await cri.runtime.listPodSandboxes()
    await Promise.allSettled(sandboxes.map((sandbox) => cri.runtime.stopPodSandbox(sandbox.id)))
  } catch {
    // A runtime that does not answer: what is left ends by `killLeftovers`.
  } finally {
    cri.close()
  }
}

/** Kills what still runs in the node's cgroups, and the shims that serve its runtime; removes the cgroups. */
export function killLeftovers(config: Pick<ClusterConfig, 'name'>, node: Pick<NodePlan, 'name' | 'containerdSocket'>): void {
  for (const directory of cgroupDirectories(cgroupRoot(config, node.name))) killTree(directory)
  for (const pid of shimsOf(node.containerdSocket)) kill(pid)
  killCgroups(config, node)
}

/** Kills what still runs in the node's cgroups, and removes them: all that is the node's where the runtime is somebody else's. */
export function killCgroups(config: Pick<ClusterConfig, 'name'>, node: Pick<NodePlan, 'name'>): void {
  for (const directory of cgroupDirectories(cgroupRoot(config, node.name))) killTree(directory)
  for (const directory of cgroupDirectories(cgroupRoot(config, node.name))) removeTree(directory)
}

/** Removes the cluster's own cgroup, once its nodes' are gone. */
export function removeClusterCgroups(name: string): void {
  for (const directory of cgroupDirectories(`/k8ts-${name}`)) removeTree(directory)
}

/** The cgroup in every mounted hierarchy: version 2, and each controller of version 1. */
function cgroupDirectories(path: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4]!)
  return mounts.map((mount) => join(mount, path)).filter((directory) => existsSync(directory))
}

function killTree(directory: string): void {
  for (const child of subdirectories(directory)) killTree(child)
  try {
    for (const pid of readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) kill(Number(pid))
  } catch {
    // It went away while we looked.
  }
}

function removeTree(directory: string, triesLeft = 50): void {
  for (const child of subdirectories(directory)) removeTree(child)
  try {
    rmdirSync(directory)
  } catch (error) {
    // A killed process leaves its cgroup a moment later.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || triesLeft === 0) return
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    removeTree(directory, triesLeft - 1)
  }
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name))
  } catch {
    return []
  }
}

/** Shims carry their runtime's socket on the command line. */
function shimsOf(socket: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return command[0]?.includes('containerd-shim') === true && command.includes(socket)
      } catch {
        return false
      }
    })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
