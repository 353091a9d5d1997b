/** Loads an image archive (OCI layout or docker save) into containerd's namespace for CRI. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const options = { timeout: 600_000, maxBuffer: 16 * 1024 * 1024 }

/** Answers what `ctr` printed: a line an image. The whole archive is unpacked at once, so that the first container need not. */
export async function importImage(socket: string, tarPath: string): Promise<string> {
  const ctr = ['--namespace', 'k8s.io', '--address', socket.replace(/^unix:(\/\/)?/, ''), 'images']
  const names = async (): Promise<string[]> => (await run('ctr', [...ctr, 'ls', '-q'], options)).stdout.split('\n').filter((name) => name !== '')
  const earlier = new Set(await names())
  try {
    return (await run('ctr', [...ctr, 'import', tarPath], options)).stdout
  } catch (error) {
    // Names are made before layers are unpacked: one that fails there would look loaded.
    const made = (await names().catch(() => [])).filter((name) => !earlier.has(name))
    if (made.length > 0) await run('ctr', [...ctr, 'rm', '--sync', ...made], options).catch(() => {})
    throw error
  }
}
