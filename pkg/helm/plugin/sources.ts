/** Where plugins come from: a folder, an archive here or at a URL, a registry, a repository of git (internal/plugin/installer). */
import { existsSync, statSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { download } from '../repository/http.ts'
import { CommandError, type Invocation } from '../types.ts'
import { archivedPlugin, archivedPluginName, isArchiveName, readPluginArchive, writePluginFiles } from './archive.ts'
import { isGitRemote, syncRepository } from './git.ts'

export interface Fetched {
  readonly archive: Buffer
  readonly provenance: Buffer | undefined
  /** The name that the signature is for. */
  readonly name: string
}

export interface PluginSource {
  /** Of the folder among the plugins. */
  readonly folder: string
  /** A folder of this machine, linked to while its plugin is made. */
  readonly isLocalFolder?: boolean
  /** Of sources that can be signed; asked once. */
  readonly fetch?: () => Promise<Fetched>
  /** What is told before why it could not be fetched, when it is to be verified. */
  readonly failure?: string
  /** Puts the plugin at `place`, which is not there yet. */
  install(place: string): Promise<void>
}

const maxArchiveBytes = 256 << 20
const missingMetadata = 'plugin metadata (plugin.yaml) missing'

function folderSource(path: string): PluginSource {
  return {
    folder: basename(path),
    isLocalFolder: true,
    async install(place) {
      if (!statSync(path).isDirectory()) throw new CommandError("expected plugin to be a directory (containing a file 'plugin.yaml')")
      if (!existsSync(join(path, 'plugin.yaml'))) throw new CommandError(missingMetadata)
      await symlink(path, place)
    },
  }
}

function archiveSource(folder: string, get: () => Promise<Fetched>): PluginSource {
  let fetched: Promise<Fetched> | undefined
  const fetch = (): Promise<Fetched> => (fetched ??= get())
  return {
    folder,
    fetch,
    async install(place) {
      const { archive, provenance } = await fetch()
      let files: Awaited<ReturnType<typeof readPluginArchive>>
      let name: string
      try {
        files = await readPluginArchive(archive)
        const plugin = archivedPlugin(files)
        name = `${plugin.name}-${plugin.version}.tgz`
      } catch (error) {
        throw new CommandError(`failed to extract plugin metadata from tarball: ${(error as Error).message}`, { cause: error })
      }
      await writePluginFiles(files, place)
      // What was signed stays beside the plugin: `list` and later checks want it.
      const kept = join(place, '..', name)
      await writeFile(kept, archive)
      if (provenance) await writeFile(`${kept}.prov`, provenance)
    },
  }
}

const optional = (read: Promise<Buffer>): Promise<Buffer | undefined> => read.catch(() => undefined)

function localArchive(path: string): PluginSource {
  return archiveSource(archivedPluginName(basename(path)), async () => ({
    archive: await readFile(path),
    provenance: await optional(readFile(`${path}.prov`)),
    name: basename(path),
  }))
}

function urlSource({ session }: Invocation, url: string): PluginSource {
  const name = basename(new URL(url).pathname)
  return archiveSource(archivedPluginName(name), async () => ({
    archive: await download(url, { env: session.env, limitBytes: maxArchiveBytes }),
    provenance: await optional(download(`${url}.prov`, { env: session.env, limitBytes: 1 << 20 })),
    name,
  }))
}

function registrySource(invocation: Invocation, reference: string): PluginSource {
  const name = reference
    .replace(/^oci:\/\//, '')
    .replace(/@.*$/, '')
    .split('/')
    .at(-1)!
    .split(':')[0]!
  const source = archiveSource(name, async () => {
    const { pullPlugin } = await import('../registry/plugins.ts')
    const { archive, provenance } = await pullPlugin(invocation, reference, name).catch((error) => {
      throw new CommandError(`failed to pull plugin from ${reference}: ${error.message}`, { cause: error })
    })
    const { name: own, version } = archivedPlugin(await readPluginArchive(archive))
    return { archive, provenance, name: `${own}-${version}.tgz` }
  })
  return { ...source, failure: '' }
}

function gitSource(source: string, version: string): PluginSource {
  return {
    folder: basename(source),
    async install(place) {
      const temporary = await mkdtemp(join(tmpdir(), 'helm-plugin-'))
      try {
        const clone = join(temporary, 'clone')
        await syncRepository(source, clone, version)
        if (!existsSync(join(clone, 'plugin.yaml'))) throw new CommandError(missingMetadata)
        await cp(clone, place, { recursive: true, verbatimSymlinks: true })
      } finally {
        await rm(temporary, { recursive: true, force: true })
      }
    },
  }
}

/** Throws for what is none of them. */
export function pluginSource(invocation: Invocation, source: string, version: string): PluginSource {
  if (source.startsWith('oci://')) return registrySource(invocation, source)
  const path = resolve(invocation.session.cwd, source)
  if (existsSync(path)) return isArchiveName(path) ? localArchive(path) : folderSource(path)
  if (/^https?:\/\//.test(source) && isArchiveName(source)) return urlSource(invocation, source)
  if (isGitRemote(source)) return gitSource(source, version)
  throw new CommandError(
    `cannot get information about plugin source ${JSON.stringify(source)} (if it's a local directory, does it exist?), last error was: Cannot detect VCS`,
  )
}
