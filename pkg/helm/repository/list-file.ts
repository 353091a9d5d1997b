/** repositories.yaml, and where the index of each repository is kept. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encodeYaml } from '#template/yaml/encode.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { dictionary, isDictionary } from '#template/values.ts'
import { nowText } from '../release/time.ts'
import { CommandError, type Invocation } from '../types.ts'
import { get } from './get.ts'
import { maxIndexBytes, parseIndex, warningOf } from './index-file.ts'
import type { RepositoryEntry, RepositoryIndex } from './types.ts'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** None when there is no such file. */
export async function loadRepositories(path: string): Promise<RepositoryEntry[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new Error(`couldn't load repositories file (${path}): ${(error as Error).message}`, { cause: error })
  }
  const read: any = decodeYaml(text)
  const all = isDictionary(read) && Array.isArray(read.repositories) ? read.repositories : []
  return all.filter(isDictionary).map((each: any) => ({
    name: textOf(each.name),
    url: textOf(each.url),
    username: textOf(each.username),
    password: textOf(each.password),
    certFile: textOf(each.certFile),
    keyFile: textOf(each.keyFile),
    caFile: textOf(each.caFile),
    insecureSkipTlsVerify: each.insecure_skip_tls_verify === true,
    passCredentialsAll: each.pass_credentials_all === true,
  }))
}

/** Readable by its owner alone: it holds passwords. */
export async function saveRepositories(path: string, entries: readonly RepositoryEntry[]): Promise<void> {
  const repositories = entries.map((each) =>
    dictionary([
      ['caFile', each.caFile],
      ['certFile', each.certFile],
      ['insecure_skip_tls_verify', each.insecureSkipTlsVerify],
      ['keyFile', each.keyFile],
      ['name', each.name],
      ['pass_credentials_all', each.passCredentialsAll],
      ['password', each.password],
      ['url', each.url],
      ['username', each.username],
    ]),
  )
  await mkdir(dirname(path), { recursive: true })
  const fresh = `${path}.${process.pid}`
  await writeFile(
    fresh,
    encodeYaml(
      dictionary([
        ['apiVersion', ''],
        ['generated', nowText()],
        ['repositories', repositories],
      ]),
    ),
    { mode: 0o600 },
  )
  await rename(fresh, path)
}

export const indexPath = (cache: string, name: string): string => join(cache, `${name}-index.yaml`)
export const chartsPath = (cache: string, name: string): string => join(cache, `${name}-charts.txt`)

/** Gets the index of a repository and keeps it. */
export async function refreshIndex(invocation: Invocation, entry: RepositoryEntry, timeoutMs?: number): Promise<RepositoryIndex> {
  const { settings } = invocation
  const url = new URL(entry.url)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/index.yaml`
  const bytes = await get(invocation, String(url), { ...entry, limitBytes: maxIndexBytes, ...(timeoutMs ? { timeoutMs } : {}) })
  const index = parseIndex(bytes.toString('utf8'), { source: entry.url, warn: warningOf(invocation.log) })
  await mkdir(settings.repositoryCache, { recursive: true })
  await writeFile(indexPath(settings.repositoryCache, entry.name), bytes)
  await writeFile(chartsPath(settings.repositoryCache, entry.name), [...index.entries.keys()].map((name) => `${name}\n`).join(''))
  return index
}

export async function forgetIndex(cache: string, name: string): Promise<void> {
  await rm(indexPath(cache, name), { force: true })
  await rm(chartsPath(cache, name), { force: true })
}

export function entryNamed(entries: readonly RepositoryEntry[], name: string): RepositoryEntry {
  const found = entries.find((each) => each.name === name)
  if (!found) throw new CommandError(`repo ${name} not found`)
  if (found.url === '') throw new CommandError(`no URL found for repository ${name}`)
  return found
}
