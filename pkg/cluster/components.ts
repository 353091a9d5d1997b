/** The processes of a local cluster, in the order in which they start. */
import { type Clock, systemClock } from '#base/clock.ts'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openCri } from '#kubelet/cri/index.ts'
import { ensureMachine, ensureNodeNamespace, ensureUnderlay, removeNodeNamespace } from '#network/underlay/index.ts'
import { addressIn } from './config.ts'
import { ensureBuiltinImages } from './images/builtin.ts'
import { shutdownMs } from './node/kubelet-configuration.ts'
import { containerdCommand, writeContainerdConfiguration } from './node/containerd.ts'
import { ensureHostname, ensureMountNamespace, inNode, kubeletRoot, mountPoints, removeMountNamespace } from './node/mount-namespace.ts'
import { hasOwnRuntime, prepareOwnRuntime, releaseOwnRuntime, unmountRoot } from './node/own-runtime.ts'
import { killCgroups, killLeftovers, stopContainers } from './node/stop-containers.ts'
import { writeAtomically } from './pki/atomic-file.ts'
import { createClusterPki } from './pki/cluster-pki.ts'
import type { ClusterPki } from './pki/types.ts'
import { programCommand, programEnvironment } from './program.ts'
import type { ChildSpec } from './supervisor/types.ts'
import { type ClusterConfig, type NodePlan, nodeAddresses } from './types.ts'

export function pkiDirectory(config: Pick<ClusterConfig, 'dataDir'>): string {
  return join(config.dataDir, 'pki')
}

export function encryptionKeyPath(config: Pick<ClusterConfig, 'dataDir'>): string {
  return join(pkiDirectory(config), 'encryption.key')
}

/** kube-apiserver's flags, a line each, which `k8ts up --api-server-flags FILE` writes. */
export function apiServerFlagsPath(config: Pick<ClusterConfig, 'dataDir'>): string {
  return join(config.dataDir, 'kube-apiserver.flags')
}

/** Every certificate and key the plan asks for; those that are there, and last, are kept. */
export async function ensurePki(config: ClusterConfig, clock: Clock = systemClock): Promise<ClusterPki> {
  mkdirSync(pkiDirectory(config), { recursive: true, mode: 0o700 })
  if (!existsSync(encryptionKeyPath(config))) writeAtomically(encryptionKeyPath(config), randomBytes(32).toString('base64'))
  return createClusterPki(pkiDirectory(config), {
    clock,
    addresses: [config.apiServer.advertiseAddress, ...config.apiServer.listen, ...config.nodes.flatMap(nodeAddresses)],
    serviceAddress: serviceAddress(config),
    clusterDomain: config.clusterDomain,
    nodes: config.nodes.map((node) => ({ name: node.name, addresses: [...nodeAddresses(node), '127.0.0.1'] })),
  })
}

/** The first address of the service range: the Service `kubernetes`. */
export function serviceAddress(config: Pick<ClusterConfig, 'serviceCidr'>): string {
  return addressIn(config.serviceCidr, 1)
}

/**
 * API server first; the others beside it: they load meanwhile, and wait until it listens. An agent waits for its
 * containerd, whose start also makes the node's namespaces.
 * A node's containerd and agent run in the node's network and mount namespaces.
 */
