/** An API server over TLS on loopback, ours and the real kubectl against it. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { assembleApiServer } from '#apiserver/assemble.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { kubeconfig } from '#cluster/pki/kubeconfig.ts'
import { toYaml } from '../printers/yaml.ts'
import { runKubectl } from '../main.ts'
import type { InterruptPolicy } from '../types.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  /** Resolves once both outputs together hold this. */
  seen(pattern: RegExp): Promise<void>
  interrupt(): void
  readonly policy: InterruptPolicy | undefined
  readonly ended: Promise<Outcome>
}

export interface KubectlRig extends AsyncDisposable {
  readonly client: Client
  readonly dir: string
  readonly kubeconfig: string
  /** `env` is added to the rig's own. */
  ours(line: string | readonly string[], stdin?: string, env?: Readonly<Record<string, string>>): Promise<Outcome>
  /** Ours, left running. */
  started(line: string, env?: Readonly<Record<string, string>>): Started
  real(line: string | readonly string[], stdin?: string, env?: Readonly<Record<string, string>>): Promise<Outcome>
}

/** The newest kubectl beside the one on PATH: what is on PATH may be a dispatcher that asks the server for its version each time. */
export const kubectlOnPath: string | undefined = findRealKubectl()
/** `K8TS_REAL_KUBECTL`, or the one on PATH. */
export const realKubectl: string | undefined = process.env.K8TS_REAL_KUBECTL || kubectlOnPath
/** Whether it is of 1.36, so that nothing of what upstream changed since stands in the way of comparing with it. */
export const realIsCurrent: boolean = realKubectl !== undefined && /v1\.36\./.test(spawnSync(realKubectl, ['version', '--client'], { encoding: 'utf8' }).stdout)
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

/** Of rigs that nobody has let go of: removed when the process ends. */
const directories = new Set<string>()
process.once('exit', () => {
  for (const dir of directories) rmSync(dir, { recursive: true, force: true })
})

/** `program` is the real kubectl of this rig. */
export async function startRig({ program = realKubectl }: { readonly program?: string | undefined } = {}): Promise<KubectlRig> {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-kubectl-'))
  directories.add(dir)
  const pki = await createClusterPki(dir, { addresses: [], nodes: [] })
  const { server, ready, close } = assembleApiServer({
    serviceAccountKey: pki.serviceAccount.privateKey,
    clientCa: pki.ca.certificate,
    frontProxyCa: pki.frontProxyCa.certificate,
  })
  await ready
  // Under a name of its own: what is recorded tells who wrote the fields.
  const client = createClient(server.transport(), { userAgent: 'k8ts' })
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
    started: (line, more = {}) => started(wordsOf(line), { env: { ...env, ...more }, dir, stdin: '' }),
    ours: (line, stdin = '', more = {}) => ours(wordsOf(line), { env: { ...env, ...more }, dir, stdin }),
    real: (line, stdin = '', more = {}) => real(program, wordsOf(line), { env: { ...env, ...more }, dir, stdin }),
    async [Symbol.asyncDispose]() {
      await close()
      rmSync(dir, { recursive: true })
      directories.delete(dir)
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

export function ours(argv: readonly string[], surroundings: Surroundings): Promise<Outcome> {
  return started(argv, surroundings).ended
}

function started(argv: readonly string[], { env, dir, stdin }: Surroundings): Started {
  const interrupted = new AbortController()
  const told = { stdout: '', stderr: '' }
  const looks = new Set<() => void>()
  let policy: InterruptPolicy | undefined
  const sink = (name: 'stdout' | 'stderr') => ({
    write(chunk: string | Uint8Array) {
      told[name] += Buffer.from(chunk as string).toString('utf8')
      for (const look of looks) look()
    },
  })
  const ended = runKubectl(argv, {
    stdin: (async function* () {
      yield stdin
    })(),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env,
    cwd: dir,
    signal: AbortSignal.any([interrupted.signal, AbortSignal.timeout(longestMs)]),
    onPolicy: (heard) => (policy = heard),
  }).then((code) => ({ code, ...told }))
  return {
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => void (pattern.test(told.stdout + told.stderr) && resolve())
        looks.add(look)
        look()
        void ended.then((outcome) => reject(new Error(`ended before ${pattern}: ${JSON.stringify(outcome)}`)), reject)
      }),
    interrupt: () => interrupted.abort(),
    get policy() {
      return policy
    },
    ended,
  }
}

function real(program: string | undefined, argv: readonly string[], { env, dir, stdin }: Surroundings): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program ?? 'kubectl', argv, { env: env as NodeJS.ProcessEnv, cwd: dir, timeout: longestMs })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
    // One that ends at once does not read what it is given.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
  })
}
