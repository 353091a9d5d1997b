import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, nodes } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient, type FakeClient } from '#client/fake/fake-client.ts'
import { createManager } from '#runtime/manager.ts'
import type { ControllerSettings } from '../types.ts'
import { CidrSet } from './cidr-set.ts'
import { nodeIpamController } from './index.ts'

for (const [cidr, mask, expected] of [
  ['10.0.0.0/30', 31, ['10.0.0.0/31', '10.0.0.2/31', undefined]],
  ['10.244.0.0/16', 17, ['10.244.0.0/17', '10.244.128.0/17', undefined]],
  ['10.0.0.0/24', undefined, ['10.0.0.0/24', undefined]],
  ['fd00::/63', undefined, ['fd00::/64', 'fd00:0:0:1::/64', undefined]],
  ['fd00::/127', 128, ['fd00::/128', 'fd00::1/128', undefined]],
] as [string, number | undefined, (string | undefined)[]][]) {
  test(`${cidr} is cut by /${mask ?? 'the default'} and ends`, () => {
    const set = new CidrSet(cidr, mask)
    assert.deepEqual(
      expected.map(() => set.allocate()),
      expected,
    )
  })
}

for (const [cidr, mask, message] of [
  ['10.0.0.0/16', 8, 'New CIDR set failed; the node CIDR size is too small'],
  ['10.0.0.0/8', 25, 'New CIDR set failed; the node CIDR size is too big'],
  ['fd00::/40', undefined, 'New CIDR set failed; the node CIDR size is too big'],
  ['ten', undefined, 'invalid CIDR address: ten'],
] as const) {
  test(`${cidr} is not cut by /${mask ?? 'the default'}`, () => {
    assert.throws(() => new CidrSet(cidr, mask), { message })
  })
}

test('A range that is given back waits for its turn; one that covers several takes them all', () => {
  const set = new CidrSet('10.0.0.0/28', 30)
  const first = set.allocate()!
  set.release(first)
  assert.equal(set.allocate(), '10.0.0.4/30')
  set.occupy('10.0.0.8/29')
  assert.deepEqual([set.allocate(), set.allocate()], ['10.0.0.0/30', undefined])
  set.occupy('192.168.0.0/16')
  set.release('10.0.0.4/31')
  assert.equal(set.allocate(), '10.0.0.4/30')
})

async function run(t: { after(fn: () => unknown): void }, settings: Partial<ControllerSettings>, seed: (client: FakeClient) => void) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  seed(client)
  const abort = new AbortController()
  t.after(() => abort.abort())
  const controllers = [nodeIpamController({ rootCa: '', ...settings })!]
  void createManager({ client, clock, log: silentLogger, controllers, signal: abort.signal } as any).run(abort.signal)
  await clock.advance(1000)
  const cidrs = (name: string) => client.peek(nodes, undefined as never, name)?.spec?.podCIDRs
  return { client, clock, cidrs }
}

test('Nodes keep what they bring, others get what is free of it and of Services, in both families', async (t) => {
  const { cidrs, client, clock } = await run(
    t,
    { podCidr: '10.0.0.0/22,fd00::/48', nodeCidrMaskSize: 24, nodeCidrMaskSizeIpv6: 56, serviceCidr: '10.0.1.0/24' },
    (fake) => {
      fake.seed(nodes, { metadata: { name: 'own' }, spec: { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24', 'fd00::/56'] } } as any)
      fake.seed(nodes, { metadata: { name: 'a' } } as any, { metadata: { name: 'b' } } as any)
    },
  )
  assert.deepEqual([cidrs('a'), cidrs('b')].sort(), [
    ['10.0.2.0/24', 'fd00:0:0:100::/56'],
    ['10.0.3.0/24', 'fd00:0:0:200::/56'],
  ])
  await client.create(nodes, { metadata: { name: 'c' } })
  await clock.advance(1000)
  assert.equal(cidrs('c'), undefined)
  assert.ok(client.all(events).some(({ reason, message }) => reason === 'CIDRNotAvailable' && message === 'Node c status is now: CIDRNotAvailable'))
  await client.delete(nodes, { name: 'own' })
  await clock.advance(60_000)
  assert.equal(cidrs('c')?.[0], '10.0.0.0/24')
  assert.match(cidrs('c')?.[1] ?? '', /^fd00:0:0:\w+00::\/56$/)
})

test('A thousand nodes have a thousand ranges', async (t) => {
  const { client } = await run(t, { podCidr: '10.0.0.0/12' }, (fake) => {
    for (let index = 0; index < 1000; index++) fake.seed(nodes, { metadata: { name: `n${index}` } } as any)
  })
  const all = client.all(nodes).map(({ spec }) => spec?.podCIDR)
  assert.equal(new Set(all).size, 1000)
  assert.ok(all.every((cidr) => cidr?.endsWith('/24')))
})
