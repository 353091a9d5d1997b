/**
 * What one request costs the API server in processor time, by kind of request: the figure that does not depend on who else uses the
 * machine. The server is the component's own process from the bundle, as in `api.bench.ts`.
 *
 *   ./tools/node.sh bench/api-requests.bench.ts [--requests 4000] [--lists 200] [--only get] [--markdown]
 *
 * K8TS_BENCH_PROFILE=DIR writes a CPU profile of the server.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { planApiServer, startApiServer } from './api-server.ts'
import { numberFlag } from './cluster.ts'
import { load, type Request } from './load.ts'
import { publish, type Row } from './report.ts'

const requests = numberFlag('requests', 4000)
const lists = numberFlag('lists', 200)
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1]?.split(',') : undefined
const clients = 16
const listed = 500
const warmUp = 1000
const pods = '/api/v1/namespaces/default/pods'

interface Case {
  readonly name: string
  readonly what: string
  readonly count: number
  readonly request: (index: number) => Request
}

const cases: readonly Case[] = [
  { name: 'get', what: 'get of a pod', count: requests, request: (index) => ({ method: 'GET', path: `${pods}/listed-${index % listed}` }) },
  { name: 'list', what: `list of ${listed} pods`, count: lists, request: () => ({ method: 'GET', path: `/api/v1/namespaces/listed/pods?limit=${listed}` }) },
  { name: 'create', what: 'create of a pod', count: requests, request: (index) => createPod('default', `p-${index}`) },
  { name: 'bind', what: 'bind of a pod', count: requests, request: (index) => bindPod(`p-${index}`, index) },
  { name: 'status', what: "patch of a pod's status", count: requests, request: (index) => patchStatus(`p-${index}`, index) },
  { name: 'configmap', what: 'create of a ConfigMap of 1 KB', count: requests, request: (index) => createConfigMap(`made-${index}`) },
]

const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
const server = await startApiServer(await planApiServer(directory))
try {
  await load(server.user, 1, 1, () => post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'listed' } }))
  for (const namespace of ['default', 'listed']) {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    await load(server.user, 1, 1, () => post(`/api/v1/namespaces/${namespace}/serviceaccounts`, account))
    await load(server.user, 8, listed, (index) => createPod(namespace, `listed-${index}`))
  }
  const rows: Row[] = []
  for (const { name, what, count, request } of cases) {
    // Requests in the order of the list: those of the pods made before are asked for again, of the same names.
    if (only && !only.includes(name)) {
      if (name === 'create' && (only.includes('bind') || only.includes('status'))) await load(server.user, clients, count + warmUp, request)
      continue
    }
    await load(server.user, clients, Math.min(warmUp, count), request)
    const before = server.processorMs()
    const result = await load(server.user, clients, count, (index) => request(index + warmUp))
    const each = ((server.processorMs() - before) * 1000) / count
    rows.push({
      what,
      figure: `${each.toFixed(0)} µs`,
      beside: `${Math.round(result.perSecond)} a second, p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms`,
    })
  }
  publish({
    name: 'api-requests',
    method: `Processor time of the server's process (user and system) a request, over ${requests} requests of each kind (${lists} lists) at ${clients} clients, after ${warmUp} that are not counted; TLS, RBAC, the whole chain of admission, SQLite with fsync. The rates are those of a machine whose cores the clients share.`,
    rows,
  })
} finally {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}
process.exit(0)

function createPod(namespace: string, name: string): Request {
  const resources = { requests: { cpu: '10m', memory: '50Mi' } }
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: 'pause', image: 'k8ts.local/pause', resources }] }
  return post(`/api/v1/namespaces/${namespace}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'bench' } }, spec })
}

function bindPod(name: string, index: number): Request {
  const target = { apiVersion: 'v1', kind: 'Node', name: `node-${index % 100}` }
  return post(`${pods}/${name}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target })
}

function patchStatus(name: string, index: number): Request {
  const now = '2026-01-01T00:00:00Z'
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'].map((type) => ({ type, status: 'True', lastTransitionTime: now }))
  const podIP = `10.244.${(index >> 8) & 255}.${index & 255}`
  const containerStatuses = [
    {
      name: 'pause',
      image: 'k8ts.local/pause',
      imageID: 'sha256:1',
      containerID: `containerd://${index}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
      lastState: {},
    },
  ]
  const status = {
    phase: 'Running',
    conditions,
    podIP,
    podIPs: [{ ip: podIP }],
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    startTime: now,
    containerStatuses,
  }
  return { method: 'PATCH', path: `${pods}/${name}/status`, body: JSON.stringify({ status }), contentType: 'application/strategic-merge-patch+json' }
}

function createConfigMap(name: string): Request {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { content: 'x'.repeat(900) } }
  return post('/api/v1/namespaces/default/configmaps', body)
}

function post(path: string, body: object): Request {
  return { method: 'POST', path, body: JSON.stringify(body) }
}
