/**
 * Pods scheduled a second through the API: 5,000 simulated nodes; API server (TLS, RBAC, default admission, SQLite with fsync),
 * scheduler and the client that creates the pods in processes of their own.
 *
 *   ./tools/node.sh bench/scheduler-api.bench.ts [--nodes 5000] [--pods 10000] [--only plain] [--markdown]
 *
 * From the first create to the last binding, as scheduler_perf measures. `--pods 50000` for the long one; K8TS_BENCH_PROFILE=DIR writes CPU profiles.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensurePki } from '#cluster/components.ts'
import { planCluster, saveConfig } from '#cluster/config.ts'
import type { ClusterConfig } from '#cluster/types.ts'
import { endedEarly, endProcess, startApiServerProcess } from './api-server-process.ts'
import { freePort, numberFlag } from './cluster.ts'
import { load, type Request, type Target } from './load.ts'
import { publish, type Row } from './report.ts'

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
for (const each of cases) if (only === undefined || only === each.name) rows.push(await measure(each))
publish({
  name: 'scheduler-api',
  method: `${nodeCount} simulated nodes; API server, scheduler and the client that creates the pods (${creators} connections) in processes of their own on this machine's cores. From the first create to the last binding; processor time a pod is what does not depend on who else uses the machine.`,
  rows,
})
process.exit(0)

async function measure(each: Case): Promise<Row> {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
  const children: ChildProcess[] = []
  try {
    const plan = planCluster({ name: 'bench', dataDir: directory, port: await freePort() })
    const config: ClusterConfig = { ...plan, apiServer: { ...plan.apiServer, listen: ['127.0.0.1'] } }
    await saveConfig(config)
    const pki = await ensurePki(config)
    const server = await startApiServerProcess(directory)
    children.push(server)
    const target: Target = {
      url: `https://127.0.0.1:${config.apiServer.port}`,
      ca: pki.ca.certificate,
      certificate: pki.admin.certificate,
      key: pki.admin.key,
      protocol: 'http/1.1',
    }
    await prepare(target, each)
    const scheduler = startScheduler(directory)
    children.push(scheduler.child)
    await scheduler.until(0)
    // Warms the code of all, and is not counted.
    const warmUp = 2000
    await load(target, creators, warmUp, (index) => createPod(`warm-${index}`, {}))
    await scheduler.until(warmUp)
    const before = { cpuMs: scheduler.last.cpuMs, server: cpuMsOf(server.pid!), own: cpuMsOf(process.pid) }
    if (process.env.K8TS_BENCH_PIDS) console.log('processes', server.pid, scheduler.child.pid)
    const start = performance.now()
    const created = load(target, creators, each.pods, (index) => createPod(`p-${index}`, each))
    let createdMs = 0
    void created.then(() => {
      createdMs = performance.now() - start
    })
    await Promise.all([created, scheduler.until(warmUp + each.pods)])
    const ms = performance.now() - start
    const perSecond = (each.pods * 1000) / ms
    const us = (all: number): string => `${((all * 1000) / each.pods).toFixed(0)} µs`
    const cpu = `processor time a pod: scheduler ${us(scheduler.last.cpuMs - before.cpuMs)}, API server ${us(cpuMsOf(server.pid!) - before.server)}, client ${us(cpuMsOf(process.pid) - before.own)}`
    const row = {
      what: each.what,
      figure: `${Math.round(perSecond)} pods/s`,
      beside: `created at ${Math.round((each.pods * 1000) / createdMs)} a second; ${cpu}; scheduler's memory ${Math.round(scheduler.last.rssMb)} MB`,
      goal: `${each.goal} pods/s`,
      met: perSecond >= each.goal,
    }
    console.log(row.what, row.figure, row.beside)
    return row
  } finally {
    await Promise.all(children.map(endProcess))
    rmSync(directory, { recursive: true, force: true })
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

interface SchedulerReport {
  readonly bound: number
  readonly cpuMs: number
  readonly rssMb: number
}

interface SchedulerProcess {
  readonly child: ChildProcess
  readonly last: SchedulerReport
  /** Resolves when so many pods are bound; fails when nothing moves for long. */
  until(bound: number): Promise<void>
}

function startScheduler(directory: string): SchedulerProcess {
  const profile = process.env.K8TS_BENCH_PROFILE ? ['--cpu-prof', '--cpu-prof-dir', process.env.K8TS_BENCH_PROFILE] : []
  const child = fork(join(import.meta.dirname, 'scheduler-process.ts'), [directory], { execArgv: [...process.execArgv, ...profile] })
  let last: SchedulerReport = { bound: -1, cpuMs: 0, rssMb: 0 }
  child.on('message', (message) => {
    last = message as SchedulerReport
  })
  const reached = async (bound: number): Promise<void> => {
    let moved = { bound: last.bound, at: performance.now() }
    while (last.bound < bound) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      if (last.bound !== moved.bound) moved = { bound: last.bound, at: performance.now() }
      if (performance.now() - moved.at > stallMs) throw new Error(`only ${last.bound} of ${bound} pods are bound`)
    }
  }
  return {
    child,
    get last() {
      return last
    },
    until: (bound) => Promise.race([reached(bound), endedEarly(child, 'the scheduler')]),
  }
}

/** Of the process and its threads so far. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
