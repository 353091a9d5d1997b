/** Archives of plugins: packed from a folder, and unpacked where nothing leads out of the folder (installer/extractor.go, plugin/sign.go). */
import { lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip, gzipSync } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { parsePlugin, type Plugin } from './metadata.ts'

/** More than any plugin is: what goes on unpacking is stopped. */
const maxBytes = 512 << 20
const maxEntries = 20_000

export const isArchiveName = (name: string): boolean => /\.(?:tgz|tar\.gz)$/.test(name)

/** "name-1.2.3.tgz" is of the plugin "name". */
export const archivedPluginName = (file: string): string => file.replace(/\.(?:tgz|tar\.gz)$/, '').replace(/^(.*)-[0-9]+\..*$/, '$1')

export interface PluginFile {
  readonly path: string
  readonly mode: number
  /** Undefined for a folder. */
  readonly data?: Buffer
}

function checkedPath(given: string): string {
  if (given.includes(':')) throw new Error("path contains ':', which is illegal")
  const path = given.replaceAll('\\', '/')
  if (path.split('/').includes('..')) throw new Error("path contains '..', which is illegal")
  if (isAbsolute(path)) throw new Error('path is absolute, which is illegal')
  return path.replace(/\/+$/, '')
}

/** Files and folders alone: links and devices are refused. */
export async function readPluginArchive(bytes: Buffer): Promise<PluginFile[]> {
  const files: PluginFile[] = []
  let remaining = maxBytes
  const entries = extract()
  const gunzip = createGunzip()
  gunzip.on('error', (error) => entries.destroy(error))
  Readable.from([bytes]).pipe(gunzip).pipe(entries)
  try {
    for await (const entry of entries) {
      const { name, type, mode = 0o644 } = entry.header
      const path = checkedPath(name)
      if (files.length >= maxEntries) throw new Error(`the archive has more than ${maxEntries} files`)
      if (type === 'directory') {
        entry.resume()
        files.push({ path, mode })
        continue
      }
      if (type !== 'file' && type !== 'contiguous-file') throw new Error(`unknown type: ${type} in ${name}`)
      const chunks: Buffer[] = []
      for await (const chunk of entry) {
        remaining -= (chunk as Buffer).length
        if (remaining < 0) throw new Error(`the unpacked archive is larger than ${maxBytes} bytes`)
        chunks.push(chunk as Buffer)
      }
      files.push({ path, mode, data: Buffer.concat(chunks) })
    }
  } finally {
    gunzip.destroy()
  }
  return files
}

/** What the first plugin.yaml says. */
export function archivedPlugin(files: readonly PluginFile[]): Plugin {
  const found = files.find(({ path, data }) => data && basename(path) === 'plugin.yaml')
  if (!found) throw new Error('plugin.yaml not found in tarball')
  return parsePlugin(found.data!.toString('utf8'), dirname(found.path))
}

/** Of the folder in which plugin.yaml is: the top, or one below it. */
export async function writePluginFiles(files: readonly PluginFile[], folder: string): Promise<void> {
  const roots = files.filter(({ path, data }) => data && basename(path) === 'plugin.yaml').map(({ path }) => dirname(path))
  const root = roots.includes('.') ? '.' : roots.find((each) => !each.includes('/'))
  if (root === undefined) throw new Error('plugin metadata (plugin.yaml) missing')
  await mkdir(folder, { recursive: true })
  for (const { path, mode, data } of files) {
    const within = root === '.' ? path : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined
    if (within === undefined) continue
    const place = join(folder, within)
    await mkdir(data ? dirname(place) : place, { recursive: true })
    // What an archive makes is nobody's program but its owner's.
    if (data) await writeFile(place, data, { mode: mode & 0o755 })
  }
}

/** Everything of a folder, under the plugin's name. Links are packed as links are read by nobody: they are refused. */
export async function packPlugin(folder: string, name: string): Promise<Buffer> {
  const archive = pack()
  const chunks: Buffer[] = []
  const gathered = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer)
  })()
  const walk = async (path: string, within: string): Promise<void> => {
    const found = within === '' ? await stat(path) : await lstat(path)
    const header = { name: join(name, within), mode: found.mode & 0o7777, mtime: found.mtime }
    if (found.isDirectory()) {
      archive.entry({ ...header, type: 'directory' })
      for (const each of (await readdir(path)).sort()) await walk(join(path, each), join(within, each))
    } else if (found.isFile()) archive.entry(header, await readFile(path))
    else throw new Error(`${path} is neither a file nor a folder`)
  }
  await walk(folder, '')
  archive.finalize()
  await gathered
  return gzipSync(Buffer.concat(chunks))
}
