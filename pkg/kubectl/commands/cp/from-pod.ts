/** cp out of a container: its tar's stream is unpacked here, and nothing is ever written outside the destination. */
import { createWriteStream, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { basename, dirname, join, posix, relative, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import { CommandError } from '../../errors.ts'
import type { Invocation } from '../../types.ts'
import type { FileSpec } from '../cp.ts'
import { remoteProgram } from './remote.ts'

export async function copyFromPod(invocation: Invocation, from: FileSpec, destination: string): Promise<void> {
  const { io } = invocation
  const remote = await remoteProgram(invocation, from)
  const stream = new PassThrough()
  const unpacked = unpack(invocation, stream, from, destination)
  // A reader that fails ends the session rather than waiting for a writer that nobody reads.
  unpacked.catch(() => {})
  const code = await Promise.race([
    remote.run(['tar', 'cf', '-', from.file], { stdout: { write: (chunk) => stream.write(chunk) }, stderr: io.stderr }),
    unpacked.then(
      () => undefined,
      (error) => Promise.reject(error),
    ),
  ])
  stream.end()
  await unpacked
  if (code !== undefined && code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code, { bare: true })
}

export async function unpack(
  invocation: Pick<Invocation, 'err'>,
  stream: NodeJS.ReadableStream,
  from: Pick<FileSpec, 'file' | 'pod' | 'namespace'>,
  destination: string,
): Promise<void> {
  const prefix = posix.normalize(from.file).replace(/^\/+/, '').replace(/\/+$/, '')
  // Into a folder that is there, what is copied keeps its own name.
  const target =
    existsSync(destination) && statSync(destination).isDirectory() ? join(destination, basename(from.file.replace(/\/+$/, '')) || '.') : destination
  const archive = extract()
  const reading = pipeline(stream, archive)
  let warned = false
  for await (const entry of archive) {
    const { header } = entry
    const name = posix.normalize(header.name).replace(/^\/+/, '')
    const inner =
      name.replace(/\/+$/, '') === prefix
        ? ''
        : name.startsWith(`${prefix}/`) || prefix === '.' || prefix === ''
          ? name.slice(prefix === '.' || prefix === '' ? 0 : prefix.length + 1)
          : undefined
    const path = inner === undefined ? undefined : resolve(target, inner)
    if (inner === undefined || header.name.split('/').includes('..') || !inside(target, path!) || throughLink(target, path!)) {
      invocation.err(`warning: file ${JSON.stringify(header.name)} is outside target destination, skipping\n`)
      entry.resume()
      continue
    }
    if (header.type === 'symlink' || header.type === 'link') {
      if (!warned)
        invocation.err(
          `warning: skipping symlink: ${JSON.stringify(header.name)} -> ${JSON.stringify(header.linkname ?? '')} (consider using "kubectl exec -n ${JSON.stringify(from.namespace)} ${JSON.stringify(from.pod)} -- tar cf - ${JSON.stringify(from.file)} | tar xf -")\n`,
        )
      else invocation.err(`warning: skipping symlink: ${JSON.stringify(header.name)} -> ${JSON.stringify(header.linkname ?? '')}\n`)
      warned = true
      entry.resume()
      continue
    }
    await write(entry as unknown as NodeJS.ReadableStream, header, path!)
  }
  await reading
}

async function write(entry: NodeJS.ReadableStream, { type, mode = 0o644 }: Header, path: string): Promise<void> {
  if (type === 'directory') {
    mkdirSync(path, { recursive: true, mode: 0o755 })
    entry.resume()
  } else if (type === 'file' || type === 'contiguous-file') {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    await pipeline(entry, createWriteStream(path, { mode: mode & 0o777 }))
  } else entry.resume()
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
