import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases, nodes, pods } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { startHollowNodes } from './index.ts'
import { addresses } from './pods.ts'

const pod = (name: string, annotations: object = {}, nodeName = 'sim-1'): any => ({
  metadata: { namespace: 'n', name, annotations },
  spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Pending' },
})

async function start(t: { after(fn: () => unknown): void }, ...seed: any[]) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  client.seed(pods, ...seed)
  const abort = new AbortController()
  t.after(() => abort.abort())
  const running = startHollowNodes({ client, clock, log: silentLogger, signal: abort.signal, count: 3, prefix: 'sim-', podCidr: '10.244.0.0/16' })
  await clock.advance(100)
  await running.ready
  const seen = (name: string) => {
    const { status } = client.peek(pods, 'n', name)!
    return [status?.phase, status?.conditions?.find(({ type }) => type === 'Ready')?.status]
  }
  return { clock, client, seen }
}

test('Nodes are registered and Ready, and their leases are renewed within the grace period', async (t) => {
  const { clock, client } = await start(t)
  assert.deepEqual(
    client
      .all(nodes)
      .map(({ metadata }) => metadata.name)
      .sort(),
    ['sim-1', 'sim-2', 'sim-3'],
  )
  assert.ok(client.all(nodes).every(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')))
  const renewedAt = () => client.all(leases).map(({ spec }) => Date.parse(spec?.renewTime ?? ''))
  await clock.advance(120_000)
  assert.equal(renewedAt().length, 3)
  assert.ok(renewedAt().every((at) => clock.now() - at < 40_000))
})

test('A node that was believed to be silent says again that it is well', async (t) => {
  const { clock, client } = await start(t)
  const ready = () => client.peek(nodes, undefined, 'sim-2')!.status?.conditions?.find(({ type }) => type === 'Ready')
  const { conditions } = client.peek(nodes, undefined, 'sim-2')!.status!
  const unknown = conditions!.map((each) => ({ ...each, status: 'Unknown', reason: 'NodeStatusUnknown' }))
  await client.patch(nodes, { name: 'sim-2' }, { status: { conditions: unknown } }, { type: 'merge', subresource: 'status' })
  await clock.advance(1_000)
  assert.deepEqual([ready()?.status, ready()?.reason], ['True', 'KubeletReady'])
})

test('Pods become ready, end and fail on their script; those of other nodes are left alone', async (t) => {
  const script = (text: object): object => Object.fromEntries(Object.entries(text).map(([name, value]) => [`hollow.k8ts.local/${name}`, value]))
  const { clock, client, seen } = await start(
    t,
    pod('plain'),
    pod('slow', script({ 'ready-after-seconds': '5' })),
    pod('never', script({ 'ready-after-seconds': 'never' })),
    pod('done', script({ 'ends-after-seconds': '10' })),
    pod('fails', script({ 'ends-after-seconds': '10', 'exit-code': '3' })),
    pod('elsewhere', {}, 'node-1'),
  )
  assert.deepEqual(['plain', 'slow', 'never', 'done', 'elsewhere'].map(seen), [
    ['Running', 'True'],
    ['Running', 'False'],
    ['Running', 'False'],
    ['Running', 'True'],
    ['Pending', undefined],
  ])
  await clock.advance(20_000)
  assert.deepEqual(['slow', 'never', 'done', 'fails'].map(seen), [
    ['Running', 'True'],
    ['Running', 'False'],
    ['Succeeded', 'False'],
    ['Failed', 'False'],
  ])
  assert.equal(client.peek(pods, 'n', 'fails')?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3)
})

test('A deleted pod goes at once', async (t) => {
  const { clock, client } = await start(t, pod('p'))
  await client.delete(pods, { namespace: 'n', name: 'p' })
  await clock.advance(1_000)
  assert.equal(client.peek(pods, 'n', 'p'), undefined)
})

test('Addresses begin beyond those of sixteen real nodes, and stay in the range', () => {
  const next = addresses('10.244.0.0/16')
  const all = Array.from({ length: 61_440 }, next)
  assert.equal(all[0], '10.244.16.0')
  assert.equal(new Set(all).size, 61_439)
  assert.ok(all.every((each) => /^10\.244\.(1[6-9]|[2-9]\d|1\d\d|2\d\d)\./.test(each)))
})
