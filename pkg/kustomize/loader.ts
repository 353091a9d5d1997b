/** Files of a kustomization: never outside of its root, each root entered once on the way down (kustomize's LoadRestrictionsRootOnly). */
import { existsSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path'
import { clone } from './clone.ts'
import { KustomizeError } from './errors.ts'
import { type Repository, repositoryOf } from './repository.ts'

/** A file, or the answer to a URL, may be this large. */
const maxBytes = 64 << 20

export interface Loader {
  /** The folder, absolute, links resolved. */
  readonly root: string
  /** Whether this folder has the file. */
  exists(name: string): boolean
  /** Throws KustomizeError when the file is missing, a folder, too large, or outside of the root. */
  text(path: string): Promise<string>
  bytes(path: string): Promise<Buffer>
  /** A loader for a folder below or beside this one, or for a clone of a git repository. */
  enter(path: string): Promise<Loader>
  /** Removes the clones that were made on the way. */
  close(): void
}

export interface LoaderOptions {
  /** False lets files be read from anywhere (`--load-restrictor LoadRestrictionsNone`). */
  readonly rootOnly: boolean
}

/** `path` is a folder, or the address of a git repository. */
export async function loaderAt(path: string, options: LoaderOptions): Promise<Loader> {
  const repository = repositoryOf(path)
  return repository ? cloned(repository, undefined, []) : new FileLoader(confirmedFolder(path, path), { options, clones: [] })
}

/** What is in a clone never reads outside of it, whatever its referrer may. */
async function cloned(repository: Repository, referrer: FileLoader | undefined, clones: string[]): Promise<FileLoader> {
  const folder = await clone(repository)
  clones.push(folder)
  try {
    const path = join(folder, repository.folder)
    const root = existing(path)
    if (!statSync(root).isDirectory()) throw new KustomizeError(`'${path}' refers to file '${repository.folder}'; expecting directory`)
    if (!isWithin(root, folder)) throw new KustomizeError(`"${path}" refers to directory outside of repo "${folder}"`)
    return new FileLoader(root, { options: { rootOnly: true }, clones, referrer, repository: { ...repository, clone: folder } })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

interface Origin {
  readonly options: LoaderOptions
  /** Shared by all loaders of a build. */
  readonly clones: string[]
  readonly referrer?: FileLoader | undefined
  readonly repository?: Repository & { readonly clone: string }
}

class FileLoader implements Loader {
  readonly root: string
  readonly #origin: Origin

  constructor(root: string, origin: Origin) {
    this.root = root
    this.#origin = origin
  }

  close(): void {
    for (const folder of this.#origin.clones.splice(0)) rmSync(folder, { recursive: true, force: true })
  }

  exists(name: string): boolean {
    return existsSync(join(this.root, name))
  }

  async text(path: string): Promise<string> {
    return (await this.bytes(path)).toString('utf8')
  }

  async bytes(path: string): Promise<Buffer> {
    if (/^https?:\/\//.test(path)) return fetched(path)
    const full = normalize(isAbsolute(path) ? path : join(this.root, path)).replace(/(?<=.)\/$/, '')
    const real = existing(full)
    const status = statSync(real)
    if (status.isDirectory()) throw new KustomizeError(`'${full}' must resolve to a file`)
    if (this.#origin.options.rootOnly && !isWithin(dirname(real), this.root)) {
      throw new KustomizeError(`security; file '${full}' is not in or below '${this.root}'`)
    }
    if (status.size > maxBytes) throw new KustomizeError(`file '${full}' is larger than ${maxBytes >> 20} MiB`)
    return readFileSync(real)
  }

  async enter(path: string): Promise<Loader> {
    if (path === '') throw new KustomizeError('new root cannot be empty')
    const repository = repositoryOf(path)
    if (repository) {
      for (const { repository: before } of this.#ancestors())
        if (before?.raw.startsWith(path)) throw new KustomizeError(`cycle detected: URI '${path}' referenced by previous URI '${before.raw}'`)
      return cloned(repository, this, this.#origin.clones)
    }
    if (isAbsolute(path)) throw new KustomizeError(`new root '${path}' cannot be absolute`)
    if (path.split('/').some((part) => part !== '.' && part !== '..' && part.includes('..'))) {
      throw new KustomizeError(
        `path "${path}" is ambiguous: resolves to "${normalize(path)}" after normalization, which is likely not the intended target; check for YAML indentation errors in your kustomization file`,
      )
    }
    const root = confirmedFolder(join(this.root, path), join(this.root, path))
    const ancestors = this.#ancestors()
    const containing = ancestors.find((each) => each.repository)?.repository?.clone
    if (containing !== undefined && !isWithin(root, containing)) {
      throw new KustomizeError(
        `security; bases in kustomizations found in cloned git repos must be within the repo, but base '${root}' is outside '${containing}'`,
      )
    }
    for (const visited of ancestors) {
      if (isWithin(visited.root, root)) throw new KustomizeError(`cycle detected: candidate root '${root}' contains visited root '${visited.root}'`)
    }
    const { options, clones } = this.#origin
    return new FileLoader(root, { options, clones, referrer: this })
  }

  /** This one first, the one that the build began with last. */
  #ancestors(): readonly { readonly root: string; readonly repository: Origin['repository'] | undefined }[] {
    const all = []
    for (let visited: FileLoader | undefined = this; visited !== undefined; visited = visited.#origin.referrer)
      all.push({ root: visited.root, repository: visited.#origin.repository })
    return all
  }
}

function existing(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    throw new KustomizeError(`evalsymlink failure on '${path}' : lstat ${firstMissing(path)}: no such file or directory`)
  }
}

/** The original looks at each folder on the way, and tells of the first that is not there. */
function firstMissing(path: string): string {
  const parent = dirname(path)
  return parent === path || existsSync(parent) ? path : firstMissing(parent)
}

function isWithin(path: string, root: string): boolean {
  return path === root || root === sep || path.startsWith(root + sep)
}

function confirmedFolder(path: string, told: string): string {
  let real: string
  try {
    real = realpathSync(resolve(path))
  } catch {
    throw new KustomizeError(`must build at directory: not a valid directory: evalsymlink failure on '${told}' : lstat ${told}: no such file or directory`)
  }
  if (!statSync(real).isDirectory()) throw new KustomizeError(`must build at directory: '${told}': file is not directory`)
  return real
}

async function fetched(url: string): Promise<Buffer> {
  const response = await fetch(url)
  if (!response.ok && repositoryOf(url)) throw new KustomizeError('URL is a git repository')
  if (!response.ok) throw new KustomizeError(`HTTP Error: status code ${response.status} (${response.statusText})`)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (bytes.length > maxBytes) throw new KustomizeError(`${url} is larger than ${maxBytes >> 20} MiB`)
  return bytes
}
