/** For tests with real packets: tells silence from a machine that is merely slow. */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Heard {
  readonly stdout: string
  readonly stderr: string
}

const leastMs = 300
const mostMs = 30_000

/**
 * What the command printed until it ended, or until there was no more reason to wait: `control`, which is known to be answered and
 * takes the same way through programs and processors, has been begun after it and has come back.
 */
export async function listen(argv: readonly string[], control: () => Promise<unknown>): Promise<Heard> {
  const [program = '', ...args] = argv
  // A group of its own, so that what a shell has started ends with it.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve())
  })
  const heard = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      heard[stream] += chunk
    })
  const abort = new AbortController()
  const hadItsTime = async (): Promise<void> => {
    await sleep(leastMs, undefined, { signal: abort.signal })
    await Promise.race([control(), sleep(mostMs, undefined, { signal: abort.signal })])
  }
  await Promise.race([ended, hadItsTime().catch((error) => abort.signal.aborted || Promise.reject(error))])
  abort.abort()
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
    await ended
  }
  return heard
}
