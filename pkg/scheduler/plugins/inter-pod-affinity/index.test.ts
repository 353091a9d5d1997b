import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, placed, pod, testCluster } from '../../testing.ts'
import { interPodAffinity } from './index.ts'

const term = (app: string, more: object = {}) => ({ topologyKey: 'zone', labelSelector: { matchLabels: { app } }, ...more })
const required = (...terms: object[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms })
const near = (...terms: object[]) => ({ affinity: { podAffinity: required(...terms) } })
const far = (...terms: object[]) => ({ affinity: { podAntiAffinity: required(...terms) } })
const nodes = [node('a1', { zone: 'a' }), node('a2', { zone: 'a' }), node('b1', { zone: 'b' }), node('none')]
const web = { labels: { app: 'web' } }

for (const [title, pods, incoming, fits, objects] of [
  ['Affinity takes the whole domain of a friend', [placed('w', 'a1', web)], pod('p', near(term('web'))), ['a1', 'a2']],
  ['Friends of other namespaces do not count', [placed('w', 'a1', { ...web, namespace: 'other' })], pod('p', near(term('web'))), []],
  ['A term may name namespaces', [placed('w', 'a1', { ...web, namespace: 'other' })], pod('p', near(term('web', { namespaces: ['other'] }))), ['a1', 'a2']],
  [
    'A namespace selector means namespaces by label',
    [placed('w', 'b1', { ...web, namespace: 'other' }), placed('x', 'a1', { ...web, namespace: 'third' })],
    pod('p', near(term('web', { namespaceSelector: { matchLabels: { team: 'x' } } }))),
    ['b1'],
    { namespaces: [{ metadata: { name: 'other', labels: { team: 'x' } } }, { metadata: { name: 'third' } }] },
  ],
  [
    'An empty namespace selector means all',
    [placed('w', 'b1', { ...web, namespace: 'other' })],
    pod('p', near(term('web', { namespaceSelector: {} }))),
    ['b1'],
  ],
  ['The first that wants to be with its own goes anywhere with the label', [], pod('p', { ...web, ...near(term('web')) }), ['a1', 'a2', 'b1']],
  ['The second must follow the first', [placed('w', 'b1', web)], pod('p', { ...web, ...near(term('web')) }), ['b1']],
  [
    'All terms must be met by the same pods',
    [placed('w', 'a1', web), placed('d', 'b1', { labels: { app: 'db' } })],
    pod('p', near(term('web'), term('db'))),
    [],
  ],
  ['Anti-affinity keeps out of the whole domain', [placed('w', 'a1', web)], pod('p', far(term('web'))), ['b1', 'none']],
  ['The anti-affinity of those that stand there counts too', [placed('g', 'a1', far(term('web')))], pod('p', web), ['b1', 'none']],
  ['A guard lets others in', [placed('g', 'a1', far(term('web')))], pod('p', { labels: { app: 'db' } }), ['a1', 'a2', 'b1', 'none']],
] as [string, any[], any, string[], any?][]) {
  test(title, () => {
    assert.deepEqual(testCluster({ nodes, pods, objects }).fits(incoming), fits)
  })
}

test("Refusals are in upstream's words", () => {
  const pods = [placed('w', 'a1', { labels: { app: 'web', tier: 'x' } }), placed('g', 'b1', far(term('p')))]
  const message = testCluster({ nodes, pods }).place(
    pod('p', { labels: { app: 'p' }, affinity: { podAntiAffinity: required(term('web')), podAffinity: required({ topologyKey: 'zone', labelSelector: {} }) } }),
  )
  assert.equal(
    message,
    "0/4 nodes are available: 1 node(s) didn't match pod affinity rules, 1 node(s) didn't satisfy existing pods anti-affinity rules, 2 node(s) didn't match pod anti-affinity rules.",
  )
})

test('Pods that left no longer count', () => {
  const world = testCluster({ nodes, pods: [placed('w', 'a1', web)] })
  world.cluster.remove('n/w')
  assert.deepEqual(world.fits(pod('p', near(term('web')))), [])
  assert.deepEqual(world.fits(pod('p', far(term('web')))), ['a1', 'a2', 'b1', 'none'])
})

test('Preferences draw and repel by weight, of both sides', () => {
  const preferred = (weight: number, app: string) => ({ preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(app) }] })
  const plugin = interPodAffinity()
  const { score } = testCluster({ nodes, pods: [placed('w', 'a1', web), placed('d', 'b1', { labels: { app: 'db' } })] })
  assert.deepEqual(score(plugin, pod('p', { affinity: { podAffinity: preferred(10, 'web') } })), { a1: 100, a2: 100, b1: 0, none: 0 })
  assert.deepEqual(score(plugin, pod('p', { affinity: { podAntiAffinity: preferred(10, 'web') } })), { a1: 0, a2: 0, b1: 100, none: 100 })
  assert.deepEqual(score(plugin, pod('p', { affinity: { podAffinity: preferred(10, 'web'), podAntiAffinity: preferred(10, 'db') } })), {
    a1: 100,
    a2: 100,
    b1: 0,
    none: 50,
  })
  const drawing = testCluster({ nodes, pods: [placed('x', 'b1', { ...near(term('web')) })] })
  assert.equal(drawing.score(plugin, pod('p', web)).b1, 100)
})
