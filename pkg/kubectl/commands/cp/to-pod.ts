/** cp into a container: what is here becomes a tar stream that the container's tar unpacks. */
import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'
import { CommandError } from '../../errors.ts'
import type { Invocation, Source } from '../../types.ts'
import type { FileSpec } from '../cp.ts'
import { remoteProgram } from './remote.ts'

export async function copyToPod(invocation: Invocation, source: string, to: FileSpec): Promise<void> {
  const { io, flags } = invocation
  const remote = await remoteProgram(invocation, to)
  const quiet = { write: () => true }
  const wanted = to.file.length > 1 ? to.file.replace(/\/+$/, '') : to.file
  // A folder that is there takes the file under its own name.
  const isFolder = (await remote.run(['test', '-d', wanted], { stdout: quiet, stderr: quiet })) === 0
  const target = isFolder ? posix.join(wanted, basename(source)) : wanted
  const folder = posix.dirname(target)
  const line = [
    'tar',
    ...(flags.bool('no-preserve') ? ['--no-same-permissions', '--no-same-owner'] : []),
    '-xmf',
    '-',
    ...(folder === '.' ? [] : ['-C', folder]),
  ]
  const archive = pack()
  const written = add(archive, source, posix.basename(target)).then(
    () => archive.finalize(),
    (error: Error) => archive.destroy(error),
  )
  const code = await remote.run(line, { stdin: archive as unknown as Source, stdout: io.stdout, stderr: io.stderr })
  await written
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code, { bare: true })
}

/** Links are kept as links, but the one that was named is followed. */
async function add(archive: Pack, path: string, name: string, top = true): Promise<void> {
  const stat = top ? statSync(path) : lstatSync(path)
  if (stat.isDirectory()) {
    const names = readdirSync(path).sort()
    archive.entry({ ...header(stat), name: `${name}/`, type: 'directory' })
    for (const each of names) await add(archive, join(path, each), `${name}/${each}`, false)
  } else if (stat.isSymbolicLink()) archive.entry({ ...header(stat), name, type: 'symlink', linkname: readlinkSync(path) })
  else if (stat.isFile()) await pipeline(createReadStream(path), archive.entry({ ...header(stat), name, size: stat.size }))
  // Sockets, pipes and devices have no contents to copy.
}

function header({ mode, mtime, uid, gid }: Stats): { mode: number; mtime: Date; uid: number; gid: number } {
  return { mode: mode & 0o7777, mtime, uid, gid }
}
