/**
 * Pods scheduled a second through the API: 5,000 simulated nodes; API server (TLS, RBAC, default admission, SQLite with fsync),
 * scheduler and the client that creates the pods in processes of their own.
 *
 *   ./tools/node.sh bench/scheduler-api.bench.ts [--nodes 5000] [--pods 10000] [--only plain] [--markdown]
 *
 * From the first create to the last binding, as scheduler_perf measures. `--pods 50000` for the long one; K8TS_BENCH_PROFILE=DIR writes CPU profiles.
 * K8TS_BENCH_UPSTREAM=DIR measures Kubernetes' own kube-scheduler and kube-apiserver of that folder, with an etcd, in turns with ours.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensurePki } from '#cluster/components.ts'
import { planCluster, saveConfig } from '#cluster/config.ts'
import type { ClusterPki } from '#cluster/pki/types.ts'
import type { ClusterConfig } from '#cluster/types.ts'
import { endedEarly, endProcess, startApiServerProcess } from './api-server-process.ts'
import { freePort, numberFlag } from './cluster.ts'
import { load, type Request, type Target } from './load.ts'
import { publish, type Row } from './report.ts'
import { startUpstreamApiServer, startUpstreamScheduler, upstreamPrograms } from './upstream-control-plane.ts'

const nodeCount = numberFlag('nodes', 5000)
const podCount = numberFlag('pods', 10_000)
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const creators = 16
const stallMs = 30_000

const labels = { color: 'blue' }
const zoneLabel = 'topology.kubernetes.io/zone'
const term = (topologyKey: string) => ({ topologyKey, labelSelector: { matchLabels: labels } })

interface Case {
  readonly name: string
  readonly what: string
  readonly goal: number
  readonly pods: number
  readonly spec?: object
  readonly labels?: Record<string, string>
  readonly zones?: number
  /** Pods of low priority that stand on each node from the start. */
  readonly fillers?: number
}

const fewer = Math.min(podCount, 2000)
const cases: readonly Case[] = [
  { name: 'plain', what: `${podCount} plain pods`, goal: 1500, pods: podCount },
  {
    name: 'affinity',
    what: 'pod affinity, required (zone)',
    goal: 500,
    pods: fewer,
    labels,
    zones: 1,
    spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(zoneLabel)] } } },
  },
  {
    name: 'anti-affinity',
    what: 'pod anti-affinity, required (hostname)',
    goal: 500,
    pods: fewer,
    labels,
    spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('kubernetes.io/hostname')] } } },
  },
  {
    name: 'preferred',
    what: 'pod affinity, preferred (hostname)',
    goal: 500,
    pods: fewer,
    labels,
    spec: {
      affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term('kubernetes.io/hostname') }] } },
    },
  },
  {
    name: 'spread',
    what: 'topology spread, required (zone)',
    goal: 1000,
    pods: Math.min(podCount, 5000),
    labels,
    zones: 3,
    spec: { topologySpreadConstraints: [{ topologyKey: zoneLabel, maxSkew: 5, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } }] },
  },
  { name: 'preemption', what: 'preemption (4 pods of low priority on each node)', goal: 1000, pods: fewer, fillers: 4 },
]

const rows: Row[] = []
for (const each of cases) {
  if (only !== undefined && only !== each.name) continue
  const ours = await measure(each, startOurs)
  const theirs = upstreamPrograms ? await measure(each, startUpstream) : undefined
  const row = {
    what: each.what,
    figure: `${Math.round(ours.perSecond)} pods/s`,
    beside: `${theirs ? `Kubernetes' own ${Math.round(theirs.perSecond)} pods/s (${theirs.cpu}); ours ` : ''}${ours.cpu}`,
    goal: `${each.goal} pods/s`,
    met: ours.perSecond >= each.goal,
  }
  console.log(row.what, row.figure, row.beside)
  rows.push(row)
}
const upstreamMethod = `Kubernetes' own are kube-scheduler and kube-apiserver 1.36.1 with etcd 3.4, built by Go 1.26 with their defaults (the scheduler without its limit of requests, as scheduler_perf runs it), on the same machine in the same run, under the same load.`
publish({
  name: 'scheduler-api',
  method: `${nodeCount} simulated nodes; API server, scheduler and the client that creates the pods (${creators} connections) in processes of their own on this machine's cores. From the first create to the last binding; processor time a pod is what does not depend on who else uses the machine.${upstreamPrograms ? ` ${upstreamMethod}` : ''}`,
  rows,
})
process.exit(0)

