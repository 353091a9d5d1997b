import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { MetricSet } from '#base/metric-set.ts'
import { StaticCpus } from '../cpus/cpu-manager.ts'
import { deviceHints } from '../devices/hints.ts'
import { StaticMemory } from '../memory/memory-manager.ts'
import { type FakeMachine, fakeMachine } from '../testing/numa-machine.ts'
import { numaMachine } from './machine.ts'
import { merge } from './merge.ts'
import { topologyMetrics } from '../metrics/topology-metrics.ts'
import { combinations, idsOf, isNarrower } from './numa-set.ts'
import { topologyPolicies } from './policies.ts'
import { TopologyManager } from './topology-manager.ts'
import type { Hint, Hints } from './types.ts'

const two = { nodes: fakeMachine({ nodes: 2, coresPerNode: 2 }).nodes, preferClosest: false }
const hint = (nodes: number | undefined, preferred = true): Hint => ({ nodes, preferred })
/** Node 0, node 1, both. */
const [zero, one, both] = [0b01, 0b10, 0b11]

test('sets of nodes are ordered by size, then by the lowest nodes', () => {
  assert.deepEqual(combinations([0, 1, 2]).map(idsOf), [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]])
  assert.deepEqual([isNarrower(one, both), isNarrower(zero, one), isNarrower(both, one)], [true, true, false])
})

test('hints are merged to the narrowest place that all prefer', () => {
  for (const [lists, expected, why] of [
    [[], hint(both), 'nobody cares'],
    [[[hint(zero), hint(one)], [hint(one)]], hint(one), 'the only one in common'],
    [
      [
        [hint(zero), hint(one)],
        [hint(zero), hint(one)],
      ],
      hint(zero),
      'the lowest',
    ],
    [[[hint(zero)], [hint(one)]], hint(both, false), 'none in common'],
    [
      [
        [hint(zero), hint(both, false)],
        [hint(one), hint(both, false)],
      ],
      hint(zero, false),
      'one has to give way',
    ],
    [[[hint(both)], [hint(zero)]], hint(zero, false), 'preferred only where all name the same'],
    [[[hint(undefined, false)], [hint(one)]], hint(one, false), 'one cannot be had at all'],
  ] as const) {
    assert.deepEqual(merge(lists, two), expected, why)
  }
})

test('what needs two nodes is not squeezed into one for another that needs one', () => {
  const four = { nodes: fakeMachine({ nodes: 4, coresPerNode: 2 }).nodes, preferClosest: false }
  const wide = [hint(0b0011, false), hint(0b0110, false)]
  assert.deepEqual(merge([wide, [hint(0b0001, false), hint(0b0011, false)]], four), hint(0b0011, false))
})

test('of sets of one size the closest nodes are taken, where that is asked for', () => {
  const nodes = fakeMachine({ nodes: 3, coresPerNode: 1, distance: (a, b) => (a === b ? 10 : a + b === 3 ? 11 : 30) }).nodes
  const lists = [[hint(0b011), hint(0b101), hint(0b110)]]
  assert.equal(merge(lists, { nodes, preferClosest: false }).nodes, 0b011)
  assert.equal(merge(lists, { nodes, preferClosest: true }).nodes, 0b110)
})

test('each policy admits what upstream admits', () => {
  const cpu = (...list: Hint[]): Hints => new Map([['cpu', list]])
  const device = (...list: Hint[]): Hints => new Map([['example.com/thing', list]])
  const aligned = [cpu(hint(zero), hint(one), hint(both, false)), device(hint(one), hint(both, false))]
  const apart = [cpu(hint(zero), hint(both, false)), device(hint(one), hint(both, false))]
  const wide = [cpu(hint(both)), device(hint(both))]
  const nobody = [new Map(), new Map()]
  for (const [policy, expected] of [
    ['none', [true, true, true, true]],
    ['best-effort', [true, true, true, true]],
    ['restricted', [true, false, true, true]],
    ['single-numa-node', [true, false, false, true]],
  ] as const) {
    assert.deepEqual(
      [aligned, apart, wide, nobody].map((hints) => topologyPolicies[policy]!(hints, two).admitted),
      expected,
      policy,
    )
  }
  assert.equal(topologyPolicies['single-numa-node']!(aligned, two).hint.nodes, one)
  assert.equal(topologyPolicies['single-numa-node']!(nobody, two).hint.nodes, undefined)
})

