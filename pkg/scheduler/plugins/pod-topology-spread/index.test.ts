import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, placed, pod, testCluster } from '../../testing.ts'
import { podTopologySpread } from './index.ts'

const labels = { app: 'web' }
const spread = (more: object = {}) => ({ topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels }, ...more })
const web = (...constraints: object[]) => pod('p', { labels, topologySpreadConstraints: constraints })
const nodes = [node('a', { zone: 'a' }), node('b', { zone: 'b' }), node('c', { zone: 'c' })]
const on = (...places: string[]) => places.map((name, index) => placed(`w${index}`, name, { labels }))

for (const [title, world, incoming, fits] of [
  ['The emptiest domains only', { nodes, pods: on('a', 'a', 'b') }, web(spread()), ['c']],
  ['maxSkew gives room', { nodes, pods: on('a', 'a', 'b') }, web(spread({ maxSkew: 2 })), ['b', 'c']],
  ['Pods of other namespaces do not count', { nodes, pods: [placed('w', 'a', { labels, namespace: 'other' })] }, web(spread()), ['a', 'b', 'c']],
  ['Pods that end do not count', { nodes, pods: [placed('w', 'a', { labels, metadata: { deletionTimestamp: 'now' } })] }, web(spread()), ['a', 'b', 'c']],
  ['A pod that is not meant itself adds nothing', { nodes, pods: on('a') }, pod('p', { topologySpreadConstraints: [spread()] }), ['a', 'b', 'c']],
  ['With fewer domains than minDomains the least is nought', { nodes: nodes.slice(0, 2), pods: on('a', 'b') }, web(spread({ minDomains: 3 })), []],
  ['With enough domains minDomains changes nothing', { nodes, pods: on('a', 'b', 'c') }, web(spread({ minDomains: 3 })), ['a', 'b', 'c']],
  [
    'Domains that the pod cannot reach do not count',
    { nodes, pods: on('a') },
    pod('p', { labels, nodeSelector: { zone: 'a' }, topologySpreadConstraints: [spread()] }),
    ['a'],
  ],
  [
    'nodeAffinityPolicy Ignore counts them',
    { nodes, pods: on('a') },
    pod('p', { labels, nodeSelector: { zone: 'a' }, topologySpreadConstraints: [spread({ nodeAffinityPolicy: 'Ignore' })] }),
    [],
  ],
  ['Tainted nodes count by default', { nodes: [...nodes.slice(0, 1), tainted()], pods: on('a') }, web(spread()), []],
  ['nodeTaintsPolicy Honor leaves them out', { nodes: [...nodes.slice(0, 1), tainted()], pods: on('a') }, web(spread({ nodeTaintsPolicy: 'Honor' })), ['a']],
  [
    'matchLabelKeys tell revisions apart',
    { nodes, pods: [placed('w', 'a', { labels: { ...labels, hash: '1' } })] },
    pod('p', { labels: { ...labels, hash: '2' }, topologySpreadConstraints: [spread({ matchLabelKeys: ['hash'] })] }),
    ['a', 'b', 'c'],
  ],
  ['Every constraint must hold', { nodes, pods: on('a', 'b') }, web(spread(), spread({ topologyKey: 'kubernetes.io/hostname' })), ['c']],
] as [string, any, any, string[]][]) {
  test(title, () => {
    assert.deepEqual(testCluster(world).fits(incoming), fits)
  })
}

function tainted() {
  return node('t', { zone: 't' }, { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } })
}

test("Refusals are in upstream's words", () => {
  const message = testCluster({ nodes: [...nodes.slice(0, 2), node('none')], pods: on('a', 'b') }).place(web(spread({ minDomains: 3 })))
  assert.equal(
    message,
    "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label), 2 node(s) didn't match pod topology spread constraints.",
  )
})

test('A wish orders the nodes and refuses none', () => {
  const incoming = web(spread({ whenUnsatisfiable: 'ScheduleAnyway' }))
  const world = testCluster({ nodes: [...nodes, node('none')], pods: on('a', 'a', 'b') })
  const scores = world.score(podTopologySpread(), incoming)
  assert.ok(scores.c! > scores.b! && scores.b! > scores.a!)
  assert.equal(scores.none, 0)
  assert.deepEqual(world.fits(incoming), ['a', 'b', 'c', 'none'])
})

test('Pods of a Service are spread without asking', () => {
  const objects = { services: [{ metadata: { namespace: 'n', name: 's' }, spec: { selector: labels } }] }
  const scores = testCluster({ nodes, pods: on('a'), objects }).score(podTopologySpread(), pod('p', { labels }))
  assert.ok(scores.b! > scores.a!)
  const apart = testCluster({ nodes, pods: on('a') }).score(podTopologySpread(), pod('p', { labels }))
  assert.deepEqual(apart, { a: 0, b: 0, c: 0 })
})