interface Measured {
  readonly perSecond: number
  /** What it took besides, in words. */
  readonly cpu: string
}

/** What is measured: it runs, and its processes are among `children`. */
interface ControlPlane {
  readonly target: Target
  /** The API server's, and its store's where that is another. */
  readonly serverPids: readonly number[]
  /** Once the nodes are there. */
  startScheduler(): Promise<SchedulerProcess>
}

type StartControlPlane = (directory: string, children: ChildProcess[]) => Promise<ControlPlane>

async function measure(each: Case, startControlPlane: StartControlPlane): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
  const children: ChildProcess[] = []
  try {
    const { target, serverPids, startScheduler } = await startControlPlane(directory, children)
    await prepare(target, each)
    const scheduler = await startScheduler()
    await scheduler.until(0)
    // Warms the code of all, and is not counted.
    const warmUp = 2000
    await load(target, creators, warmUp, (index) => createPod(`warm-${index}`, {}))
    await scheduler.until(warmUp)
    const pids = { scheduler: [scheduler.child.pid!], server: serverPids, client: [process.pid] }
    const before = { scheduler: cpuMsOf(pids.scheduler), server: cpuMsOf(serverPids), client: cpuMsOf(pids.client) }
    if (process.env.K8TS_BENCH_PIDS) console.log('processes', pids)
    const start = performance.now()
    const created = load(target, creators, each.pods, (index) => createPod(`p-${index}`, each))
    let createdMs = 0
    void created.then(() => {
      createdMs = performance.now() - start
    })
    await Promise.all([created, scheduler.until(warmUp + each.pods)])
    const ms = performance.now() - start
    const us = (which: keyof typeof pids): string => `${(((cpuMsOf(pids[which]) - before[which]) * 1000) / each.pods).toFixed(0)} µs`
    const cpu = `processor time a pod: scheduler ${us('scheduler')}, API server ${us('server')}, client ${us('client')}`
    return {
      perSecond: (each.pods * 1000) / ms,
      cpu: `created at ${Math.round((each.pods * 1000) / createdMs)} a second; ${cpu}; memory: scheduler ${residentMb(pids.scheduler)} MB, API server ${residentMb(serverPids)} MB`,
    }
  } finally {
    // The last first: kube-apiserver does not end when its etcd has gone before it.
    for (const child of children.reverse()) await endProcess(child)
    rmSync(directory, { recursive: true, force: true })
  }
}

async function planned(directory: string): Promise<{ config: ClusterConfig; pki: ClusterPki; target: Target }> {
  const plan = planCluster({ name: 'bench', dataDir: directory, port: await freePort() })
  const config: ClusterConfig = { ...plan, apiServer: { ...plan.apiServer, listen: ['127.0.0.1'] } }
  await saveConfig(config)
  const pki = await ensurePki(config)
  const url = `https://127.0.0.1:${config.apiServer.port}`
  return { config, pki, target: { url, ca: pki.ca.certificate, certificate: pki.admin.certificate, key: pki.admin.key, protocol: 'http/1.1' } }
}

async function startOurs(directory: string, children: ChildProcess[]): Promise<ControlPlane> {
  const { target } = await planned(directory)
  const server = await startApiServerProcess(directory)
  children.push(server)
  return {
    target,
    serverPids: [server.pid!],
    async startScheduler() {
      const scheduler = startScheduler(directory)
      children.push(scheduler.child)
      return scheduler
    },
  }
}

async function startUpstream(directory: string, children: ChildProcess[]): Promise<ControlPlane> {
  const { pki, target } = await planned(directory)
  await startUpstreamApiServer(directory, pki, target, children)
  return {
    target,
    serverPids: children.map(({ pid }) => pid!),
    async startScheduler() {
      const { child, bound } = await startUpstreamScheduler(directory, pki, target)
      children.push(child)
      return { child, until: untilBound(child, bound, 250) }
    },
  }
}

