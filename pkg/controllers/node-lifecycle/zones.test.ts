import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '#api/gen/core/v1.ts'
import { events, leases, nodes } from '#api/gen/resources.ts'
import { rfc3339 } from '#base/clock.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { nodeLifecycleController } from './index.ts'
import { Zones, zoneOf } from './zones.ts'

const node = (name: string, zone: string, ready: string, labels: object = {}): Node =>
  ({
    metadata: { name, labels: { 'topology.kubernetes.io/zone': zone, ...labels } },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: ready, lastHeartbeatTime: '2026-01-01T00:00:00Z' }] },
  }) as unknown as Node

for (const { name, well, ill, state, rate } of [
  { name: 'some are silent', well: 4, ill: 2, state: 'Normal', rate: 10_000 },
  { name: 'two of two, with another zone well', well: 0, ill: 2, state: 'FullDisruption', rate: 10_000 },
  { name: 'two of three are too few to judge', well: 1, ill: 2, state: 'Normal', rate: 10_000 },
  { name: 'more than 55 % of a small zone', well: 2, ill: 3, state: 'PartialDisruption', rate: Number.POSITIVE_INFINITY },
  { name: 'more than 55 % of a large zone', well: 20, ill: 31, state: 'PartialDisruption', rate: 100_000 },
])
  test(`Zone: ${name}`, () => {
    const zones = new Zones(new FakeClock())
    zones.note('elsewhere', node('elsewhere', 'b', 'True'))
    for (let index = 0; index < well; index++) zones.note(`well-${index}`, node(`well-${index}`, 'a', 'True'))
    for (let index = 0; index < ill; index++) zones.note(`ill-${index}`, node(`ill-${index}`, 'a', 'Unknown'))
    const one = node('ill-0', 'a', 'Unknown')
    assert.equal(zones.stateOf(one), state)
    if (Number.isFinite(rate)) assert.equal(zones.waitMs(one), 0)
    assert.equal(zones.waitMs(one), rate)
  })

test('Where no node of any zone is ready nobody is emptied; nodes that ask not to count do not', () => {
  const zones = new Zones(new FakeClock())
  zones.note('a', node('a', 'a', 'False'))
  zones.note('b', node('b', 'b', 'Unknown'))
  zones.note('c', node('c', 'b', 'True', { 'node.kubernetes.io/exclude-disruption': '' }))
  assert.equal(zones.allDisrupted, true)
  assert.equal(zones.waitMs(node('a', 'a', 'False')), Number.POSITIVE_INFINITY)
  assert.equal(zones.note('b', node('b', 'b', 'True')), true)
  assert.equal(zones.allDisrupted, false)
  zones.note('b', undefined)
  assert.equal(zones.allDisrupted, true)
})

test('A zone is known by the labels of old and new', () => {
  const of = (labels: Record<string, string>) => zoneOf({ metadata: { name: 'n', labels } } as unknown as Node)
  assert.equal(of({ 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': 'z' }), 'r:z')
  assert.equal(of({ 'failure-domain.beta.kubernetes.io/region': 'r', 'failure-domain.beta.kubernetes.io/zone': 'z' }), 'r:z')
})

function start(t: { after(fn: () => unknown): void }) {
  const it = testControllers(t, { controllers: [nodeLifecycleController({ rootCa: '' })] })
  const evicting = () =>
    it.client
      .all(nodes)
      .filter(({ spec }) => spec?.taints?.some(({ effect }) => effect === 'NoExecute'))
      .map(({ metadata }) => metadata.name)
  const renew = async (...names: string[]) => {
    for (const name of names)
      await it.client.patch(leases, { namespace: 'kube-node-lease', name }, { spec: { renewTime: rfc3339(it.clock.now()) } }, { type: 'apply' })
  }
  return { ...it, evicting, renew }
}

test('Nodes that fall silent together begin to be emptied one in ten seconds', async (t) => {
  const { client, settled, advance, evicting, renew } = start(t)
  const well = ['w1', 'w2', 'w3', 'w4', 'w5']
  client.seed(nodes, ...well.map((name) => node(name, 'a', 'True')), ...['s1', 's2', 's3'].map((name) => node(name, 'a', 'True')))
  await settled()
  const seen: number[] = []
  for (let seconds = 0; seconds < 80; seconds += 5) {
    await renew(...well)
    await advance(5_000)
    seen.push(evicting().length)
  }
  assert.deepEqual([...new Set(seen)], [0, 1, 2, 3])
  assert.deepEqual(evicting(), ['s1', 's2', 's3'])
})

test('When the last zone falls silent nodes stop being emptied, and all are forgiven when one comes back', async (t) => {
  const { client, settled, advance, evicting, renew } = start(t)
  client.seed(nodes, node('a', 'a', 'True'), node('b', 'b', 'True'))
  await settled()
  for (let seconds = 0; seconds < 60; seconds += 10) {
    await renew('b')
    await advance(10_000)
  }
  assert.deepEqual(evicting(), ['a'])
  await advance(60_000)
  assert.deepEqual(evicting(), [])
  const current = await client.get(nodes, { name: 'b' })
  const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:09:00Z' }]
  await client.update(nodes, { ...current, status: { ...current.status, conditions } } as any, { subresource: 'status' })
  await settled()
  assert.deepEqual(evicting(), ['a'], 'still unknown')
})

test('Nodes are registered and removed with Events, and get the labels of older versions', async (t) => {
  const { client, settled } = start(t)
  client.seed(nodes, node('a', 'a', 'True', { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' }))
  await settled()
  const { labels = {} } = client.peek(nodes, undefined, 'a')!.metadata
  assert.deepEqual([labels['beta.kubernetes.io/os'], labels['beta.kubernetes.io/arch']], ['linux', 'amd64'])
  await client.delete(nodes, { name: 'a' })
  await settled()
  assert.deepEqual(
    client.all(events).map(({ reason, message }) => `${reason}: ${message}`),
    ['RegisteredNode: Node a event: Registered Node a in Controller', 'RemovingNode: Node a event: Removing Node a from Controller'],
  )
})

test('A node that never says anything is waited for sixty seconds', async (t) => {
  const { client, settled, advance } = start(t)
  client.seed(nodes, { metadata: { name: 'mute' } })
  await settled()
  await advance(55_000)
  assert.equal(client.peek(nodes, undefined, 'mute')?.status?.conditions?.length ?? 0, 0)
  await advance(6_000)
  const [ready] = client.peek(nodes, undefined, 'mute')!.status!.conditions!
  assert.deepEqual([ready?.status, ready?.reason, ready?.message], ['Unknown', 'NodeStatusNeverUpdated', 'Kubelet never posted node status.'])
})
