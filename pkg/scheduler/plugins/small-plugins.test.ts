/** The plugins of a few lines, in one table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, placed, pod, testCluster, type World } from '../testing.ts'
import { imageLocality } from './image-locality/index.ts'
import { nodeAffinity } from './node-affinity/index.ts'
import { taintToleration } from './taint-toleration/index.ts'

const taint = (effect: string, value = 'v') => ({ spec: { taints: [{ key: 'k', value, effect }] } })
const affinity = (...terms: object[]) => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } } })
const named = (...values: string[]) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values }] })
const label = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] })
const port = (hostPort: number, more: object = {}) => ({ containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 1, hostPort, ...more }] }] })
const nodes = [node('a', { gen: '3' }), node('b', { disk: 'ssd' })]
const restartsAll = {
  containers: [{ name: 'c', image: 'i', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers' }] }],
}
const declares = (...declaredFeatures: string[]) => ({ status: { declaredFeatures } })
const claim = { metadata: { namespace: 'n', name: 'c' }, spec: { volumeName: 'v' } }
const usesClaim = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }

for (const [title, world, spec, expected] of [
  ['A NoSchedule taint keeps out', { nodes: [node('a', {}, taint('NoSchedule')), node('b')] }, {}, ['b']],
  ['A NoExecute taint too', { nodes: [node('a', {}, taint('NoExecute')), node('b')] }, {}, ['b']],
  ['Unless it is tolerated', { nodes: [node('a', {}, taint('NoSchedule'))] }, { tolerations: [{ key: 'k', value: 'v' }] }, ['a']],
  ['Another value is not tolerated', { nodes: [node('a', {}, taint('NoSchedule', 'w'))] }, { tolerations: [{ key: 'k', value: 'v' }] }, []],
  ['Exists without a key tolerates all', { nodes: [node('a', {}, taint('NoExecute', 'w'))] }, { tolerations: [{ operator: 'Exists' }] }, ['a']],
  ['A cordoned node takes nobody', { nodes: [node('a', {}, { spec: { unschedulable: true } }), node('b')] }, {}, ['b']],
  ['A node selector', { nodes }, { nodeSelector: { disk: 'ssd' } }, ['b']],
  ['Terms are alternatives', { nodes }, affinity(label('disk', 'Exists'), label('gen', 'Gt', '2')), ['a', 'b']],
  ['Lt compares numbers', { nodes }, affinity(label('gen', 'Lt', '3')), []],
  ['NotIn holds where the label is missing', { nodes }, affinity(label('disk', 'NotIn', 'ssd')), ['a']],
  ['An empty term matches nothing', { nodes }, affinity({}), []],
  ['A term may name the node', { nodes }, affinity(named('b')), ['b']],
  [
    'What a node does not declare is not asked of it',
    { nodes: [node('a'), node('b', {}, declares('RestartAllContainersOnContainerExits')), node('c', {}, declares('Other'))] },
    restartsAll,
    ['b'],
  ],
  ['A host port that is taken', { nodes, pods: [placed('x', 'a', port(80))] }, port(80), ['b']],
  ['Another protocol is another port', { nodes, pods: [placed('x', 'a', port(80))] }, port(80, { protocol: 'UDP' }), ['a', 'b']],
  ['Two addresses do not meet', { nodes, pods: [placed('x', 'a', port(80, { hostIP: '10.0.0.1' }))] }, port(80, { hostIP: '10.0.0.2' }), ['a', 'b']],
  ['A volume stays in its zone', zoned('z'), usesClaim, ['z1']],
  ['A volume may be in several zones', zoned('z__y'), usesClaim, ['z1', 'y1']],
  [
    'A driver attaches so many volumes and no more',
    {
      nodes,
      pods: [placed('x', 'a', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'd' } }] })],
      objects: {
        claims: [bound('c', 'v'), bound('d', 'w')],
        volumes: ['v', 'w'].map((name) => ({ metadata: { name }, spec: { csi: { driver: 'x', volumeHandle: name } } })),
        csiNodes: ['a', 'b'].map((name) => ({ metadata: { name }, spec: { drivers: [{ name: 'x', allocatable: { count: 1 } }] } })),
      },
    },
    usesClaim,
    ['b'],
  ],
] as [string, World, any, string[]][]) {
  test(title, () => {
    assert.deepEqual(testCluster(world).fits(pod('p', spec)), expected)
  })
}

function bound(name: string, volumeName: string) {
  return { metadata: { namespace: 'n', name, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, spec: { volumeName } }
}

function zoned(value: string): World {
  const zone = 'topology.kubernetes.io/zone'
  const claims = [{ ...claim, metadata: { ...claim.metadata, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } } }]
  return {
    nodes: ['z', 'y', 'x'].map((each) => node(`${each}1`, { [zone]: each })),
    objects: { claims, volumes: [{ metadata: { name: 'v', labels: { [zone]: value } }, spec: {} }] },
  }
}

test('Nodes that no term can mean are counted as such', () => {
  const message = testCluster({ nodes: [node('a', {}, { spec: { unschedulable: true } }), node('b'), node('c')] }).place(pod('p', affinity(named('a'))))
  assert.equal(message, "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].")
})

test('A pod that asks for what no node declares hears so', () => {
  const message = testCluster({ nodes: [node('a'), node('b')] }).place(pod('p', restartsAll))
  assert.equal(message, "0/2 nodes are available: 2 node(s) didn't match Pod's required features.")
})

test('Soft taints, preferences and images order the nodes', () => {
  const soft = [node('a', {}, taint('PreferNoSchedule')), node('b')]
  assert.deepEqual(testCluster({ nodes: soft }).score(taintToleration, pod('p')), { a: 0, b: 100 })
  const preferred = { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference: label('disk', 'Exists') }] } } }
  assert.deepEqual(testCluster({ nodes }).score(nodeAffinity(), pod('p', preferred)), { a: 0, b: 100 })
  const image = { status: { images: [{ names: ['i:latest'], sizeBytes: 2_000_000_000 }] } }
  assert.deepEqual(testCluster({ nodes: [node('a', {}, image), node('b')] }).score(imageLocality, pod('p')), { a: 95, b: 0 })
})
