/**
 * Builds OCI image archives without any container tool: layers of files in, one tar file out that
 * containerd imports. (OCI image-spec: image layout, image index, manifest, config.)
 */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'

export interface ImageFile {
  readonly path: string
  readonly content?: Uint8Array | string
  readonly mode?: number
  readonly directory?: boolean
  readonly linkTo?: string
}

export interface ImageSpec {
  /** Full names: "docker.io/library/nginx:1.25-alpine". */
  readonly names: readonly string[]
  readonly layers: readonly (readonly ImageFile[])[]
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly env?: readonly string[]
  readonly workingDir?: string
  readonly user?: string
  readonly exposedPorts?: readonly string[]
  readonly architecture?: 'amd64' | 'arm64'
}

interface Blob {
  readonly digest: string
  readonly bytes: Uint8Array
}

/** A fixed time, so that the same files always give the same digests. */
const epoch = new Date(0)

/** The machine's architecture under its OCI name. */
export function hostArchitecture(): 'amd64' | 'arm64' {
  return process.arch === 'arm64' ? 'arm64' : 'amd64'
}

/** Writes one archive with all these images; names without a registry get docker.io as Docker's reference rules say. */
export async function writeOciArchive(specs: readonly ImageSpec[], path: string): Promise<void> {
  const layerOf = layerCache()
  const blobs = new Map<string, Blob>()
  const entries: object[] = []
  for (const spec of specs) {
    const layers = await Promise.all(spec.layers.map(layerOf))
    const config = imageConfig(spec, layers)
    const manifest = imageManifest(config, layers)
    for (const each of [...layers, config, manifest]) blobs.set(each.digest, each)
    entries.push(...spec.names.map((name) => indexEntry(name, manifest)))
  }
  const archive = pack()
  const written = pipeline(archive, createWriteStream(path))
  await addEntry(archive, { path: 'oci-layout', content: JSON.stringify({ imageLayoutVersion: '1.0.0' }) })
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: entries }
  await addEntry(archive, { path: 'index.json', content: JSON.stringify(index) })
  for (const each of blobs.values()) await addEntry(archive, { path: `blobs/sha256/${each.digest.slice('sha256:'.length)}`, content: each.bytes })
  archive.finalize()
  await written
}

/** Layers shared by images (the same array) are packed once. */
function layerCache(): (files: readonly ImageFile[]) => Promise<Blob> {
  const packed = new Map<readonly ImageFile[], Promise<Blob>>()
  return (files) => {
    const known = packed.get(files) ?? layerTar(files)
    packed.set(files, known)
    return known
  }
}

function imageConfig(spec: ImageSpec, layers: readonly Blob[]): Blob {
  return jsonBlob({
    created: epoch.toISOString(),
    architecture: spec.architecture ?? hostArchitecture(),
    os: 'linux',
    config: {
      ...(spec.entrypoint ? { Entrypoint: spec.entrypoint } : {}),
      ...(spec.cmd ? { Cmd: spec.cmd } : {}),
      Env: spec.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(spec.workingDir ? { WorkingDir: spec.workingDir } : {}),
      ...(spec.user ? { User: spec.user } : {}),
      ...(spec.exposedPorts ? { ExposedPorts: Object.fromEntries(spec.exposedPorts.map((port) => [port, {}])) } : {}),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(() => ({ created: epoch.toISOString(), created_by: 'k8ts' })),
  })
}

function imageManifest(config: Blob, layers: readonly Blob[]): Blob {
  return jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.bytes.length },
    layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size: layer.bytes.length })),
  })
}

function indexEntry(name: string, manifest: Blob): object {
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: manifest.digest,
    size: manifest.bytes.length,
    annotations: { 'io.containerd.image.name': normalizeImageName(name), 'org.opencontainers.image.ref.name': name.split(':').at(-1) ?? 'latest' },
  }
}

/** "nginx:1" → "docker.io/library/nginx:1"; "a/b" → "docker.io/a/b:latest". */
export function normalizeImageName(name: string): string {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost'
  const withRegistry = hasRegistry ? name : slash < 0 ? `docker.io/library/${name}` : `docker.io/${name}`
  return /[:@][^/]*$/.test(withRegistry) ? withRegistry : `${withRegistry}:latest`
}

/** All of a directory as one layer, owned by root. */
export async function filesOf(root: string, at = ''): Promise<ImageFile[]> {
  const files: ImageFile[] = []
  for (const name of (await readdir(join(root, at))).sort()) {
    const relative = at === '' ? name : `${at}/${name}`
    const full = join(root, relative)
    const stat = await lstat(full)
    if (stat.isSymbolicLink()) files.push({ path: relative, linkTo: await readlink(full) })
    else if (stat.isDirectory()) files.push({ path: relative, directory: true, mode: stat.mode & 0o7777 }, ...(await filesOf(root, relative)))
    else if (stat.isFile()) files.push({ path: relative, content: await readFile(full), mode: stat.mode & 0o7777 })
  }
  return files
}

async function layerTar(files: readonly ImageFile[]): Promise<Blob> {
  const archive = pack()
  const chunks: Uint8Array[] = []
  const collected = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Uint8Array)
  })()
  for (const file of files) await addEntry(archive, file)
  archive.finalize()
  await collected
  return blob(Buffer.concat(chunks))
}

function addEntry(archive: Pack, file: ImageFile): Promise<void> {
  const type = file.directory ? 'directory' : file.linkTo !== undefined ? 'symlink' : 'file'
  const content = typeof file.content === 'string' ? Buffer.from(file.content) : Buffer.from(file.content ?? [])
  const header = { name: file.path, type, mode: file.mode ?? (file.directory ? 0o755 : 0o644), mtime: epoch, uid: 0, gid: 0 } as const
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve())
    if (type === 'file') archive.entry({ ...header, size: content.length }, content, done)
    else archive.entry({ ...header, ...(file.linkTo !== undefined ? { linkname: file.linkTo } : {}) }, done)
  })
}

function jsonBlob(value: unknown): Blob {
  return blob(Buffer.from(JSON.stringify(value)))
}

function blob(bytes: Uint8Array): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes }
}
