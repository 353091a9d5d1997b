/** An API server over TLS on loopback, ours and the real kubectl against it. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { assembleApiServer } from '#apiserver/assemble.ts'
import type { Client } from '#client/types.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { kubeconfig } from '#cluster/pki/kubeconfig.ts'
import { toYaml } from '../printers/yaml.ts'
import { runKubectl } from '../main.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface KubectlRig extends AsyncDisposable {
  readonly client: Client
  readonly dir: string
  readonly kubeconfig: string
  /** `env` is added to the rig's own. */
  ours(line: string | readonly string[], stdin?: string, env?: Readonly<Record<string, string>>): Promise<Outcome>
  real(line: string | readonly string[], stdin?: string, env?: Readonly<Record<string, string>>): Promise<Outcome>
}

/** The newest kubectl beside the one on PATH: what is on PATH may be a dispatcher that asks the server for its version each time. */
export const realKubectl: string | undefined = findRealKubectl()
/** Why the comparison with the real kubectl cannot be made; undefined when it can. */
export const noRealKubectl: string | undefined = realKubectl ? undefined : 'no kubectl on PATH to compare with'
/** Longer than this, and a line counts as hanging. */
const longestMs = 20_000

function findRealKubectl(): string | undefined {
  const onPath = spawnSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).stdout.trim()
  if (onPath === '') return undefined
  const folder = dirname(realpathSync(onPath))
  const minorOf = (name: string): number => Number(/^kubectl\.1\.(\d+)$/.exec(name)?.[1] ?? -1)
  const [newest] = readdirSync(folder)
    .filter((name) => minorOf(name) >= 0)
    .sort((a, b) => minorOf(b) - minorOf(a))
  return newest ? join(folder, newest) : onPath
}

export async function startRig(): Promise<KubectlRig> {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-kubectl-'))
  const pki = await createClusterPki(dir, { addresses: [], nodes: [] })
  const { client, server, ready, close } = assembleApiServer({
    serviceAccountKey: pki.serviceAccount.privateKey,
    clientCa: pki.ca.certificate,
    frontProxyCa: pki.frontProxyCa.certificate,
  })
  await ready
  const { port } = await server.listen({ port: 0, tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.certificate } })
  const path = join(dir, 'kubeconfig')
  writeFileSync(
    path,
    toYaml(
      kubeconfig({
        name: 'rig',
        user: 'admin',
        server: `https://127.0.0.1:${port}`,
        ca: pki.ca.certificate,
        certificate: pki.admin.certificate,
        key: pki.admin.key,
      }),
    ),
  )
  const env = { PATH: process.env.PATH, HOME: dir, KUBECONFIG: path, KUBECTL_APPLYSET: 'true' }
  return {
    client,
    dir,
    kubeconfig: path,
    ours: (line, stdin = '', more = {}) => ours(wordsOf(line), { env: { ...env, ...more }, dir, stdin }),
    real: (line, stdin = '', more = {}) => real(wordsOf(line), { env: { ...env, ...more }, dir, stdin }),
    async [Symbol.asyncDispose]() {
      await close()
      rmSync(dir, { recursive: true })
    },
  }
}

interface Surroundings {
  readonly env: Record<string, string | undefined>
  readonly dir: string
  readonly stdin: string
}

function wordsOf(line: string | readonly string[]): string[] {
  return typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : [...line]
}

export async function ours(argv: readonly string[], { env, dir, stdin }: Surroundings): Promise<Outcome> {
  const out: string[] = []
  const err: string[] = []
  const code = await runKubectl(argv, {
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

function real(argv: readonly string[], { env, dir, stdin }: Surroundings): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(realKubectl ?? 'kubectl', argv, { env: env as NodeJS.ProcessEnv, cwd: dir, timeout: longestMs })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
    child.stdin.end(stdin)
  })
}
