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

test('Balanced use scores best, and a pod that asks for nothing is not scored', () => {
  const world = testCluster({ nodes: two, pods: [placed('x', 'half', { requests: { cpu: '500m' } })] })
  assert.deepEqual(world.score(nodeResourcesBalancedAllocation, incoming), { empty: 100, half: 75 })
  assert.deepEqual(world.score(nodeResourcesBalancedAllocation, pod('p')), { empty: 0, half: 0 })
})
