/** The kubectl of this project, as a program of its own. */
// What most commands need lies in the bundle's first file: to find and link many small ones takes longer than to read one.
import '#kubectl/catalog/cache.ts'
import '#kubectl/commands/get.ts'
import { runKubectl } from '#kubectl/main.ts'
import type { InterruptPolicy } from '#kubectl/types.ts'

const interrupted = new AbortController()
/** A command that was interrupted has this long to put things in order. */
const graceMs = 2000

/** A command that says nothing about signals keeps their default: it dies of them. */
function heed(policy: InterruptPolicy): void {
  const signals = policy === 'succeeds' ? (['SIGINT'] as const) : (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
  for (const signal of signals) {
    process.once(signal, () => {
      const end = (): void => {
        if (policy !== 'dies') process.exit(policy === 'fails' ? 1 : 0)
        process.removeAllListeners(signal)
        process.kill(process.pid, signal)
      }
      if (policy === 'dies') process.once('exit', end)
      // A second one, or a command that does not heed the first, ends it at once.
      process.once(signal, end)
      setTimeout(end, graceMs).unref()
      interrupted.abort()
    })
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

export async function runOwnKubectl(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { stdout, stderr } = process
  const code = await runKubectl(argv, {
    // Most commands read nothing, and Node.js makes this stream, with all that it needs, once it is asked for.
    get stdin() {
      return process.stdin
    },
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    signal: interrupted.signal,
    onPolicy: heed,
  })
  // What goes to a pipe is written asynchronously.
  await Promise.all([stdout, stderr].map((stream) => new Promise((done) => stream.write('', done))))
  return code
}

if (import.meta.main) process.exit(await runOwnKubectl(process.argv.slice(2)))
