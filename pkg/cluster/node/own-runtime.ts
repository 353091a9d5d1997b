/**
 * A machine whose container runtime is the user's own (`--container-runtime-endpoint`): another containerd, or CRI-O. It is neither started,
 * configured nor stopped here, and it sees the host's mounts: so the agent runs among them too, and the kubelet's root is a shared mount of
 * the host. Its CNI configuration is where every runtime looks.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Cri, openCri } from '#kubelet/cri/index.ts'
import { cniFileName } from '#network/cni.ts'
import { run, runOrThrow } from '../host/exec.ts'
import { ensureBuiltinImages } from '../images/builtin.ts'
import type { ClusterConfig, NodePlan } from '../types.ts'
import { UsageError } from '../usage-error.ts'

export const systemCniDirectory = '/etc/cni/net.d'
const endpointPattern = /^unix:\/\/(\/\S+)$/
const patienceMs = 30_000
const stopSeconds = 2

/** The socket of an endpoint as upstream's kubelet takes it; throws UsageError. */
export function endpointSocket(endpoint: string): string {
  const socket = endpointPattern.exec(endpoint)?.[1]
  if (!socket) throw new UsageError(`--container-runtime-endpoint must be a unix socket, as in unix:///run/crio/crio.sock, not "${endpoint}"`)
  return socket
}

export const hasOwnRuntime = ({ machine }: Pick<ClusterConfig, 'machine'>): boolean => machine?.runtimeEndpoint !== undefined

/** Before the agent starts. Throws when nobody answers at the endpoint. */
export async function prepareOwnRuntime(config: ClusterConfig, node: NodePlan, kubeletRoot: string, mounts: () => readonly string[]): Promise<void> {
  mkdirSync(systemCniDirectory, { recursive: true })
  mkdirSync(kubeletRoot, { recursive: true })
  if (!mounts().includes(kubeletRoot)) {
    await runOrThrow(['mount', '--bind', kubeletRoot, kubeletRoot])
    await runOrThrow(['mount', '--make-rshared', kubeletRoot])
  }
  const name = await runtimeName(node.containerdSocket)
  // Other runtimes take images from registries only.
  if (name === 'containerd') await ensureBuiltinImages(node.containerdSocket, config.dataDir)
}

async function runtimeName(socket: string): Promise<string> {
  const cri = openCri(socket)
  try {
    for (const until = Date.now() + patienceMs; ; ) {
      try {
        return (await cri.runtime.version()).runtimeName
      } catch (error) {
        if (Date.now() > until) throw new Error(`no container runtime answers at unix://${socket}: ${(error as Error).message}`)
      }
      await setTimeout(100)
    }
  } finally {
    cri.close()
  }
}

/** After the agent has ended: the node's own pods go, nobody else's, and its CNI configuration. */
export async function releaseOwnRuntime(node: NodePlan, kubeletRoot: string): Promise<void> {
  const pods = join(kubeletRoot, 'pods')
  const uids = new Set(existsSync(pods) ? readdirSync(pods) : [])
  if (uids.size > 0 && existsSync(node.containerdSocket)) {
    const cri = openCri(node.containerdSocket)
    await endPods(cri, uids)
      .catch(() => {})
      .finally(() => cri.close())
  }
  rmSync(join(systemCniDirectory, cniFileName), { force: true })
}

/** Ends the pods of these UIDs, and no others. */
export async function endPods({ runtime }: Cri, uids: ReadonlySet<string>): Promise<void> {
  const isOurs = ({ labels }: { readonly labels: Readonly<Record<string, string>> }) => uids.has(labels['io.kubernetes.pod.uid'] ?? '')
  const containers = (await runtime.listContainers()).filter((each) => isOurs(each) && each.state === 'CONTAINER_RUNNING')
  await Promise.allSettled(containers.map(({ id }) => runtime.stopContainer(id, stopSeconds)))
  const sandboxes = (await runtime.listPodSandboxes()).filter(isOurs)
  await Promise.allSettled(sandboxes.map(({ id }) => runtime.stopPodSandbox(id).then(() => runtime.removePodSandbox(id))))
}

/** Takes the kubelet's root off the host's mounts, with all that is mounted below it. */
export async function unmountRoot(kubeletRoot: string, mounts: () => readonly string[]): Promise<void> {
  const below = mounts().filter((path) => path === kubeletRoot || path.startsWith(`${kubeletRoot}/`))
  for (const path of [...below].reverse()) await run(['umount', '-l', path])
}
