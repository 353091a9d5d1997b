/** The test CSI driver on a cluster's node, as a process beside its kubelet, and an attacher for it that says yes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { volumeAttachments } from '#api/gen/resources.ts'
import type { E2eCluster } from './cluster.ts'

export const driverName = 'dirs.csi'

const checkout = join(import.meta.dirname, '..', '..')

export interface NodeDriver {
  readonly kubeletDirectory: string
  /** What is in its volumes. */
  readonly volumes: string
  stop(): Promise<void>
}

export async function startDriver({ dataDir }: E2eCluster, node: string, device = '/dev/null'): Promise<NodeDriver> {
  const kubeletDirectory = join(dataDir, 'nodes', node, 'kubelet')
  const directory = join(dataDir, 'csi')
  const { identity } = JSON.parse(readFileSync(join(dataDir, 'run', `${node}.json`), 'utf8')) as { identity: { pid: number } }
  // It mounts where the kubelet sees it.
  const child: ChildProcess = spawn(
    'nsenter',
    [
      `--mount=/proc/${identity.pid}/ns/mnt`,
      join(checkout, 'tools', 'node.sh'),
      join(checkout, 'test', 'csi-driver', 'main.ts'),
      driverName,
      node,
      directory,
      join(kubeletDirectory, 'plugins_registry'),
      device,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the driver ended with ${code}`)))
  })
  return {
    kubeletDirectory,
    volumes: join(directory, 'volumes'),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

/** Says of each attachment that it is done; until the signal aborts. */
export async function attachAll({ client }: E2eCluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { metadata, status } of (await client.list(volumeAttachments).catch(() => ({ items: [] }))).items) {
      if (status?.attached) continue
      const attached = { attached: true, attachmentMetadata: { by: 'the test' } }
      await client.patch(volumeAttachments, { name: metadata.name }, { status: attached }, { type: 'merge', subresource: 'status' }).catch(() => {})
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
