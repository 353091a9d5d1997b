/** cp into a container: what is here becomes a tar stream that the container's tar unpacks. */
import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { basename, join, posix, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'
import { CommandError } from '../../errors.ts'
import type { Invocation, Source } from '../../types.ts'
import type { FileSpec } from '../cp.ts'
import { operand, remoteProgram } from './remote.ts'

/** `source` is as the user wrote it: of a folder written as "." or "x/." the contents go into a folder that is there. */
export async function copyToPod(invocation: Invocation, source: string, to: FileSpec): Promise<void> {
  const { io, flags } = invocation
  const remote = await remoteProgram(invocation, to)
  const quiet = { write: () => true }
  const wanted = operand(to.file.length > 1 ? to.file.replace(/(?!^)\/+$/, '') : to.file)
  // A folder that is there takes the file under its own name.
  const isFolder = (await remote.run(['test', '-d', wanted], { stdout: quiet, stderr: quiet })) === 0
  const { line, name } = unpacking(source, wanted, { isFolder, noPreserve: flags.bool('no-preserve') })
  const archive = pack()
  const written = add(archive, resolve(io.cwd, source), name).then(
    () => archive.finalize(),
    (error: Error) => archive.destroy(error),
  )
  const code = await remote.run(line, { stdin: archive as unknown as Source, stdout: io.stdout, stderr: io.stderr })
  await written
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code, { bare: true })
}

/** The command that unpacks in the container, and what the archive's one entry is called. */
export function unpacking(
  source: string,
  wanted: string,
  { isFolder, noPreserve }: { readonly isFolder: boolean; readonly noPreserve: boolean },
): { readonly line: readonly string[]; readonly name: string } {
  const target = isFolder ? posix.join(wanted, ownName(source)) : posix.normalize(wanted)
  const folder = posix.dirname(target)
  const line = ['tar', ...(noPreserve ? ['--no-same-permissions', '--no-same-owner'] : []), '-xmf', '-', ...(folder === '.' ? [] : ['-C', operand(folder)])]
  return { line, name: posix.basename(target) }
}

function ownName(source: string): string {
  const name = basename(source)
  return name === '..' ? basename(resolve(source)) : name
}

/**
 * Folders come with what is in them, and alone only when that is nothing: so the modes of those that are there stay.
 * Links are kept as links, but the one that was named is followed.
 */
export async function add(archive: Pack, path: string, name: string, top = true): Promise<void> {
  const stat = top ? statSync(path) : lstatSync(path)
  if (stat.isDirectory()) {
    const names = readdirSync(path).sort()
    if (names.length === 0) archive.entry({ ...header(stat), name: `${name}/`, type: 'directory' })
    for (const each of names) await add(archive, join(path, each), `${name}/${each}`, false)
  } else if (stat.isSymbolicLink()) archive.entry({ ...header(stat), name, type: 'symlink', linkname: readlinkSync(path) })
  else if (stat.isFile()) await pipeline(createReadStream(path), archive.entry({ ...header(stat), name, size: stat.size }))
  // Sockets, pipes and devices have no contents to copy.
}

function header({ mode, mtime, uid, gid }: Stats): { mode: number; mtime: Date; uid: number; gid: number } {
  return { mode: mode & 0o7777, mtime, uid, gid }
}
