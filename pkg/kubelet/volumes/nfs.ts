/** NFS volumes, by the host's own mount.nfs; without it, or without NFS in the kernel, the error is what mount says, as upstream shows it. */
import { execFile } from 'node:child_process'
import { rmdirSync } from 'node:fs'
import { isMounted } from './mounts.ts'

export interface NfsSource {
  readonly server: string
  readonly path: string
  readonly readOnly: boolean
  readonly options: readonly string[]
}

/** A server that is not there must not hold a pod's worker for ever. */
const timeout = 120_000

/** Mounts it on the directory, or takes that away again and throws. Safe to call again. */
export async function mountNfs({ server, path, readOnly, options }: NfsSource, target: string, command = 'mount'): Promise<void> {
  if (isMounted(target)) return
  const all = [...options, ...(readOnly ? ['ro'] : [])]
  const args = ['-t', 'nfs', ...(all.length > 0 ? ['-o', all.join(',')] : []), `${server.includes(':') ? `[${server}]` : server}:${path}`, target]
  await new Promise<void>((resolve, reject) => {
    execFile(command, args, { timeout }, (error, stdout, stderr) => {
      if (!error) return resolve()
      try {
        rmdirSync(target)
      } catch {
        // Something is in it: it stays for somebody to look at.
      }
      const status = typeof error.code === 'number' ? `exit status ${error.code}` : error.message
      reject(new Error(`mount failed: ${status}\nMounting command: ${command}\nMounting arguments: ${args.join(' ')}\nOutput: ${stdout}${stderr}`))
    })
  })
}
