/** The helm of this project, as a program of its own. */
import { runHelm } from '#helm/main.ts'

const interrupted = new AbortController()
process.once('SIGINT', () => {
  interrupted.abort()
  setTimeout(() => process.exit(130), 500).unref()
})
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

export async function runOwnHelm(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { stdin, stdout, stderr } = process
  const code = await runHelm(argv, { stdin, stdout, stderr, env, cwd: process.cwd(), signal: interrupted.signal })
  // What goes to a pipe is written asynchronously.
  await Promise.all([stdout, stderr].map((stream) => new Promise((done) => stream.write('', done))))
  return code
}

if (import.meta.main) process.exit(await runOwnHelm(process.argv.slice(2)))
