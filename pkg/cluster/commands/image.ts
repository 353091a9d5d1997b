/** `k8ts image`: local images into every node, and what the nodes have. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { openCri } from '#kubelet/cri/index.ts'
import { importImage } from '#kubelet/cri/import-image.ts'
import { loadConfig } from '../config.ts'
import { requireRoot } from '../host/requirements.ts'
import type { ClusterConfig } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import { clusterOptions, type Command, dataDirOf, noClusterIn } from './command.ts'
import { megabytes, table } from './table.ts'

export const image: Command = {
  name: 'image',
  summary: 'Loads images from files into every node, and lists what the nodes have.',
  usage: 'load FILE.tar … | ls',
  options: clusterOptions,
  takesArguments: true,
  examples: [
    ['docker save my/app:1 -o app.tar', ''],
    ['k8ts image load app.tar', 'an OCI layout or a docker-archive, into every node'],
    ['k8ts image ls', 'what the nodes have'],
  ],
  async run({ options, args, print }) {
    requireRoot()
    const [verb, ...files] = args
    const dataDir = dataDirOf(options)
    const config = await loadConfig(dataDir)
    if (!config) throw noClusterIn(options)
    if (!config.nodes.some((node) => existsSync(node.containerdSocket)))
      throw new UsageError(`the cluster ${config.name} is not running; start it with: k8ts up`)
    if (verb === 'load') return load(config, files, print)
    if (verb === 'ls') return list(config, print)
    throw new UsageError(`say what to do: k8ts image load FILE.tar, or k8ts image ls`)
  },
}

async function load(config: ClusterConfig, files: readonly string[], print: (text: string) => void): Promise<number> {
  if (files.length === 0) throw new UsageError('say which file: k8ts image load FILE.tar')
  for (const file of files) checkArchive(file)
  for (const file of files) {
    const loaded = await Promise.all(
      config.nodes.map(async (node) => {
        try {
          return await importImage(node.containerdSocket, file)
        } catch (error) {
          throw new UsageError(`${file} could not be loaded into ${node.name}: ${reasonOf(error)}`)
        }
      }),
    )
    const names = [...new Set(loaded.flatMap((text) => [...text.matchAll(/unpacking (\S+)/g)].map((match) => match[1])))]
    for (const name of names) print(`Loaded ${name} into ${config.nodes.length} node${config.nodes.length === 1 ? '' : 's'}\n`)
  }
  return 0
}

/** Cheap checks first, so that the error names the file and not the runtime's inside. */
function checkArchive(file: string): void {
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  if (!statSync(file).isFile()) throw new UsageError(`${file} is no image archive but a directory or device; make one with: docker save IMAGE -o FILE.tar`)
  const handle = openSync(file, 'r')
  const head = Buffer.alloc(262)
  const length = readSync(handle, head, 0, head.length, 0)
  closeSync(handle)
  const isTar = length === head.length && head.toString('latin1', 257, 262) === 'ustar'
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  if (!isTar && !isGzip) throw new UsageError(`${file} is no image archive; make one with: docker save IMAGE -o FILE.tar`)
}

function reasonOf(error: unknown): string {
  const stderr = (error as { stderr?: string }).stderr?.trim()
  const line = (stderr || (error as Error).message).split('\n').at(-1) ?? ''
  return /index\.json|manifest\.json|unrecognized/.test(line) ? `it is no image archive (${line})` : line
}

async function list(config: ClusterConfig, print: (text: string) => void): Promise<number> {
  const found = new Map<string, { id: string; bytes: number; nodes: string[] }>()
  for (const node of config.nodes) {
    if (!existsSync(node.containerdSocket)) continue
    const cri = openCri(node.containerdSocket)
    try {
      for (const each of await cri.images.listImages()) {
        for (const name of each.repoTags?.length ? each.repoTags : (each.repoDigests ?? [])) {
          const entry = found.get(name) ?? { id: each.id, bytes: Number(each.size), nodes: [] }
          entry.nodes.push(node.name)
          found.set(name, entry)
        }
      }
    } finally {
      cri.close()
    }
  }
  const rows = [...found]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { id, bytes, nodes }]) => [name, id.replace('sha256:', '').slice(0, 12), megabytes(bytes), nodes.join(',')])
  print(table(['IMAGE', 'ID', 'SIZE', 'NODES'], rows))
  return 0
}
