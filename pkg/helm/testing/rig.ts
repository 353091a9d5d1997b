/** An API server over TLS on loopback; ours and, where there is one, the real Helm against it. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Client } from '#client/types.ts'
import { startRig as startServer } from '#kubectl/testing/rig.ts'
import { runHelm } from '../main.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface HelmRig extends AsyncDisposable {
  readonly client: Client
  readonly dir: string
  ours(line: string | readonly string[], stdin?: string): Promise<Outcome>
  real(line: string | readonly string[], stdin?: string): Promise<Outcome>
}

export const realHelm: string | undefined = findRealHelm()
/** Why no comparison can be made; undefined when it can. */
export const noRealHelm: string | undefined = realHelm ? undefined : 'no real helm 4 in $K8TS_REAL_HELM or on PATH to compare with'

function findRealHelm(): string | undefined {
  const given = process.env.K8TS_REAL_HELM
  if (given) return existsSync(given) ? given : undefined
  const found = spawnSync('sh', ['-c', 'command -v helm'], { encoding: 'utf8' }).stdout.trim()
  if (found === '') return undefined
  const version = spawnSync(found, ['version', '--short'], { encoding: 'utf8' })
  return /^v4\./.test(version.stdout) ? found : undefined
}

/** Longer than this, and a line counts as hanging. */
const longestMs = 30_000
const wordsOf = (line: string | readonly string[]): string[] => (typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : [...line])

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly dir: string
}

export async function runOurs(line: string | readonly string[], { env, dir }: Surroundings, stdin = ''): Promise<Outcome> {
  const out: string[] = []
  const err: string[] = []
  const code = await runHelm(wordsOf(line), {
    stdin: (async function* () {
      yield stdin
    })(),
    stdout: { write: (chunk) => out.push(Buffer.from(chunk as string).toString('utf8')) },
    stderr: { write: (chunk) => err.push(Buffer.from(chunk as string).toString('utf8')) },
    env,
    cwd: dir,
    signal: AbortSignal.timeout(longestMs),
  })
  return { code, stdout: out.join(''), stderr: err.join('') }
}

export function runReal(line: string | readonly string[], { env, dir }: Surroundings, stdin = '', program = realHelm ?? 'helm'): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, wordsOf(line), { env: env as NodeJS.ProcessEnv, cwd: dir, timeout: longestMs })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}

export async function startHelmRig(): Promise<HelmRig> {
  const server = await startServer()
  const env = { PATH: process.env.PATH, HOME: server.dir, KUBECONFIG: server.kubeconfig }
  const surroundings = { env, dir: server.dir }
  return {
    client: server.client,
    dir: server.dir,
    ours: (line, stdin) => runOurs(line, surroundings, stdin),
    real: (line, stdin) => runReal(line, surroundings, stdin),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
