/**
 * The scheduling algorithm alone: find a node for a pod and put it there, 5,000 simulated nodes, no API server.
 *
 *   ./tools/node.sh bench/scheduler.bench.ts [--nodes 5000] [--pods 2000] [--only preemption] [--markdown]
 *
 * Each case starts with a cluster of its own with 1,000 pods placed (preemption: four of low priority on each node, which
 * fill it), places 200 pods to warm up, then times `pods` more, one after another, each placed before the next is tried,
 * as the scheduler's loop does it. Filters, scores and weights are the default profile's.
 */
import { parseArgs } from 'node:util'
import { NodeFinder } from '#scheduler/framework/find-node.ts'
import { SchedulerMetrics } from '#scheduler/metrics.ts'
import { bestCandidate } from '#scheduler/plugins/default-preemption/candidate.ts'
import { defaultPreemptionArgs, preempt } from '#scheduler/plugins/default-preemption/index.ts'
import { defaultProfile } from '#scheduler/profile.ts'
import { podInfoOf } from '#scheduler/state/pod-info.ts'
import { node, pod, testCluster } from '#scheduler/testing.ts'
import { publish, type Row } from './report.ts'

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '5000' }, pods: { type: 'string', default: '2000' }, only: { type: 'string' }, markdown: { type: 'boolean' } },
})
const nodeCount = Number(values.nodes)
const podCount = Number(values.pods)
const warmUp = 200

const zones = ['zone1', 'zone2', 'zone3']
const labels = { color: 'blue' }
const term = (topologyKey: string) => ({ topologyKey, labelSelector: { matchLabels: labels }, namespaces: ['n'] })
const small = { cpu: '10m', memory: '50Mi' }

interface Case {
  readonly name: string
  readonly goal: number
  readonly spec: object
  readonly nodeLabels?: (index: number) => Record<string, string>
}

const cases: readonly Case[] = [
  { name: 'plain pods', goal: 10_000, spec: {} },
  {
    name: 'required pod affinity (zone)',
    goal: 500,
    spec: { labels, affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('topology.kubernetes.io/zone')] } } },
    nodeLabels: () => ({ 'topology.kubernetes.io/zone': 'zone1' }),
  },
  {
    name: 'required anti-affinity (hostname)',
    goal: 500,
    spec: { labels, affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('kubernetes.io/hostname')] } } },
  },
  {
    name: 'preferred affinity (hostname)',
    goal: 500,
    spec: {
      labels,
      affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term('kubernetes.io/hostname') }] } },
    },
  },
  {
    name: 'topology spread, required (zone)',
    goal: 1_000,
    spec: {
      labels,
      topologySpreadConstraints: [
        { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } },
      ],
    },
    nodeLabels: (index) => ({ 'topology.kubernetes.io/zone': zones[index % 3]! }),
  },
]

const rows: Row[] = []
const asked = (name: string): boolean => values.only === undefined || name.includes(values.only)
for (const each of cases) if (asked(each.name)) add(each.name, each.goal, placement(each))
if (asked('preemption')) add('preemption', 1_000, preemption())
publish({
  name: 'scheduler',
  method: `The algorithm alone, without an API server: ${nodeCount} nodes, ${podCount} pods a case after ${warmUp} to warm up, each placed before the next is tried; pods in a second of processor time.`,
  rows,
})

function add(what: string, goal: number, [ms, pods]: [number, number]): void {
  const perSecond = Math.round((pods * 1000) / ms)
  rows.push({ what, figure: `${perSecond.toLocaleString('en')} pods a second`, goal: goal.toLocaleString('en'), met: perSecond >= goal })
}

function placement({ spec, nodeLabels = () => ({}) }: Case): [number, number] {
  const world = testCluster({ nodes: simulatedNodes(nodeLabels) })
  const finder = new NodeFinder(world.nominator, Math.random, new SchedulerMetrics(), false)
  const profile = defaultProfile()
  const place = (index: number) => {
    const info = podInfoOf(pod(`p${index}`, { requests: small, ...spec }))
    const found = finder.find(profile, { pod: info, cluster: world.cluster, objects: world.objects })
    if (!('node' in found)) throw new Error(found.message)
    world.cluster.place(info.pod, found.node.name, info)
  }
  for (let i = 0; i < 1_000; i++) world.cluster.place(pod(`init${i}`, { requests: small, labels: i % 2 ? labels : {} }), `node-${i % nodeCount}`)
  if ('affinity' in spec) for (let i = 0; i < 1_000; i++) world.cluster.remove(`n/init${i}`)
  return timed(place)
}

function preemption(): [number, number] {
  const world = testCluster({ nodes: simulatedNodes(() => ({})) })
  for (let i = 0; i < nodeCount * 4; i++) {
    world.cluster.place(pod(`low${i}`, { requests: { cpu: '900m', memory: '500Mi' } }), `node-${i % nodeCount}`)
  }
  const finder = new NodeFinder(world.nominator, Math.random, new SchedulerMetrics(), false)
  const profile = defaultProfile()
  return timed((index) => {
    const info = podInfoOf(pod(`high${index}`, { priority: 10, requests: { cpu: '3', memory: '500Mi' } }))
    const unfit = finder.find(profile, { pod: info, cluster: world.cluster, objects: world.objects })
    if ('node' in unfit) throw new Error('there was room')
    const result = preempt(info, unfit, { args: defaultPreemptionArgs, nominator: world.nominator, random: Math.random, nodes: world.cluster.list() })
    if (!('candidates' in result)) throw new Error(result.message)
    const best = bestCandidate(result.candidates)
    for (const victim of best.victims) world.cluster.remove(victim.key)
    world.cluster.place(info.pod, best.node.name, info)
  })
}

/** Processor milliseconds of this process, which do not depend on who else uses the machine; they are what a free core takes. */
function timed(step: (index: number) => void): [number, number] {
  for (let i = 0; i < warmUp; i++) step(i)
  const before = process.cpuUsage()
  for (let i = 0; i < podCount; i++) step(warmUp + i)
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1000, podCount]
}

function simulatedNodes(labelsOf: (index: number) => Record<string, string>): unknown[] {
  return Array.from({ length: nodeCount }, (_, index) => node(`node-${index}`, labelsOf(index), { allocatable: { cpu: '4', memory: '32Gi' } }))
}
