/** Addresses of git repositories as bases, as kustomize reads them (its RepoSpec): what to clone, which revision, which folder in it. */
import { isAbsolute, posix } from 'node:path'
import { durationMs } from '#apimachinery/go-duration.ts'

export interface Repository {
  /** As it was written: cycles are found by it. */
  readonly raw: string
  /** What `git fetch` is given. */
  readonly address: string
  /** The folder of the kustomization below the repository's own, without a slash in front. */
  readonly folder: string
  /** A branch, tag or commit; empty is the repository's HEAD. */
  readonly revision: string
  readonly submodules: boolean
  readonly timeoutMs: number
}

const defaultTimeoutMs = 27_000
const userName = /^[a-zA-Z][a-zA-Z0-9-]*@/

/** Undefined for what is no address of a repository: a folder, then. */
export function repositoryOf(raw: string): Repository | undefined {
  if (isAbsolute(raw)) return undefined
  const [before, query] = cut(raw, '?')
  const host = splitHost(before.replace(/^git::/i, ''))
  if (!host) return undefined
  const split = splitPath(host.rest, host.base === 'file://')
  if (!split || split.repository === '') return undefined
  const folder = split.folder.replace(/^\//, '')
  if (posix.normalize(folder).split('/')[0] === '..') return undefined
  return { raw, address: host.base + split.repository, folder, ...settings(query) }
}

function splitHost(text: string): { base: string; rest: string } | undefined {
  const scheme = /^(ssh|https?|file):\/\//i.exec(text)?.[0] ?? ''
  const afterScheme = text.slice(scheme.length)
  if (scheme.toLowerCase() === 'file://') return { base: 'file://', rest: afterScheme }
  const user = userName.exec(afterScheme)?.[0] ?? ''
  const rest = afterScheme.slice(user.length)
  const github = /^github\.com[/:]/i.test(rest)
  // user@host:path, which only stands without a scheme.
  const shell = scheme === '' && (user !== '' || github)
  if (scheme === '' && !shell) return undefined
  const slash = rest.indexOf('/')
  const colon = shell ? rest.indexOf(':') : -1
  const end = colon > 0 && (slash === -1 || colon < slash) ? colon : slash
  const host = rest.slice(0, end + 1) || (end === -1 ? rest : '')
  if (host === '') return undefined
  const path = end === -1 ? '' : rest.slice(end + 1)
  if (github) return { base: scheme.toLowerCase() === 'ssh://' || user !== '' ? `${user}github.com:` : 'https://github.com/', rest: path }
  return { base: scheme.toLowerCase() + user + host, rest: path }
}

/** By `_git/`, `//` or `.git`; else the first two parts are the repository, and the whole path of a file:// one. */
function splitPath(path: string, whole: boolean): { repository: string; folder: string } | undefined {
  const marker = path.indexOf('_git/')
  if (marker >= 0) {
    const end = path.indexOf('/', marker + 5)
    return end < 0 ? { repository: path, folder: '' } : { repository: path.slice(0, end), folder: path.slice(end + 1) }
  }
  const double = path.indexOf('//')
  if (double >= 0) return { repository: path.slice(0, double), folder: path.slice(double + 2) }
  const suffix = path.indexOf('.git')
  if (suffix >= 0) return { repository: path.slice(0, suffix + 4), folder: path.slice(suffix + 4) }
  if (whole) return { repository: path, folder: '' }
  const parts = path.split('/')
  return parts.length < 2 ? undefined : { repository: parts.slice(0, 2).join('/'), folder: parts.slice(2).join('/') }
}

function settings(query: string): Pick<Repository, 'revision' | 'submodules' | 'timeoutMs'> {
  const values = new URLSearchParams(query)
  const submodules = values.get('submodules') ?? ''
  return {
    revision: values.get('ref') || values.get('version') || '',
    submodules: !/^(0|f|F|false|FALSE|False)$/.test(submodules),
    timeoutMs: timeoutOf(values.get('timeout') ?? ''),
  }
}

function timeoutOf(text: string): number {
  if (/^\+?\d+$/.test(text) && Number(text) > 0) return Number(text) * 1000
  try {
    const ms = durationMs(text)
    return ms > 0 ? ms : defaultTimeoutMs
  } catch {
    return defaultTimeoutMs
  }
}

function cut(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}
