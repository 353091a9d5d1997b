/**
 * Requests a second against the API server as `k8ts` runs it: the component's own process from the bundle, TLS with client
 * certificates, RBAC (the clients are an ordinary user with a role), SQLite with fsync. Beside it Node's own HTTP/2 server with the same TLS and the same bytes.
 *
 * Where K8TS_BENCH_UPSTREAM names a folder with kube-apiserver 1.36 (and etcd is on PATH), that one is asked the same, one after the other.
 *
 *   ./tools/node.sh bench/api.bench.ts [--creates 2000] [--gets 10000] [--lists 300] [--markdown]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once as event } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchApiServer, bindUser, planApiServer, startApiServer } from './api-server.ts'
import { endedEarly, endProcess } from './api-server-process.ts'
import { freePort, numberFlag } from './cluster.ts'
import { type LoadResult, load, once, type Request, type Target } from './load.ts'
import { publish, type Row } from './report.ts'
import { startUpstreamApiServer, upstreamPrograms } from './upstream-control-plane.ts'

const creates = numberFlag('creates', 2000)
const gets = numberFlag('gets', 10_000)
const lists = numberFlag('lists', 300)
const listed = 500
const manyClients = 64
const goals: Readonly<Record<string, number>> = { 'create 1 KB': 2000, 'get 1 KB': 8000 }
const collection = '/api/v1/namespaces/default/configmaps'

const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
const children: ChildProcess[] = []
const stops: (() => Promise<void>)[] = []
const barePort = await freePort()
try {
  const server = await startApiServer(await planApiServer(directory))
  stops.push(server.stop)
  const { pki, user: api } = server
  const certificates = { ca: pki.ca.certificate, certificate: pki.admin.certificate, key: pki.admin.key }
  const bare: Target = { url: `https://127.0.0.1:${barePort}`, ...certificates }
  // Warms the code of either way, and gives the list its objects.
  await load(api, 8, listed, (index) => create(`listed-${index}`))
  const get: Request = { method: 'GET', path: `${collection}/listed-0` }
  const list: Request = { method: 'GET', path: `${collection}?limit=${listed}` }
  const files = { cert: pki.apiServer.certificate, key: pki.apiServer.key, ca: pki.ca.certificate, get: await once(api, get), list: await once(api, list) }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content, { mode: 0o600 })
  await startBareServer()
  await load(bare, 8, 1000, () => ({ method: 'GET', path: '/get' }))
  const upstream = upstreamPrograms ? await startUpstream(server) : undefined

  const rows: Row[] = []
  for (const clients of [1, manyClients]) {
    const share = clients === 1 ? 4 : 1
    const measure = async (what: string, count: number, ours: (index: number) => Request, bares: (index: number) => Request): Promise<void> => {
      const bounded = Math.max(1, Math.floor(count / share))
      const before = server.processorMs()
      const result = await load(api, clients, bounded, ours)
      const perRequest = Math.round(((server.processorMs() - before) * 1000) / bounded)
      const limit = await load(bare, clients, bounded, bares)
      const theirs = upstream ? `; kube-apiserver ${text(await load(upstream, clients, bounded, ours))}` : ''
      const goal = clients === manyClients ? goals[what] : undefined
      rows.push({
        ...(goal === undefined ? {} : { goal: `${goal} a second`, met: result.perSecond >= goal }),
        what: `${what}, ${clients} client${clients === 1 ? '' : 's'}`,
        figure: text(result),
        beside: `bare server ${text(limit)}: ${(result.perSecond / limit.perSecond).toFixed(2)} of it; processor of ours ${perRequest} µs a request${theirs}`,
      })
    }
    await measure(
      'create 1 KB',
      creates,
      (index) => create(`made-${clients}-${index}`),
      (index) => ({ ...create(`made-${index}`), path: '/create' }),
    )
    await measure(
      'get 1 KB',
      gets,
      () => get,
      () => ({ method: 'GET', path: '/get' }),
    )
    await measure(
      `list of ${listed} (${(files.list.byteLength / 1024).toFixed(0)} KB)`,
      lists,
      () => list,
      () => ({ method: 'GET', path: '/list' }),
    )
  }
  publish({
    name: 'api',
    method: `ConfigMaps of 1 KB; ${creates} creates, ${gets} gets, ${lists} lists at ${manyClients} clients, a quarter of that at one; each client sends its next request when the last is answered.`,
    rows,
  })
} finally {
  await Promise.all(stops.map((stop) => stop()))
  await Promise.all(children.map(endProcess))
  rmSync(directory, { recursive: true, force: true })
}
process.exit(0)

/** With the same certificates and the same user, on a port of its own, warmed and filled in the same way. */
async function startUpstream({ pki, user }: BenchApiServer): Promise<Target> {
  const target = { ...user, url: `https://127.0.0.1:${await freePort()}` }
  const admin = { ...target, certificate: pki.admin.certificate, key: pki.admin.key }
  await startUpstreamApiServer(directory, pki, admin, children)
  await bindUser(admin)
  await load(target, 8, listed, (index) => create(`listed-${index}`))
  return target
}

function create(name: string): Request {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { content: 'x'.repeat(900) } }
  return { method: 'POST', path: collection, body: JSON.stringify(body) }
}

function text({ perSecond, p50, p99 }: LoadResult): string {
  return `${Math.round(perSecond)} a second (p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms)`
}

async function startBareServer(): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-server.ts'), directory, String(barePort)], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await Promise.race([event(child.stdout!, 'data'), endedEarly(child, 'the bare server')])
}