test('devices hint at the nodes that they are on', () => {
  const nodesOf = (id: string) => (id === 'a' ? [0] : id === 'b' ? [1] : [])
  const about = { nodes: [0, 1], all: ['a', 'b', 'x'], nodesOf, reusable: new Set<string>() }
  assert.deepEqual(deviceHints({ ...about, available: new Set(['a', 'b', 'x']), count: 1 }), [hint(zero), hint(one), hint(both, false)])
  assert.deepEqual(deviceHints({ ...about, available: new Set(['b']), count: 1 }), [hint(one), hint(both, false)])
  assert.deepEqual(deviceHints({ ...about, available: new Set(['a', 'b']), count: 2 }), [hint(both)])
})

const gi = 2 ** 30
const shape: FakeMachine = { nodes: 2, coresPerNode: 4, memoryBytes: 10 * gi }
const container = (name: string, cpu: string, memory: string) => ({ name, resources: { limits: { cpu, memory }, requests: { cpu, memory } } })
const pod = (uid: string, ...containers: readonly [cpu: string, memory: string][]): Pod =>
  ({ metadata: { uid }, spec: { containers: containers.map(([cpu, memory], index) => container(`c${index}`, cpu, memory)) } }) as unknown as Pod

function bench(t: TestContext, policy: string, scope = 'container') {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-topology-'))
  t.after(() => rmSync(root, { recursive: true }))
  const machine = fakeMachine(shape)
  const set = new MetricSet()
  const metrics = topologyMetrics(set)
  const cpus = new StaticCpus({ machine, reserved: [0], stateFile: join(root, 'cpu'), metrics, onShared() {} })
  const memory = new StaticMemory({ machine, reserved: new Map([[0, new Map([['memory', gi]])]]), stateFile: join(root, 'memory'), metrics })
  const known = new Set<string>()
  const topology = new TopologyManager({ policy, scope, machine, providers: [cpus, memory], known: () => known, metrics })
  const admit = async (of: Pod) => {
    await topology.admit(of)
    known.add(of.metadata.uid)
  }
  const where = (uid: string, name = 'c0') => [cpus.of(uid, name).cpuSet, memory.nodesOf(uid, name)]
  /** Samples of /metrics by their name and labels. */
  const sample = (name: string) =>
    Number(
      set
        .text()
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    )
  return { admit, where, known, cpus, memory, sample }
}

test('CPUs and memory come from one node; what would lie on two is refused, and leaves nothing behind', async (t) => {
  const { admit, where, cpus, memory, sample } = bench(t, 'single-numa-node')
  await admit(pod('one', ['4', '2Gi']))
  assert.deepEqual(where('one'), ['4-7', [1]], 'node 0 has only three CPUs left to give')
  await admit(pod('two', ['2', '8Gi']))
  assert.deepEqual(where('two'), ['1-2', [0]])
  await assert.rejects(admit(pod('three', ['1', '1Gi'], ['1', '1Gi'])), {
    reason: 'TopologyAffinityError',
    message: 'Resources cannot be allocated with Topology locality',
  })
  assert.deepEqual(
    [cpus.holders(), memory.holders()],
    [['two', 'one'].sort(), ['two', 'one'].sort()].map((list) => list.sort()),
  )
  assert.deepEqual(
    [
      sample('kubelet_topology_manager_admission_requests_total'),
      sample('kubelet_topology_manager_admission_errors_total'),
      sample('kubelet_container_aligned_compute_resources_count{boundary="numa_node",scope="container"}'),
      sample('kubelet_cpu_manager_exclusive_cpu_allocation_count'),
      sample('kubelet_cpu_manager_allocation_per_numa{numa_node="0"}'),
      sample('kubelet_memory_manager_pinning_requests_total'),
    ],
    [3, 1, 3, 6, 2, 3],
  )
})

