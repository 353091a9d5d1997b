/** The API server's component in a process of its own, as the supervisor starts it, over a data directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once as event } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { programCommand, programEnvironment } from '#cluster/program.ts'
import { controlSocketPath, onJsonLines } from '#cluster/supervisor/control-socket.ts'

const root = join(import.meta.dirname, '..')

/** In the supervisor's place we hold its control socket, and hear when the server is ready. */
export async function startApiServerProcess(dataDir: string): Promise<ChildProcess> {
  const supervisor = createServer()
  const ready = new Promise<void>((resolve) => {
    supervisor.on('connection', (socket) => {
      socket.on('error', () => {})
      onJsonLines(socket, ({ op, ready }) => {
        if (op === 'ready' || ready) resolve()
      })
    })
    supervisor.listen(controlSocketPath(dataDir))
  })
  process.env.K8TS_ENTRY ??= join(root, 'dist/k8ts.mjs')
  const [file, ...args] = programCommand('kube-apiserver', '--data-dir', dataDir)
  const profile = process.env.K8TS_BENCH_PROFILE ? ['--cpu-prof', '--cpu-prof-dir', process.env.K8TS_BENCH_PROFILE] : []
  const child = spawn(file!, [...profile, ...args], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...programEnvironment['kube-apiserver'], ...process.env, NODE_COMPILE_CACHE: join(root, 'dist/cache') },
  })
  child.once('exit', () => supervisor.close())
  await Promise.race([ready, endedEarly(child, 'the API server')])
  return child
}

/** Rejects when the process ends. */
export async function endedEarly(child: ChildProcess, what: string): Promise<never> {
  await event(child, 'exit')
  throw new Error(`${what} has ended`)
}

/** SIGTERM, and its end. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await event(child, 'exit')
}
