import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeFinder, type Unfit } from '../../framework/find-node.ts'
import { defaultProfile } from '../../profile.ts'
import { node, placed, pod, testCluster, type World } from '../../testing.ts'
import { bestCandidate } from './candidate.ts'
import { defaultPreemptionArgs, preempt } from './index.ts'

const high = (more: object = {}) => pod('high', { priority: 100, requests: { cpu: '4' }, ...more })
const low = (name: string, on: string, more: object = {}) => placed(name, on, { requests: { cpu: '4' }, ...more })

function outcome(world: World, incoming: any): { node: string; victims: string[] } | string {
  const { cycle, cluster, nominator } = testCluster(world)
  const before = JSON.stringify(cluster.list().map(({ usedCpu, pods }) => [usedCpu, [...pods.keys()].sort()]))
  const unfit = new NodeFinder(nominator, () => 0).find(defaultProfile(), cycle(incoming)) as Unfit
  const result = preempt(cycle(incoming).pod, unfit, { args: defaultPreemptionArgs, nominator, random: () => 0, nodes: cluster.list() })
  assert.equal(JSON.stringify(cluster.list().map(({ usedCpu, pods }) => [usedCpu, [...pods.keys()].sort()])), before, 'nothing is left supposed')
  if ('message' in result) return result.message
  const best = bestCandidate(result.candidates)
  return { node: best.node.name, victims: best.victims.map(({ pod: { metadata } }) => metadata.name) }
}

const nodes = [node('a'), node('b')]
const budget = (selected: string, disruptionsAllowed: number) => ({
  metadata: { namespace: 'n', name: selected },
  spec: { selector: { matchLabels: { app: selected } } },
  status: { disruptionsAllowed },
})

for (const [title, world, incoming, expected] of [
  ['The less important goes', { nodes, pods: [low('x', 'a', { priority: 50 }), low('y', 'b', { priority: 10 })] }, high(), { node: 'b', victims: ['y'] }],
  [
    'Equals are not touched',
    { nodes, pods: [low('x', 'a', { priority: 100 }), low('y', 'b', { priority: 100 })] },
    high(),
    '0/2 nodes are available: 2 No preemption victims found for incoming pod.',
  ],
  [
    'Only as many go as must, the least important first',
    { nodes: [node('a')], pods: [low('x', 'a', { priority: 3, requests: { cpu: '2' } }), low('y', 'a', { priority: 1, requests: { cpu: '2' } })] },
    high({ requests: { cpu: '2' } }),
    { node: 'a', victims: ['y'] },
  ],
  [
    'A budget is kept where another node will do',
    { nodes, pods: [low('x', 'a', { labels: { app: 'guarded' } }), low('y', 'b', { priority: 5 })], objects: { budgets: [budget('guarded', 0)] } },
    high(),
    { node: 'b', victims: ['y'] },
  ],
  [
    'A budget is broken where nothing else will do',
    { nodes: [node('a')], pods: [low('x', 'a', { labels: { app: 'guarded' } })], objects: { budgets: [budget('guarded', 0)] } },
    high(),
    { node: 'a', victims: ['x'] },
  ],
  [
    'Fewer victims are better among equal sums',
    { nodes, pods: [low('x', 'a', { requests: { cpu: '2' } }), low('y', 'a', { requests: { cpu: '2' } }), low('z', 'b')] },
    high(),
    { node: 'b', victims: ['z'] },
  ],
  [
    'Of equal nodes the one whose victim started last',
    { nodes, pods: [low('x', 'a', { status: { startTime: '2026-01-01T00:00:00Z' } }), low('y', 'b', { status: { startTime: '2026-01-02T00:00:00Z' } })] },
    high(),
    { node: 'b', victims: ['y'] },
  ],
  ['A pod may renounce', { nodes, pods: [low('x', 'a'), low('y', 'b')] }, high({ preemptionPolicy: 'Never' }), 'not eligible due to preemptionPolicy=Never.'],
  [
    'While victims end, no more are sought',
    {
      nodes,
      pods: [
        low('x', 'a', {
          metadata: { deletionTimestamp: 'soon' },
          status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] },
        }),
        low('y', 'b'),
      ],
    },
    high({ status: { nominatedNodeName: 'a' } }),
    'not eligible due to a terminating pod on the nominated node.',
  ],
  [
    'Nodes that are too small or closed are no help',
    {
      nodes: [node('a', {}, { allocatable: { cpu: '1' } }), node('b', {}, { spec: { unschedulable: true } })],
      pods: [low('x', 'a', { requests: { cpu: '1' } })],
    },
    high(),
    '0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  ],
  [
    'Anti-affinity of a less important pod gives way',
    {
      nodes: [node('a')],
      pods: [
        placed('guard', 'a', {
          affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: {} }] } },
        }),
      ],
    },
    high({ requests: {} }),
    { node: 'a', victims: ['guard'] },
  ],
  [
    'A pod that fills a topology domain gives way',
    { nodes: [node('a', { zone: 'a' }), node('b', { zone: 'b' }, { spec: { unschedulable: true } })], pods: [placed('w', 'a', { labels: { app: 'w' } })] },
    high({
      requests: {},
      labels: { app: 'w' },
      topologySpreadConstraints: [{ topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'w' } } }],
    }),
    { node: 'a', victims: ['w'] },
  ],
] as [string, World, any, unknown][]) {
  test(title, () => {
    assert.deepEqual(outcome(world, incoming), expected)
  })
}

test('A node promised to a more important pod is not given away', () => {
  const world = testCluster({ nodes: [node('a')] })
  world.nominator.set(world.cycle(high()).pod, 'a')
  assert.match(world.place(pod('p', { priority: 1, requests: { cpu: '1' } })), /1 Insufficient cpu/)
  assert.equal(world.place(pod('q', { priority: 200, requests: { cpu: '1' } })), 'a')
})

test('What ending pods would bring is kept for pods of the same kind until the node changes', () => {
  const world = testCluster({ nodes: [node('a')], pods: [low('x', 'a')] })
  const [there] = world.cluster.list()
  const finder = new NodeFinder(world.nominator, () => 0)
  const ask = (incoming: any) => {
    const { pod: info, ...rest } = world.cycle(incoming)
    const unfit = finder.find(defaultProfile(), { pod: info, ...rest }) as Unfit
    const result = preempt(info, unfit, { args: defaultPreemptionArgs, nominator: world.nominator, random: () => 0, nodes: world.cluster.list() })
    return 'candidates' in result ? result.candidates[0]! : result.message
  }
  const first = ask(high())
  assert.equal(ask({ ...high(), metadata: { namespace: 'n', name: 'other', uid: 'other' } }), first)
  assert.notEqual(ask(high({ priority: 99 })), first)
  world.cluster.place(low('y', 'a', { requests: { cpu: '1' }, priority: 200 }), 'a')
  assert.equal(ask(high()), '0/1 nodes are available: 1 Insufficient cpu.')
  world.cluster.remove('n/y')
  assert.deepEqual(
    (ask(high()) as any).victims.map(({ key }: any) => key),
    ['n/x'],
  )
  assert.equal(there!.pods.size, 1)
})
