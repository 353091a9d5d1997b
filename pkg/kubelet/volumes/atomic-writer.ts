/**
 * Writes a set of files so that a reader sees all of the old or all of the new: a directory named by time, `..data` linked to it,
 * and each name linked through `..data` (upstream's AtomicWriter).
 */
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

export interface VolumeFile {
  readonly content: Buffer
  readonly mode: number
  readonly uid?: number | undefined
}
export type Payload = ReadonlyMap<string, VolumeFile>

/** Answers whether anything changed. */
export function writeAtomically(directory: string, payload: Payload, group?: number): boolean {
  const dataLink = join(directory, '..data')
  const previous = readLink(dataLink)
  if (previous !== undefined && same(join(directory, previous), payload)) return false
  const fresh = mkdtempSync(join(directory, `..${new Date().toISOString().replace(/[-:T]/g, '_').slice(0, 19)}.`))
  chmodSync(fresh, 0o755)
  for (const [path, { content, mode, uid }] of payload) {
    const file = join(fresh, path)
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
    writeFileSync(file, content)
    chmodSync(file, mode)
    if (uid !== undefined || group !== undefined) chownSync(file, uid ?? 0, group ?? 0)
  }
  const pending = join(directory, '..data_tmp')
  rmSync(pending, { force: true })
  symlinkSync(fresh.slice(directory.length + 1), pending)
  renameSync(pending, dataLink)
  const tops = new Set([...payload.keys()].map((path) => path.split('/')[0]!))
  for (const top of tops) {
    const link = join(directory, top)
    if (readLink(link) === undefined) symlinkSync(join('..data', top), link)
  }
  for (const name of readdirSync(directory)) {
    if (!name.startsWith('..') && !tops.has(name)) rmSync(join(directory, name), { recursive: true, force: true })
  }
  if (previous !== undefined) rmSync(join(directory, previous), { recursive: true, force: true })
  return true
}

function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}

function same(directory: string, payload: Payload): boolean {
  if (!existsSync(directory)) return false
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  if (files.length !== payload.size) return false
  for (const [path, { content, mode }] of payload) {
    const file = join(directory, path)
    try {
      if ((lstatSync(file).mode & 0o777) !== (mode & 0o777) || !readFileSync(file).equals(content)) return false
    } catch {
      return false
    }
  }
  return true
}