test('the scope pod puts all containers of a pod on the same node', async (t) => {
  const inside = bench(t, 'single-numa-node', 'pod')
  await inside.admit(pod('one', ['2', '1Gi'], ['2', '1Gi']))
  assert.deepEqual(
    [inside.where('one', 'c0'), inside.where('one', 'c1')],
    [
      ['4-5', [1]],
      ['6-7', [1]],
    ],
  )
  await assert.rejects(inside.admit(pod('two', ['2', '1Gi'], ['2', '1Gi'])), { reason: 'TopologyAffinityError' })
  const apart = bench(t, 'single-numa-node')
  await apart.admit(pod('one', ['3', '1Gi'], ['3', '1Gi']))
  assert.deepEqual([apart.where('one', 'c0')[1], apart.where('one', 'c1')[1]], [[0], [1]])
})

test('best-effort takes what there is; pods that are gone give theirs back at the next admission', async (t) => {
  const { admit, where, known } = bench(t, 'best-effort')
  await admit(pod('one', ['5', '1Gi']))
  assert.equal(where('one')[0], '1,4-7')
  known.delete('one')
  await admit(pod('two', ['4', '1Gi']))
  assert.deepEqual(where('two'), ['4-7', [1]])
})

test('a machine of too many nodes, and wrong options, stop the kubelet', () => {
  const machine = fakeMachine({ nodes: 9, coresPerNode: 1 })
  const build = (policyOptions: Record<string, string>) => () => new TopologyManager({ policy: 'restricted', policyOptions, machine, providers: [] })
  assert.throws(build({}), { message: 'unsupported on machines with more than 8 NUMA Nodes' })
  build({ 'max-allowable-numa-nodes': '10' })()
  assert.throws(build({ 'max-allowable-numa-nodes': '5' }), { message: 'the minimum value of "max-allowable-numa-nodes" should not be less than 8' })
  assert.throws(build({ nonsense: '1' }), { message: 'unknown Topology Manager Policy option: "nonsense"' })
})

test('the machine is read from sysfs, and one that tells of no nodes is one node', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-sysfs-'))
  t.after(() => rmSync(root, { recursive: true }))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write('cpu/online', '0-3\n')
  assert.deepEqual(
    numaMachine(gi, root).nodes.map(({ id, memoryBytes }) => [id, memoryBytes]),
    [[0, gi]],
  )
  for (const [node, list] of [
    [0, '0,2'],
    [1, '1,3'],
  ] as const) {
    write(`node/node${node}/cpulist`, `${list}\n`)
    write(`node/node${node}/meminfo`, `Node ${node} MemTotal:       1048576 kB\n`)
    write(`node/node${node}/distance`, node === 0 ? '10 21\n' : '21 10\n')
    write(`node/node${node}/hugepages/hugepages-2048kB/nr_hugepages`, '4\n')
  }
  for (const cpu of [0, 1, 2, 3]) write(`cpu/cpu${cpu}/topology/thread_siblings_list`, cpu % 2 === 0 ? '0,2' : '1,3')
  const machine = numaMachine(gi, root)
  assert.deepEqual(
    machine.cpus.map(({ node, core }) => [node, core]),
    [
      [0, 0],
      [1, 1],
      [0, 0],
      [1, 1],
    ],
  )
  assert.deepEqual(machine.nodes[1], {
    id: 1,
    memoryBytes: gi,
    hugePages: { 'hugepages-2Mi': 8 * 2 ** 20 },
    distances: new Map([
      [0, 21],
      [1, 10],
    ]),
  })
})