async function prepare(target: Target, { zones = 0, fillers = 0 }: Case): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  await load(target, 1, 1, () => post('/api/v1/namespaces/default/serviceaccounts', account))
  await load(target, creators, nodeCount, (index) => post('/api/v1/nodes', simulatedNode(index, zones)))
  // Nobody here takes away what admission taints a new node with.
  await load(target, creators, nodeCount, (index) => patch(`/api/v1/nodes/node-${index}`, { spec: { taints: null } }))
  if (fillers === 0) return
  for (const [name, value] of [
    ['low', 0],
    ['high', 10],
  ] as const) {
    await load(target, 1, 1, () => post('/apis/scheduling.k8s.io/v1/priorityclasses', priorityClass(name, value)))
  }
  await load(target, creators, nodeCount * fillers, (index) => {
    const spec = { nodeName: `node-${index % nodeCount}`, priorityClassName: 'low', ...container({ cpu: '900m', memory: '500Mi' }) }
    return post('/api/v1/namespaces/default/pods', podOf(`low-${index}`, {}, spec))
  })
}

function createPod(name: string, { spec = {}, labels: own = {}, fillers }: Partial<Case>): Request {
  const wish = fillers ? { priorityClassName: 'high', ...container({ cpu: '3', memory: '500Mi' }) } : container({ cpu: '10m', memory: '50Mi' })
  return post('/api/v1/namespaces/default/pods', podOf(name, own, { ...spec, ...wish }))
}

function podOf(name: string, own: Record<string, string>, spec: object): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: own }, spec: { terminationGracePeriodSeconds: 0, ...spec } }
}

function container(requests: object): object {
  return { containers: [{ name: 'pause', image: 'k8ts.local/pause', resources: { requests } }] }
}

function priorityClass(name: string, value: number): object {
  return { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value }
}

function simulatedNode(index: number, zones: number): object {
  const name = `node-${index}`
  const size = { cpu: '4', memory: '32Gi', pods: '110' }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...(zones ? { [zoneLabel]: `zone${index % zones}` } : {}) } },
    status: { capacity: size, allocatable: size, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

function post(path: string, body: object): Request {
  return { method: 'POST', path, body: JSON.stringify(body) }
}

function patch(path: string, body: object): Request {
  return { method: 'PATCH', path, body: JSON.stringify(body), contentType: 'application/merge-patch+json' }
}

interface SchedulerProcess {
  readonly child: ChildProcess
  /** Resolves when so many pods are bound; fails when nothing moves for long. */
  until(bound: number): Promise<void>
}

function startScheduler(directory: string): SchedulerProcess {
  const profile = process.env.K8TS_BENCH_PROFILE ? ['--cpu-prof', '--cpu-prof-dir', process.env.K8TS_BENCH_PROFILE] : []
  const child = fork(join(import.meta.dirname, 'scheduler-process.ts'), [directory], { execArgv: [...process.execArgv, ...profile] })
  let bound = -1
  child.on('message', (message) => {
    bound = message as number
  })
  return { child, until: untilBound(child, async () => bound, 10) }
}

function untilBound(child: ChildProcess, boundNow: () => Promise<number>, everyMs: number): (wanted: number) => Promise<void> {
  const reached = async (wanted: number): Promise<void> => {
    let moved = { bound: -1, at: performance.now() }
    for (;;) {
      const bound = await boundNow()
      if (bound >= wanted) return
      if (bound !== moved.bound) moved = { bound, at: performance.now() }
      if (performance.now() - moved.at > stallMs) throw new Error(`only ${bound} of ${wanted} pods are bound`)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
  return (wanted) => Promise.race([reached(wanted), endedEarly(child, 'the scheduler')])
}

/** Of the processes and their threads so far. */
function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return sum + (Number(fields[11]) + Number(fields[12])) * 10
  }, 0)
}

function residentMb(pids: readonly number[]): number {
  const kb = pids.map((pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0))
  return Math.round(kb.reduce((sum, each) => sum + each, 0) / 1024)
}
