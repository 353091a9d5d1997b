/** The kubectl of this project, as a program of its own. */
// What most commands need lies in the bundle's first file: to find and link many small ones takes longer than to read one.
import '#kubectl/catalog/cache.ts'
import '#kubectl/commands/get.ts'
import { runKubectl } from '#kubectl/main.ts'

const interrupted = new AbortController()
process.once('SIGINT', () => {
  interrupted.abort()
  // A second interrupt, or one that the command does not heed, ends the process at once.
  process.once('SIGINT', () => process.exit(130))
  setTimeout(() => process.exit(130), 500).unref()
})
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

export async function runOwnKubectl(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { stdin, stdout, stderr } = process
  const code = await runKubectl(argv, { stdin, stdout, stderr, env, cwd: process.cwd(), signal: interrupted.signal })
  // What goes to a pipe is written asynchronously.
  await Promise.all([stdout, stderr].map((stream) => new Promise((done) => stream.write('', done))))
  return code
}

if (import.meta.main) process.exit(await runOwnKubectl(process.argv.slice(2)))
