/** The API server alone, as `k8ts` runs it: the component's own process from the bundle; we stand in the supervisor's place. */
import { mkdirSync, readFileSync } from 'node:fs'
import { ensurePki } from '#cluster/components.ts'
import { planCluster, saveConfig } from '#cluster/config.ts'
import { keptLeaf } from '#cluster/pki/kept-pair.ts'
import type { ClusterPki } from '#cluster/pki/types.ts'
import type { ClusterConfig } from '#cluster/types.ts'
import { endProcess, startApiServerProcess } from './api-server-process.ts'
import { freePort } from './cluster.ts'
import { ask, open, type Target } from './load.ts'

export interface BenchApiServer {
  readonly config: ClusterConfig
  readonly pki: ClusterPki
  /** A user of system:masters. */
  readonly admin: Target
  /** An ordinary user with the role cluster-admin: RBAC is asked at each request. */
  readonly user: Target
  readonly pid: number
  /** How long the process took from its start until it was ready. */
  readonly startMs: number
  /** Resident, in bytes. */
  residentBytes(): number
  /** Processor time so far, in milliseconds. */
  processorMs(): number
  stop(): Promise<void>
}

/** Makes the directory's configuration and certificates; the store may be filled before the server is started. */
export async function planApiServer(directory: string): Promise<{ config: ClusterConfig; pki: ClusterPki }> {
  mkdirSync(directory, { recursive: true })
  const plan = planCluster({ name: 'bench', dataDir: directory, port: await freePort() })
  const config: ClusterConfig = { ...plan, apiServer: { ...plan.apiServer, listen: ['127.0.0.1'] } }
  await saveConfig(config)
  return { config, pki: await ensurePki(config) }
}

export async function startApiServer({ config, pki }: { config: ClusterConfig; pki: ClusterPki }): Promise<BenchApiServer> {
  const begin = performance.now()
  const child = await startApiServerProcess(config.dataDir)
  const startMs = performance.now() - begin
  const url = `https://127.0.0.1:${config.apiServer.port}`
  const admin = { url, ca: pki.ca.certificate, certificate: pki.admin.certificate, key: pki.admin.key }
  const issuer = { certificate: pki.ca.certificate, key: pki.ca.key }
  const leaf = await keptLeaf(config.dataDir, 'bench-user', issuer, { commonName: 'bench', usages: ['client'] }, Date.now())
  await bindUser(admin)
  return {
    config,
    pki,
    admin,
    user: { ...admin, certificate: leaf.certificate, key: leaf.key },
    pid: child.pid!,
    startMs,
    residentBytes: () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024,
    processorMs() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) * 10
    },
    stop: () => endProcess(child),
  }
}

export async function bindUser(admin: Target): Promise<void> {
  const session = await open(admin)
  const body = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'bench' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bench' }],
  }
  const { status } = await ask(session, { method: 'POST', path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', body: JSON.stringify(body) })
  session.close()
  if (status !== 201 && status !== 409) throw new Error(`the bench user could not be bound: ${status}`)
}
