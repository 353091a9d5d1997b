/** A CSI driver whose volumes are directories, given to pods by bind mounts. For tests only. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { csiServices } from '../csi/messages.ts'
import { Refusal, serveSocket, type SocketServer } from '../plugins/serve.ts'
import { serveRegistration } from './plugin-server.ts'

export interface TestDriverOptions {
  readonly name: string
  readonly nodeId: string
  /** Of the driver's own: sockets, and the contents of its volumes. */
  readonly directory: string
  /** The node's plugins_registry. */
  readonly registry: string
  readonly capabilities?: readonly string[]
  readonly maxVolumes?: number
  /** What its raw block volumes are. */
  readonly device?: string
  readonly topology?: Readonly<Record<string, string>>
  readonly mount: (source: string, target: string) => Promise<void>
  readonly unmount: (target: string) => Promise<void>
}

export interface TestDriver {
  /** "NodePublishVolume" … with what was asked, in order. */
  readonly calls: { readonly method: string; readonly request: any }[]
  /** What the kubelet said of the registration. */
  readonly statuses: { plugin_registered: boolean; error: string }[]
  /** The next call of that method fails so. */
  failNext(method: string, code: number, details: string): void
  close(): void
}

const all = ['STAGE_UNSTAGE_VOLUME', 'GET_VOLUME_STATS', 'EXPAND_VOLUME']

export async function startTestDriver(options: TestDriverOptions): Promise<TestDriver> {
  const { name, nodeId, directory, registry, capabilities = all, maxVolumes = 0, topology = {}, mount, unmount } = options
  const calls: TestDriver['calls'] = []
  const failures = new Map<string, Refusal>()
  const content = (volume: string): string => {
    const path = join(directory, 'volumes', volume)
    mkdirSync(path, { recursive: true })
    return path
  }
  const noted = (method: string, work: (request: any) => unknown) => (request: any) => {
    calls.push({ method, request })
    const failure = failures.get(method)
    failures.delete(method)
    if (failure) throw failure
    return work(request)
  }
  const methods: Record<string, (request: any) => unknown> = {
    NodeGetInfo: () => ({ node_id: nodeId, max_volumes_per_node: maxVolumes, accessible_topology: { segments: topology } }),
    NodeGetCapabilities: () => ({ capabilities: capabilities.map((type) => ({ rpc: { type } })) }),
    NodeStageVolume: ({ volume_id, staging_target_path }) => mount(content(volume_id), staging_target_path),
    NodeUnstageVolume: ({ staging_target_path }) => unmount(staging_target_path),
    async NodePublishVolume({ volume_id, staging_target_path, target_path, volume_context, volume_capability }) {
      if (volume_capability.block) {
        writeFileSync(target_path, '')
        await mount(options.device ?? '/dev/null', target_path)
        return
      }
      mkdirSync(target_path, { recursive: true })
      const source = staging_target_path || content(volume_id)
      writeFileSync(join(content(volume_id), 'context.json'), JSON.stringify(volume_context))
      await mount(source, target_path)
    },
    async NodeUnpublishVolume({ target_path }) {
      await unmount(target_path)
      rmSync(target_path, { recursive: true, force: true })
    },
    NodeExpandVolume: ({ volume_id, capacity_range }) => {
      writeFileSync(join(content(volume_id), 'size'), String(capacity_range.required_bytes))
      return { capacity_bytes: capacity_range.required_bytes }
    },
    NodeGetVolumeStats: ({ volume_id }) => ({
      usage: [
        { unit: 'BYTES', total: 1000, used: readFileSync(join(content(volume_id), 'context.json')).length, available: 500 },
        { unit: 'INODES', total: 10, used: 1, available: 9 },
      ],
    }),
  }
  const statuses: TestDriver['statuses'] = []
  const endpoint = join(directory, 'csi.sock')
  const servers: SocketServer[] = [
    await serveSocket(endpoint, csiServices.Node!, {
      unary: Object.fromEntries(Object.entries(methods).map(([method, work]) => [method, noted(method, work)])),
    }),
    await serveRegistration(join(registry, `${name}-reg.sock`), {
      type: 'CSIPlugin',
      name,
      endpoint,
      versions: ['1.0.0'],
      onStatus: (status) => statuses.push(status),
    }),
  ]
  return {
    calls,
    statuses,
    failNext: (method, code, details) => void failures.set(method, new Refusal(code, details)),
    close() {
      for (const server of servers) server.close()
    },
  }
}
