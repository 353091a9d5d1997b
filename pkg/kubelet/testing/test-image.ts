/** A small OCI archive out of programs of this machine: a shell and a few tools with the libraries they need. For tests only. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, readFileSync, realpathSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'

export interface TestImage {
  readonly name: string
  readonly command?: readonly string[]
  readonly user?: string
  readonly env?: readonly string[]
}

const programs = ['sh', 'sleep', 'cat', 'echo', 'env', 'ls', 'id', 'touch', 'rm', 'test', 'stat', 'hostname', 'true', 'false', 'kill', 'grep', 'dd', 'tr']

/** Writes one archive that holds all the images over one layer. */
export async function writeTestImages(tarPath: string, images: readonly TestImage[]): Promise<void> {
  const layer = await buildLayer()
  const blobs = new Map<string, Buffer>()
  const add = (content: Buffer): { digest: string; size: number } => {
    const digest = createHash('sha256').update(content).digest('hex')
    blobs.set(digest, content)
    return { digest: `sha256:${digest}`, size: content.length }
  }
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const layerBlob = add(layer)
  const manifests = images.map(({ name, command = ['/bin/sh'], user = '', env = [] }) => {
    const config = add(
      json({
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
        os: 'linux',
        config: { Cmd: command, Env: ['PATH=/bin', ...env], ...(user ? { User: user } : {}) },
        rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
      }),
    )
    const manifest = add(
      json({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layerBlob }],
      }),
    )
    return { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest, annotations: { 'io.containerd.image.name': name } }
  })
  const archive = pack()
  archive.entry({ name: 'oci-layout' }, JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  archive.entry({ name: 'index.json' }, JSON.stringify({ schemaVersion: 2, manifests }))
  for (const [digest, content] of blobs) archive.entry({ name: `blobs/sha256/${digest}` }, content)
  archive.finalize()
  await pipeline(archive, createWriteStream(tarPath))
}

async function buildLayer(): Promise<Buffer> {
  const files = new Map<string, string>()
  for (const program of programs) {
    const path = ['/bin', '/usr/bin'].map((dir) => `${dir}/${program}`).find(existsSync)
    if (!path) continue
    files.set(`bin/${program}`, realpathSync(path))
    for (const match of execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)) files.set(match[1]!.slice(1), realpathSync(match[1]!))
  }
  const archive = pack()
  const chunks: Buffer[] = []
  archive.on('data', (chunk: unknown) => void chunks.push(chunk as Buffer))
  const done = new Promise<void>((resolve) => void archive.once('end', () => resolve()))
  const mtime = new Date(0)
  for (const directory of ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev']) {
    archive.entry({ name: `${directory}/`, type: 'directory', mode: directory === 'tmp' ? 0o1777 : 0o755, mtime })
  }
  archive.entry({ name: 'etc/passwd', mtime, mode: 0o644 }, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n')
  archive.entry({ name: 'etc/group', mtime, mode: 0o644 }, 'root:x:0:\n')
  for (const [name, from] of files) archive.entry({ name, mode: 0o755, mtime }, readFileSync(from))
  archive.finalize()
  await done
  return Buffer.concat(chunks)
}