export function componentSpecs(config: ClusterConfig): ChildSpec[] {
  const dataDir = ['--data-dir', config.dataDir]
  const nodes = config.nodes.filter((node) => !node.stopped)
  const gateway = nodes[0]?.name
  const underlay = oneAtATime(async () => (config.machine ? ensureMachine(config) : ensureUnderlay(config, gateway ? { serviceGateway: gateway } : {})))
  const controlPlane: ChildSpec[] = [
    {
      name: 'apiserver',
      linked: true,
      command: programCommand('kube-apiserver', ...dataDir),
      env: programEnvironment['kube-apiserver']!,
      prepare: async () => {
        await ensurePki(config)
        await underlay()
      },
    },
    { name: 'controllers', linked: true, command: programCommand('controllers', ...dataDir) },
  ]
  const [apiServer, controllers] = controlPlane as [ChildSpec, ChildSpec]
  const isAgent = config.machine?.role === 'agent'
  return [
    ...(isAgent ? [] : [apiServer]),
    ...(hasOwnRuntime(config) ? [] : nodes.map((node) => containerdSpec(config, node, underlay))),
    ...(isAgent ? [] : [controllers]),
    ...(config.simulatedNodes ? [{ name: 'hollow', linked: true, command: programCommand('hollow', ...dataDir) }] : []),
    ...nodes.map(
      (node): ChildSpec => ({
        name: node.name,
        linked: true,
        ...agentPlace(config, node, programCommand('agent', ...dataDir, '--node', node.name), underlay),
        // A node that was never ready has nobody to listen to it, and ends by the signal's own doing.
        stopSignal: 'SIGPWR',
        extraStopMs: () => shutdownMs(config, node),
      }),
    ),
  ]
}

/** Inside the node, once its containerd is up; or on the host, beside the runtime that is there. */
function agentPlace(
  config: ClusterConfig,
  node: NodePlan,
  command: string[],
  underlay: () => Promise<unknown>,
): Pick<ChildSpec, 'command' | 'after' | 'prepare'> {
  if (!hasOwnRuntime(config)) {
    // A node that runs since before nodes had names of their own has none yet.
    return { command: inNode(config, node, command), after: [containerdName(node)], prepare: () => ensureHostname(config, node) }
  }
  return {
    command,
    prepare: async () => {
      await underlay()
      await prepareOwnRuntime(config, node, kubeletRoot(node), mountPoints)
    },
  }
}

/** The same work for several callers: those who come while it runs wait for the next run, which they share. */
function oneAtATime(work: () => Promise<unknown>): () => Promise<unknown> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<unknown> | undefined
  return () => {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        running = work()
        return running
      })
    return next
  }
}

export function containerdName(node: Pick<NodePlan, 'name'>): string {
  return `${node.name}/containerd`
}

function containerdSpec(config: ClusterConfig, node: NodePlan, underlay: () => Promise<unknown>): ChildSpec {
  return {
    name: containerdName(node),
    linked: false,
    command: containerdCommand(config, node),
    prepare: async () => {
      await underlay()
      if (!config.machine) await ensureNodeNamespace(config, node)
      await ensureHostname(config, node)
      await ensureMountNamespace(config, node)
      writeContainerdConfiguration(config, node)
    },
    whenReady: async () => {
      // A machine's pod network comes with its agent, or with the user's plugin.
      await containerdReady(node, config.machine ? ['RuntimeReady'] : ['RuntimeReady', 'NetworkReady'])
      await ensureBuiltinImages(node.containerdSocket, config.dataDir)
    },
    beforeStop: () => stopContainers(node),
  }
}

/** Polls until the runtime says that it and its network are ready. */
async function containerdReady(node: NodePlan, needed: readonly string[], timeoutMs = 30_000): Promise<void> {
  const cri = openCri(node.containerdSocket)
  try {
    const until = Date.now() + timeoutMs
    for (;;) {
      try {
        const { conditions } = await cri.runtime.status()
        if (needed.every((type) => conditions.some((condition) => condition.type === type && condition.status))) return
      } catch (error) {
        if (Date.now() > until) throw error
      }
      if (Date.now() > until) throw new Error(`containerd of ${node.name} is up but not ready after ${timeoutMs / 1000} s`)
      await setTimeout(20)
    }
  } finally {
    cri.close()
  }
}

/** After a node's processes have ended: its containers, namespaces and cgroups go; its files stay. */
export async function releaseNode(config: ClusterConfig, node: NodePlan): Promise<void> {
  if (hasOwnRuntime(config)) {
    await releaseOwnRuntime(node, kubeletRoot(node))
    killCgroups(config, node)
    await unmountRoot(kubeletRoot(node), mountPoints)
    return
  }
  killLeftovers(config, node)
  await removeMountNamespace(config.name, node.name)
  if (!config.machine) await removeNodeNamespace(config, node)
}
