import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, placed, pod, testCluster } from '../../testing.ts'
import { nodeResourcesBalancedAllocation } from '../node-resources-balanced-allocation/index.ts'
import { defaultFitArgs, nodeResourcesFit } from './index.ts'

const gpu = 'example.com/gpu'
const nodes = [node('a', {}, { allocatable: { cpu: '2', memory: '4Gi', pods: '2', [gpu]: '1', 'ephemeral-storage': '1Gi' } })]

for (const [title, pods, requests, outcome] of [
  ['All that is left may be taken', [placed('x', 'a', { requests: { cpu: '1500m' } })], { cpu: '500m' }, 'a'],
  [
    'All that is short is named',
    [placed('x', 'a', { requests: { cpu: '2', memory: '4Gi' } }), placed('y', 'a')],
    { cpu: '1', memory: '1Gi', 'ephemeral-storage': '2Gi', [gpu]: '2' },
    `0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient ephemeral-storage, 1 Insufficient ${gpu}, 1 Insufficient memory, 1 Too many pods.`,
  ],
  ['A device that others have', [placed('x', 'a', { requests: { [gpu]: '1' } })], { [gpu]: '1' }, `0/1 nodes are available: 1 Insufficient ${gpu}.`],
  ['A pod that asks for nothing fits a full node', [placed('x', 'a', { requests: { cpu: '2' } })], {}, 'a'],
] as [string, any[], any, string][]) {
  test(title, () => {
    const sorted = (text: string) =>
      text
        .split(/[:,.] ?/)
        .sort()
        .join()
    assert.equal(sorted(testCluster({ nodes, pods }).place(pod('p', { requests }))), sorted(outcome))
  })
}

const two = [node('empty', {}, { allocatable: { cpu: '1', memory: '1000Mi' } }), node('half', {}, { allocatable: { cpu: '1', memory: '1000Mi' } })]
const half = [placed('x', 'half', { requests: { cpu: '500m', memory: '500Mi' } })]
const incoming = pod('p', { requests: { cpu: '250m', memory: '250Mi' } })

for (const [type, expected] of [
  ['LeastAllocated', { empty: 75, half: 25 }],
  ['MostAllocated', { empty: 25, half: 75 }],
  ['RequestedToCapacityRatio', { empty: 25, half: 75 }],
] as const) {
  test(`${type} scores by what would be left or taken`, () => {
    const shape = [
      { utilization: 0, score: 0 },
      { utilization: 100, score: 10 },
    ]
    assert.deepEqual(testCluster({ nodes: two, pods: half }).score(nodeResourcesFit({ ...defaultFitArgs, type, shape }), incoming), expected)
  })
}

test('What a pod does to the balance of a node is its score: 75 for nothing; one that asks for nothing is not scored', () => {
  const balanced = nodeResourcesBalancedAllocation()
  const world = testCluster({ nodes: two, pods: [placed('x', 'half', { requests: { cpu: '500m' } })] })
  assert.deepEqual(world.score(balanced, incoming), { empty: 75, half: 75 })
  assert.deepEqual(world.score(balanced, pod('p', { requests: { memory: '500Mi' } })), { empty: 62, half: 87 })
  assert.deepEqual(world.score(balanced, pod('p', { requests: { cpu: '500m' } })), { empty: 62, half: 62 })
  assert.deepEqual(world.score(balanced, pod('p')), { empty: 0, half: 0 })
})

test('Other resources can be balanced, and count where the pod asks for them', () => {
  const world = testCluster({ nodes: [node('n', {}, { allocatable: { cpu: '1', memory: '1000Mi', [gpu]: '4' } })] })
  const balanced = nodeResourcesBalancedAllocation(['cpu', 'memory', gpu])
  assert.deepEqual(world.score(balanced, pod('p', { requests: { cpu: '500m', memory: '500Mi', [gpu]: '2' } })), { n: 75 })
  assert.deepEqual(world.score(balanced, pod('p', { requests: { [gpu]: '4' } })), { n: 51 })
})

const hintOf = (event: string) => nodeResourcesFit().interests!.find((each) => each.event === event)!.hint!
const sized = (allocatable: object) => node('n', {}, { allocatable })
const wants = (requests: object) => pod('p', { requests })

for (const [title, event, pending, after, before, expected] of [
  ['A node that the pod fits when it is empty', 'Node/Add', wants({ cpu: '2' }), sized({ cpu: '2' }), undefined, true],
  ['A node that is too small at its best', 'Node/Add', wants({ cpu: '3' }), sized({ cpu: '2' }), undefined, false],
  ['A node with more of what is asked for', 'Node/UpdateAllocatable', wants({ cpu: '1' }), sized({ cpu: '2' }), sized({ cpu: '1' }), true],
  ['A node with more of something else', 'Node/UpdateAllocatable', wants({ cpu: '1' }), sized({ memory: '9Gi' }), sized({}), false],
  ['A node for more pods', 'Node/UpdateAllocatable', wants({}), sized({ pods: '9' }), sized({ pods: '8' }), true],
  ['Another that gives back what is asked for', 'AssignedPod/ScaleDown', wants({ cpu: '1' }), wants({ cpu: '1' }), wants({ cpu: '2' }), true],
  ['Another that gives back something else', 'AssignedPod/ScaleDown', wants({ memory: '1' }), wants({ cpu: '1' }), wants({ cpu: '2' }), false],
] as [string, string, any, any, any, boolean][]) {
  test(`${title} ${expected ? 'may help' : 'does not help'}`, () => {
    assert.equal(hintOf(event)(pending, after, before), expected)
  })
}
