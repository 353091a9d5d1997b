/** A real kube-apiserver 1.36 (K8TS_REAL_APISERVER, with etcd at K8TS_REAL_ETCD) that is started for a recording. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Real {
  readonly url: string
  readonly token: string
  readonly directory: string
  stop(): void
}

export const issuer = 'https://kubernetes.default.svc.cluster.local'

/** The flags that it must have to start at all. */
export function ownFlags(directory: string): string[] {
  const { K8TS_REAL_ETCD: etcd = 'http://127.0.0.1:2379', K8TS_REAL_PORT: port = '22090' } = process.env
  const key = join(directory, 'sa.key')
  execFileSync('openssl', ['genrsa', '-out', key, '2048'], { stdio: 'ignore' })
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, 'certs')}`,
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--service-account-issuer=${issuer}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
  ]
}

export function programOf(): string {
  const { K8TS_REAL_APISERVER: program } = process.env
  if (!program) throw new Error('needs a real kube-apiserver 1.36 as K8TS_REAL_APISERVER')
  return program
}

/** With the given files below DIR. Resolves when it serves. */
export async function startReal(files: Readonly<Record<string, string>>, flags: readonly string[]): Promise<Real> {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-real-'))
  const token = 'real-admin'
  for (const [name, text] of Object.entries({ 'tokens.csv': `${token},admin,admin,system:masters\n`, ...files })) writeFileSync(join(directory, name), text)
  const own = ownFlags(directory)
  const child = spawn(programOf(), [...own, `--token-auth-file=${join(directory, 'tokens.csv')}`, ...flags.map((each) => each.replaceAll('DIR', directory))], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      text += String(chunk)
      if (/Serving securely/.test(text)) resolve()
    })
    child.on('close', () => reject(new Error(text.slice(-2000))))
  })
  return {
    url: own.find((each) => each.startsWith('--secure-port='))!.replace('--secure-port=', 'https://127.0.0.1:'),
    token,
    directory,
    stop() {
      child.kill('SIGKILL')
      rmSync(directory, { recursive: true })
    },
  }
}
