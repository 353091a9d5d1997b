/** Starts the supervisor of a cluster: in this process, or detached from the terminal. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { componentSpecs, containerdName, releaseNode } from './components.ts'
import { loadConfig } from './config.ts'
import { ensureNetwork, removeAll, removeMachine } from '#network/underlay/index.ts'
import { unlinkPlugins } from './node/containerd.ts'
import { removeClusterCgroups } from './node/stop-containers.ts'
import { removeRunDirectory } from './node/mount-namespace.ts'
import { programCommand } from './program.ts'
import { holdSupervisorLock } from './supervisor/control-socket.ts'
import { logPath } from './supervisor/child.ts'
import { Supervisor } from './supervisor/supervisor.ts'
import type { ClusterConfig, NodePlan } from './types.ts'
import { UsageError } from './usage-error.ts'
import { k8tsVersion } from './version.ts'

/** A supervisor that outlives this process. Harmless when there is one: the second finds the lock taken and ends. */
export function superviseInBackground(config: Pick<ClusterConfig, 'dataDir'>): void {
  const path = logPath(config.dataDir, 'supervisor')
  mkdirSync(dirname(path), { recursive: true })
  const output = openSync(path, 'a', 0o600)
  const [file, ...args] = programCommand('supervise', '--data-dir', config.dataDir)
  const child = spawn(file!, args, { detached: true, stdio: ['ignore', output, output] })
  child.unref()
  closeSync(output)
}

/** Supervises until "stop" comes over the control socket, or SIGINT or SIGTERM. */
export async function superviseHere(config: ClusterConfig): Promise<void> {
  const lock = await holdSupervisorLock(config.dataDir)
  if (!lock) throw new UsageError(`the cluster ${config.name} has a supervisor already`)
  const log = createLogger({ component: 'supervisor' })
  let current = config
  /** Nodes that may be taken out by a reload. */
  const nodes = new Map<string, NodePlan>()
  const supervisor = new Supervisor({
    dataDir: config.dataDir,
    version: k8tsVersion,
    clock: systemClock,
    log,
    children: async () => {
      current = (await loadConfig(config.dataDir)) ?? current
      // Nodes that stay must learn of those that come, and the host of another way to Services when the node it took is gone.
      if (nodes.size > 0 && !current.machine) await ensureRunning(current)
      for (const node of current.nodes) nodes.set(containerdName(node), node)
      return componentSpecs(current)
    },
    afterStop: () => releaseHost(current),
    // A node's containerd is the last of it to end.
    afterRemoval: async (name) => {
      const node = nodes.get(name)
      if (node) await releaseNode(current, node)
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void supervisor.stop())
  await supervisor.start()
  await supervisor.stopped
  lock.close()
}

async function ensureRunning(config: ClusterConfig): Promise<void> {
  const running = config.nodes.filter((node) => !node.stopped)
  await ensureNetwork({ ...config, nodes: running })
}

/** Takes everything of a stopped cluster off the host but its files. */
export async function releaseHost(config: ClusterConfig): Promise<void> {
  for (const node of config.nodes) await releaseNode(config, node)
  removeClusterCgroups(config.name)
  if (config.machine) {
    await removeMachine(config)
    if (config.machine.podNetwork === 'none') unlinkPlugins()
  } else await removeAll(config)
  await removeRunDirectory(config.name)
}
