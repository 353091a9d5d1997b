/** Manifests from -f: files, folders, URLs, standard input; each document an object, lists taken apart. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import type { Invocation } from '../types.ts'

export interface Manifest {
  readonly object: any
  /** As errors name it. */
  readonly source: string
}

const extensions = new Set(['.json', '.yaml', '.yml'])
const maxManifestBytes = 64 << 20

export async function readManifests(invocation: Invocation, refuse?: (error: unknown) => void): Promise<Manifest[]> {
  const { flags, io } = invocation
  const found: Manifest[] = []
  if (flags.has('kustomize') && flags.string('kustomize') !== '') {
    const { buildObjects, kustomizationTarget } = await import('../kustomize.ts')
    for (const object of await buildObjects(
      await kustomizationTarget(io.cwd, flags.string('kustomize')),
      { warn: (line) => invocation.err(`${line}\n`) },
      flags.string('kustomize'),
    ))
      found.push({ object, source: flags.string('kustomize') })
  }
  for (const name of flags.list('filename')) {
    for (const { text, source } of await textsOf(invocation, name)) {
      found.push(...(await documentsOf(text, source, refuse)))
    }
  }
  return found
}

/** True when -f names exactly one file: its one document is then printed alone. */
export function namesOneFile({ flags, io }: Invocation): boolean {
  const names = flags.list('filename')
  if (names.length !== 1) return false
  try {
    return names[0] === '-' || isUrl(names[0]!) || !statSync(resolve(io.cwd, names[0]!)).isDirectory()
  } catch {
    return true
  }
}

const isUrl = (name: string): boolean => /^https?:\/\//.test(name)

async function textsOf({ io, flags }: Invocation, name: string): Promise<{ text: string; source: string }[]> {
  if (name === '-') return [{ text: await readAll(io.stdin), source: 'STDIN' }]
  if (isUrl(name)) {
    const response = await fetch(name)
    if (!response.ok)
      throw new CommandError(
        `error: unable to read URL ${JSON.stringify(name)}, server reported ${response.status} ${response.statusText}, status code=${response.status}`,
      )
    return [{ text: await response.text(), source: name }]
  }
  const path = resolve(io.cwd, name)
  let isDirectory: boolean
  try {
    isDirectory = statSync(path).isDirectory()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new CommandError(`error: the path ${JSON.stringify(name)} does not exist`)
    throw new CommandError(`error: the path ${JSON.stringify(name)} cannot be accessed: ${(error as Error).message}`)
  }
  if (!isDirectory) return [{ text: readText(path), source: name }]
  const files = filesIn(path, name, flags.bool('recursive'))
  if (files.length === 0) throw new CommandError(`error: error reading [${name}]: recognized file extensions are [.json .yaml .yml]`)
  return files.map((file) => ({ text: readText(file.path), source: file.name }))
}

function readText(path: string): string {
  if (statSync(path).size > maxManifestBytes) throw new CommandError(`error: ${path} is too large`)
  return readFileSync(path, 'utf8')
}

function filesIn(path: string, name: string, recursive: boolean): { path: string; name: string }[] {
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = { path: join(path, entry.name), name: join(name, entry.name) }
      if (statSync(inner.path).isDirectory()) return recursive ? filesIn(inner.path, inner.name, true) : []
      return extensions.has(extname(entry.name)) ? [inner] : []
    })
}

/** Read once: a command that is tried again with a fresh catalog finds the same text. */
const alreadyRead = new WeakMap<AsyncIterable<unknown>, Promise<string>>()

export function readAll(source: AsyncIterable<Uint8Array | string>): Promise<string> {
  const reading = alreadyRead.get(source) ?? readChunks(source)
  alreadyRead.set(source, reading)
  return reading
}

async function readChunks(source: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}

/** Of one text; lists are taken apart. `refuse` hears what ended it early, and what came before that counts. */
export async function documentsOf(text: string, source: string, refuse?: (error: unknown) => void): Promise<Manifest[]> {
  const { readDocuments } = await import('./documents.ts')
  const { values, failure } = readDocuments(text)
  const found: Manifest[] = []
  try {
    for (const value of values) found.push(...flatten(value, source))
    if (failure !== undefined) throw new CommandError(`error: error parsing ${source}: ${failure}`)
  } catch (error) {
    if (!refuse) throw error
    refuse(error)
  }
  return found
}

function flatten(document: any, source: string): Manifest[] {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new CommandError(
      `error: error validating ${JSON.stringify(source)}: error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false`,
    )
  }
  const missing = ['apiVersion', 'kind'].filter((field) => typeof document[field] !== 'string' || document[field] === '')
  if (missing.length > 0) {
    const told = missing.length === 2 ? '[apiVersion not set, kind not set]' : `${missing[0]} not set`
    throw new CommandError(
      `error: error validating ${JSON.stringify(source)}: error validating data: ${told}; if you choose to ignore these errors, turn validation off with --validate=false`,
    )
  }
  if (document.kind.endsWith('List') && Array.isArray(document.items)) return document.items.flatMap((item: unknown) => flatten(item, source))
  return [{ object: document, source }]
}
