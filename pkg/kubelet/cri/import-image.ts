/** Loads an image archive (OCI layout or docker save) into containerd's namespace for CRI. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Answers what `ctr` printed: a line an image. The whole archive is unpacked at once, so that the first container need not. */
export async function importImage(socket: string, tarPath: string): Promise<string> {
  const { stdout } = await run('ctr', ['--namespace', 'k8s.io', '--address', socket.replace(/^unix:(\/\/)?/, ''), 'images', 'import', tarPath], {
    timeout: 600_000,
    maxBuffer: 16 * 1024 * 1024,
  })
  return stdout
}
