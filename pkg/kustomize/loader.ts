/** Files of a kustomization: never outside of its root, each root entered once on the way down (kustomize's LoadRestrictionsRootOnly). */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path'
import { KustomizeError } from './errors.ts'

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
  /** A loader for a folder below or beside this one. */
  enter(path: string): Loader
}

export interface LoaderOptions {
  /** False lets files be read from anywhere (`--load-restrictor LoadRestrictionsNone`). */
  readonly rootOnly: boolean
}

export function loaderAt(path: string, options: LoaderOptions): Loader {
  return new FileLoader(confirmedFolder(path, path), undefined, options)
}

class FileLoader implements Loader {
  readonly root: string
  readonly #referrer: FileLoader | undefined
  readonly #options: LoaderOptions

  constructor(root: string, referrer: FileLoader | undefined, options: LoaderOptions) {
    this.root = root
    this.#referrer = referrer
    this.#options = options
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
    let real: string
    try {
      real = realpathSync(full)
    } catch {
      throw new KustomizeError(`evalsymlink failure on '${full}' : lstat ${full}: no such file or directory`)
    }
    const status = statSync(real)
    if (status.isDirectory()) throw new KustomizeError(`'${full}' must resolve to a file`)
    if (this.#options.rootOnly && !isWithin(dirname(real), this.root)) {
      throw new KustomizeError(`security; file '${full}' is not in or below '${this.root}'`)
    }
    if (status.size > maxBytes) throw new KustomizeError(`file '${full}' is larger than ${maxBytes >> 20} MiB`)
    return readFileSync(real)
  }

  enter(path: string): Loader {
    if (path === '') throw new KustomizeError('new root cannot be empty')
    if (isRepository(path)) throw new KustomizeError(`git repositories as bases are not supported by this kubectl: '${path}'`)
    if (isAbsolute(path)) throw new KustomizeError(`new root '${path}' cannot be absolute`)
    if (path.split('/').some((part) => part !== '.' && part !== '..' && part.includes('..'))) {
      throw new KustomizeError(
        `path "${path}" is ambiguous: resolves to "${normalize(path)}" after normalization, which is likely not the intended target; check for YAML indentation errors in your kustomization file`,
      )
    }
    const root = confirmedFolder(join(this.root, path), join(this.root, path))
    for (let visited: FileLoader | undefined = this; visited !== undefined; visited = visited.#referrer) {
      if (isWithin(visited.root, root)) throw new KustomizeError(`cycle detected: candidate root '${root}' contains visited root '${visited.root}'`)
    }
    return new FileLoader(root, this, this.#options)
  }
}

function isRepository(path: string): boolean {
  return /^(https?|ssh|git|file):\/\//.test(path) || /^git@/.test(path) || /^(github\.com|gh:)/.test(path)
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
  if (!response.ok) throw new KustomizeError(`HTTP Error: status code ${response.status} (${response.statusText})`)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (bytes.length > maxBytes) throw new KustomizeError(`${url} is larger than ${maxBytes >> 20} MiB`)
  return bytes
}
