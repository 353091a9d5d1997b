/**
 * Kubernetes' own kube-apiserver and kube-scheduler with an etcd, to measure beside ours: a bench runs them where
 * K8TS_BENCH_UPSTREAM names the folder of those programs. Neither product nor tests know of them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ClusterPki } from '#cluster/pki/types.ts'
import { endedEarly } from './api-server-process.ts'
import { freePort } from './cluster.ts'
import { once, type Target } from './load.ts'

/** The folder of the programs, where the one who measures has them. */
export const upstreamPrograms = process.env.K8TS_BENCH_UPSTREAM

/** etcd as it is by default, each write on the disk before its answer; kube-apiserver with its defaults. */
export async function startUpstreamApiServer(directory: string, pki: ClusterPki, target: Target, children: ChildProcess[]): Promise<void> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  const etcd = start('etcd', [
    ...['--data-dir', join(directory, 'etcd'), '--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ])
  children.push(etcd)
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const file = filesIn(directory)
  const server = start(programOf('kube-apiserver'), [
    ...['--etcd-servers', client, '--bind-address', '127.0.0.1', '--secure-port', new URL(target.url).port],
    ...['--client-ca-file', file('ca.crt', pki.ca.certificate), '--cert-dir', join(directory, 'certificates')],
    ...['--tls-cert-file', file('server.crt', pki.apiServer.certificate), '--tls-private-key-file', file('server.key', pki.apiServer.key)],
    ...['--service-account-key-file', file('accounts.key', privateKey), '--service-account-signing-key-file', join(directory, 'accounts.key')],
    ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-cluster-ip-range', '10.96.0.0/16', '--authorization-mode', 'Node,RBAC'],
  ])
  children.push(server)
  await Promise.race([untilAnswered(target, '/readyz'), endedEarly(server, 'kube-apiserver'), endedEarly(etcd, 'etcd')])
}

export interface UpstreamScheduler {
  readonly child: ChildProcess
  /** How many pods it has bound, by its own count. */
  bound(): Promise<number>
}

/** Without the client's limit of 50 requests a second, as scheduler_perf runs it. */
export async function startUpstreamScheduler(directory: string, pki: ClusterPki, target: Target): Promise<UpstreamScheduler> {
  const port = await freePort()
  const file = filesIn(directory)
  const kubeconfig = file(
    'scheduler.kubeconfig',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bench', cluster: { server: target.url, 'certificate-authority-data': base64(target.ca) } }],
      users: [{ name: 'bench', user: { 'client-certificate-data': base64(pki.scheduler.certificate), 'client-key-data': base64(pki.scheduler.key) } }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
      'current-context': 'bench',
    }),
  )
  const configuration = {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig, qps: 5000, burst: 5000 },
  }
  const child = start(programOf('kube-scheduler'), [
    ...['--config', file('scheduler.yaml', JSON.stringify(configuration)), '--bind-address', '127.0.0.1', '--secure-port', String(port)],
    ...['--tls-cert-file', file('scheduler.crt', pki.apiServer.certificate), '--tls-private-key-file', file('scheduler.key', pki.apiServer.key)],
    ...['--authorization-always-allow-paths', '/metrics,/readyz', '--authentication-kubeconfig', kubeconfig, '--authorization-kubeconfig', kubeconfig],
  ])
  const own: Target = { ...target, url: `https://127.0.0.1:${port}` }
  await Promise.race([untilAnswered(own, '/readyz'), endedEarly(child, 'kube-scheduler')])
  return {
    child,
    async bound() {
      const metrics = (await once(own, { method: 'GET', path: '/metrics' })).toString()
      const counts = metrics.matchAll(/^scheduler_schedule_attempts_total\{.*result="scheduled".*\} (\S+)$/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    },
  }
}

function programOf(name: string): string {
  return join(upstreamPrograms!, name)
}

function start(program: string, args: string[]): ChildProcess {
  return spawn(program, args, { stdio: 'ignore' })
}

function filesIn(directory: string): (name: string, text: string) => string {
  return (name, text) => {
    const path = join(directory, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

const startSeconds = 60

async function untilAnswered(target: Target, path: string): Promise<void> {
  for (let seconds = 0; ; seconds++) {
    try {
      await once(target, { method: 'GET', path })
      return
    } catch (error) {
      if (seconds >= startSeconds) throw error
      await setTimeout(1000)
    }
  }
}
