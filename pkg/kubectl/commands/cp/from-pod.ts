/**
 * cp out of a container: its tar's stream is unpacked here, and nothing is ever written outside the destination
 * (upstream's copyFromPod and untarAll).
 */
import { createWriteStream, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { quote } from '#template/print/quote.ts'
import { CommandError } from '../../errors.ts'
import type { Invocation } from '../../types.ts'
import type { FileSpec } from '../cp.ts'
import { remoteProgram } from './remote.ts'
import { tarStream } from './tar-stream.ts'

/** `destination` is as the user wrote it, and named so in warnings. */
export async function copyFromPod(invocation: Invocation, from: FileSpec, destination: string): Promise<void> {
  // All that is told of the program in the container goes where the original sends it, to stdout.
  const remote = await remoteProgram({ ...invocation, err: invocation.out }, from)
  const { stream, ended } = tarStream(invocation, remote, from.file)
  const unpacked = unpack({ err: invocation.err, cwd: invocation.io.cwd }, stream, from, destination)
  // A reader that fails ends the session rather than waiting for a writer that nobody reads.
  unpacked.catch(() => {})
  const code = await Promise.race([
    ended,
    unpacked.then(
      () => undefined,
      (error) => Promise.reject(error),
    ),
  ])
  await unpacked
  if (code !== undefined && code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code, { bare: true })
}

export interface Place {
  readonly err: (text: string) => void
  readonly cwd: string
}

/**
 * Throws "tar contents corrupted" for an entry that is not of what was asked for. Entries that would land outside the
 * destination, and links, are told of and left out.
 */
export async function unpack(
  { err, cwd }: Place,
  stream: NodeJS.ReadableStream,
  from: Pick<FileSpec, 'file' | 'pod' | 'namespace'>,
  destination: string,
): Promise<void> {
  const prefix = archivedName(from.file)
  const base = withoutTrailingSlash(destination)
  const archive = extract()
  const reading = pipeline(stream, archive)
  // What is thrown below ends it; nobody waits for it then.
  reading.catch(() => {})
  let told = false
  /** Where each file went: another name of the same one is a copy of it. */
  const written = new Map<string, string>()
  for await (const entry of archive) {
    const { header } = entry
    const { type } = header
    const rest = restOf(header.name, prefix)
    if (rest === undefined) throw new CommandError('error: tar contents corrupted')
    // Backslashes part folders, too: what wrote the archive may be Windows.
    const name = join(base, rest.replaceAll('\\', '/'))
    const path = resolve(cwd, name)
    const root = resolve(cwd, base)
    if (!inside(root, path) || throughLink(root, path)) {
      err(`warning: file ${quote(name)} is outside target destination, skipping\n`)
    } else if (type === 'link' && written.has(header.linkname ?? '')) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
      await copyFile(written.get(header.linkname!)!, path)
    } else if (type === 'symlink' || type === 'link') {
      const instead = `(consider using "kubectl exec -n ${quote(from.namespace)} ${quote(from.pod)} -- tar cf - ${quote(withoutTrailingSlash(from.file))} | tar xf -")`
      err(`warning: skipping symlink: ${quote(name)} -> ${quote(header.linkname ?? '')}${told ? '' : ` ${instead}`}\n`)
      told = true
    } else if (type === 'directory') {
      mkdirSync(path, { recursive: true, mode: 0o755 })
    } else if (type === 'file' || type === 'contiguous-file') {
      if (existsSync(path) && statSync(path).isDirectory()) throw new CommandError(`error: open ${name}: is a directory`)
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
      await pipeline(entry as unknown as NodeJS.ReadableStream, createWriteStream(path))
      written.set(header.name, path)
      continue
    }
    entry.resume()
  }
  await reading
}

/** What a tar calls this file: without slashes before it, and without dots that would lead above the root. */
function archivedName(file: string): string {
  const name = posix.normalize(withoutTrailingSlash(file).replace(/^[/\\]+/, '') || '.')
  const way = name.replace(/^(\.\.\/)+/, '')
  return way === '.' || way === '..' ? '' : withoutTrailingSlash(way)
}

/** The rest of an entry's name after the prefix; undefined when it is another's. "./" before a name is no part of it. */
function restOf(entry: string, prefix: string): string | undefined {
  const name = entry.replace(/^(\.\/+)+/, '')
  if (prefix === '') return name === '.' ? '' : name
  return name === prefix || name.startsWith(`${prefix}/`) ? name.slice(prefix.length) : undefined
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function inside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || !(way === '..' || way.startsWith('../'))
}

/** A link inside the destination could lead a later file out of it. */
function throughLink(folder: string, path: string): boolean {
  for (let at = path; at.length > folder.length; at = dirname(at)) {
    try {
      if (lstatSync(at).isSymbolicLink()) return true
    } catch {
      // Not there yet.
    }
  }
  return false
}
