import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { type FakeMachine, fakeMachine } from '../testing/numa-machine.ts'
import { TopologyManager } from '../topology/topology-manager.ts'
import { StaticMemory } from './memory-manager.ts'
import { reservedMemory } from './reserved.ts'

const gi = 2 ** 30
const shape: FakeMachine = { nodes: 2, coresPerNode: 4, memoryBytes: 10 * gi, hugePages: { 'hugepages-2Mi': gi } }
const container = (name: string, memory: string, more: Record<string, string> = {}) => ({
  name,
  resources: { limits: { cpu: '1', memory, ...more }, requests: { cpu: '1', memory, ...more } },
})
const pod = (uid: string, ...sizes: string[]): Pod =>
  ({ metadata: { uid }, spec: { containers: sizes.map((size, index) => container(`c${index}`, size)) } }) as unknown as Pod

function bench(t: TestContext, policy = 'none') {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-memory-'))
  t.after(() => rmSync(root, { recursive: true }))
  const stateFile = join(root, 'memory_manager_state')
  const reserved = new Map([[0, new Map([['memory', gi]])]])
  const build = (nodes = 2): StaticMemory => new StaticMemory({ machine: fakeMachine({ ...shape, nodes }), reserved, stateFile })
  const memory = build()
  const topology = new TopologyManager({ policy, machine: fakeMachine(shape), providers: [memory] })
  const state = () => JSON.parse(readFileSync(stateFile, 'utf8'))
  const free = () =>
    Object.values(state().machineState as Record<string, { memoryMap: { memory: { free: number } } }>).map((node) => node.memoryMap.memory.free / gi)
  return { memory, build, stateFile, state, free, admit: (of: Pod) => topology.admit(of) }
}

test('a Guaranteed container has its memory from one node where one can hold it, and others from any', async (t) => {
  const { memory, admit, free, state } = bench(t)
  assert.deepEqual(free(), [8, 9], 'less what is reserved and what lies in huge pages')
  await admit(pod('one', '6Gi'))
  assert.deepEqual(memory.nodesOf('one', 'c0'), [0])
  await admit(pod('two', '6Gi'))
  assert.deepEqual(memory.nodesOf('two', 'c0'), [1])
  await admit({ ...pod('three', '6Gi'), status: { qosClass: 'Burstable' } } as never)
  assert.equal(memory.nodesOf('three', 'c0'), undefined)
  assert.deepEqual(free(), [2, 3])
  assert.deepEqual(state().entries.one, { c0: [{ numaAffinity: [0], type: 'memory', size: 6 * gi }] })
  assert.deepEqual([state().policyName, state().machineState[0].numberOfAssignments, state().machineState[0].cells], ['Static', 1, [0]])
  memory.release('one')
  assert.deepEqual(free(), [8, 3])
})

test('what no node can hold alone is of a group of nodes, which then takes nobody alone; too much is refused', async (t) => {
  const { memory, admit, free } = bench(t)
  await admit(pod('wide', '12Gi'))
  assert.deepEqual(
    [memory.nodesOf('wide', 'c0'), free()],
    [
      [0, 1],
      [0, 5],
    ],
  )
  await assert.rejects(admit(pod('narrow', '1Gi')), {
    reason: 'UnexpectedAdmissionError',
    message: 'Allocate failed due to [memorymanager] failed to find the default preferred hint, which is unexpected',
  })
  await assert.rejects(admit(pod('huge', '30Gi')), {
    message:
      'Allocate failed due to [memorymanager] failed to get the default NUMA affinity, no NUMA nodes with enough memory is available, which is unexpected',
  })
  assert.equal(memory.holders().length, 1)
})

test('huge pages come from the same node, and init containers leave theirs to those after them', async (t) => {
  const { memory, admit, free, state } = bench(t)
  const own = pod('one', '5Gi')
  const spec = { initContainers: [container('init', '7Gi')], containers: [container('c0', '5Gi', { 'hugepages-2Mi': '512Mi' })] }
  await admit({ ...own, spec } as never)
  assert.deepEqual(memory.nodesOf('one', 'c0'), [0])
  assert.deepEqual(free(), [1, 9])
  assert.deepEqual(state().entries.one.init, [{ numaAffinity: [0], type: 'memory', size: 2 * gi }], 'the rest is now the other’s')
  assert.equal(state().machineState[0].memoryMap['hugepages-2Mi'].free, gi / 2)
})

test('a restarted kubelet knows who has what; another machine’s state, another policy’s and a broken one stop it', async (t) => {
  const { build, admit, stateFile } = bench(t)
  await admit(pod('one', '6Gi'))
  assert.deepEqual(build().nodesOf('one', 'c0'), [0])
  assert.throws(() => build(3), /the expected machine state is different from the real one/)
  const text = readFileSync(stateFile, 'utf8')
  writeFileSync(stateFile, text.replace('"size":', '"size":1'))
  assert.throws(build, /checkpoint is corrupted, please drain this node and delete the memory manager checkpoint file/)
})

test('what is reserved for the system must be as much as the node reserves in all, on nodes that there are', () => {
  const machine = fakeMachine(shape)
  const evictionHard = { 'memory.available': '100Mi' }
  const read = (reserved: object[], systemReserved = { memory: '1Gi' }) =>
    reservedMemory({ reservedMemory: reserved as never, systemReserved, evictionHard }, machine)
  assert.deepEqual(
    [
      ...read([
        { numaNode: 1, limits: { memory: '1Gi' } },
        { numaNode: 0, limits: { memory: '100Mi' } },
      ]),
    ].map(([id, of]) => [id, of.get('memory')]),
    [
      [0, 100 * 2 ** 20],
      [1, gi],
    ],
  )
  for (const [given, message] of [
    [
      [{ numaNode: 0, limits: { memory: '1Gi' } }],
      'the total amount "1Gi" of type "memory" is not equal to the value "1124Mi" determined by Node Allocatable feature',
    ],
    [[{ numaNode: 7, limits: { memory: '1Gi' } }], 'the reserved memory configuration references a NUMA node 7 that does not exist on this machine'],
    [[], 'the total amount "0" of type "memory" is not equal to the value "1124Mi" determined by Node Allocatable feature'],
  ] as const) {
    assert.throws(() => read([...given]), { message })
  }
})
