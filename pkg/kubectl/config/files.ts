/** Kubeconfig files as kubectl merges and writes them (client-go's clientcmd loading rules). */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { isObject } from '#apimachinery/json-value.ts'
import { CommandError } from '../errors.ts'
import { toYaml } from '../printers/yaml.ts'
import { kubeconfigProblem } from './check-file.ts'
import { readPlainYaml } from './plain-yaml.ts'

export type ConfigSection = 'clusters' | 'contexts' | 'users'
export const sections: readonly ConfigSection[] = ['clusters', 'contexts', 'users']
const memberOf = { clusters: 'cluster', contexts: 'context', users: 'user' } as const

/** One entry, and the file it came from. */
export interface Entry {
  readonly value: Record<string, any>
  readonly file: string
}

export interface MergedConfig {
  readonly currentContext: string
  readonly currentContextFile: string | undefined
  readonly clusters: ReadonlyMap<string, Entry>
  readonly contexts: ReadonlyMap<string, Entry>
  readonly users: ReadonlyMap<string, Entry>
  readonly preferences: Record<string, unknown>
}

export interface ConfigPlaces {
  readonly files: readonly string[]
  /** Named by --kubeconfig: then it must exist, and nothing else is read. */
  readonly explicit: boolean
  /** As the user wrote it. */
  readonly given?: string
}

export function configPlaces(explicit: string, env: Readonly<Record<string, string | undefined>>, cwd: string): ConfigPlaces {
  if (explicit !== '') return { files: [resolve(cwd, explicit)], explicit: true, given: explicit }
  const listed = (env.KUBECONFIG ?? '').split(':').filter((each) => each !== '')
  if (listed.length > 0) return { files: [...new Set(listed.map((each) => resolve(cwd, each)))], explicit: false }
  return { files: [join(env.HOME ?? '/', '.kube', 'config')], explicit: false }
}

/** The YAML library's reader, once a file asked for it. */
let whole: (text: string) => unknown = () => {
  throw new Error('the YAML library is not loaded')
}

/** Loads the YAML library when one of the files needs it; before any of them is read. */
export async function prepareToRead({ files }: ConfigPlaces): Promise<void> {
  const needsAll = files.some((file) => {
    try {
      return readPlainYaml(readFileSync(file, 'utf8')) === undefined
    } catch {
      // What is wrong with it is told by the one who reads it.
      return false
    }
  })
  if (!needsAll) return
  const { parseYaml } = await import('#apimachinery/codec/yaml-text.ts')
  whole = (text) => parseYaml(text).value
}

export function readConfigFile(file: string): Record<string, any> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError(`error: error loading config file ${JSON.stringify(file)}: ${(error as Error).message.replace(/^E[A-Z]+: /, '')}`)
  }
  try {
    const raw = readPlainYaml(text) ?? whole(text) ?? {}
    const problem = kubeconfigProblem(raw)
    if (problem) throw new Error(problem)
    return raw as Record<string, any>
  } catch (error) {
    throw new CommandError(
      `error: error loading config file ${JSON.stringify(file)}: ${(error as Error).message.replace(/^error converting YAML to JSON: /, '')}`,
    )
  }
}

/** The first file that says something about a name is the one that counts. */
export function loadMerged({ files, explicit, given }: ConfigPlaces, { mayBeMissing = false } = {}): MergedConfig {
  const maps = { clusters: new Map<string, Entry>(), contexts: new Map<string, Entry>(), users: new Map<string, Entry>() }
  let currentContext = ''
  let currentContextFile: string | undefined
  let preferences: Record<string, unknown> = {}
  for (const file of files) {
    if (!existsSync(file)) {
      if (explicit && !mayBeMissing) throw new CommandError(`error: stat ${given ?? file}: no such file or directory`)
      continue
    }
    const raw = readConfigFile(file)
    if (currentContext === '' && typeof raw['current-context'] === 'string' && raw['current-context'] !== '') {
      currentContext = raw['current-context']
      currentContextFile = file
    }
    if (isObject(raw.preferences)) preferences = { ...raw.preferences, ...preferences }
    for (const section of sections) {
      for (const entry of Array.isArray(raw[section]) ? raw[section] : []) {
        const name = String(entry?.name ?? '')
        if (!maps[section].has(name)) maps[section].set(name, { value: entry?.[memberOf[section]] ?? {}, file })
      }
    }
  }
  return { currentContext, currentContextFile, ...maps, preferences }
}

/** The whole in the shape of one file, sections in order of names. */
export function asDocument(config: MergedConfig): Record<string, any> {
  const list = (section: ConfigSection): unknown[] | null =>
    [...config[section]].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { value }]) => ({ [memberOf[section]]: value, name }))
  const orNull = (items: unknown[] | null): unknown[] | null => (items && items.length > 0 ? items : null)
  return {
    apiVersion: 'v1',
    clusters: orNull(list('clusters')),
    contexts: orNull(list('contexts')),
    'current-context': config.currentContext,
    kind: 'Config',
    users: orNull(list('users')),
  }
}

/** Where what is new goes: an explicit file, else the last of those named that exists, else the last. */
export function fileForNew({ files }: ConfigPlaces): string {
  return [...files].reverse().find((file) => existsSync(file)) ?? files.at(-1)!
}

/** Changes one file in place; its other contents stay. */
export function editConfigFile(file: string, change: (raw: Record<string, any>) => void): void {
  const raw = existsSync(file) ? readConfigFile(file) : {}
  raw.apiVersion ??= 'v1'
  raw.kind ??= 'Config'
  for (const section of sections) raw[section] ??= []
  raw['current-context'] ??= ''
  change(raw)
  for (const section of sections) {
    if (Array.isArray(raw[section])) raw[section] = raw[section].toSorted((a: any, b: any) => (String(a.name) < String(b.name) ? -1 : 1))
    if (raw[section].length === 0) raw[section] = null
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  const fresh = `${file}.${process.pid}.new`
  writeFileSync(fresh, toYaml(raw), { mode: 0o600 })
  renameSync(fresh, file)
}

/** Sets one entry's members; what is undefined stays, null goes. */
export function setEntry(raw: Record<string, any>, section: ConfigSection, name: string, change: (value: Record<string, any>) => void): boolean {
  raw[section] ??= []
  const list: any[] = raw[section]
  let entry = list.find((each) => each?.name === name)
  const isNew = !entry
  if (!entry) {
    entry = { name, [memberOf[section]]: {} }
    list.push(entry)
  }
  entry[memberOf[section]] ??= {}
  change(entry[memberOf[section]])
  return isNew
}

/** File names in an entry are relative to the file the entry is in. */
export function fileOf(entry: Entry, name: unknown): string | undefined {
  return typeof name === 'string' && name !== '' ? (isAbsolute(name) ? name : join(dirname(entry.file), name)) : undefined
}
