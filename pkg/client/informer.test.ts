import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, pods } from '#api/gen/resources.ts'
import { forbidden, serviceUnavailable } from '#apimachinery/status-error.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from './fake/fake-client.ts'
import { createInformerFactory } from './informer.ts'
import { intercept } from './interceptor.ts'

async function started(t: { after(fn: () => void): void }, wrap: (client: ReturnType<typeof createFakeClient>) => any = (client) => client) {
  const clock = new FakeClock()
  const fake = createFakeClient({ clock })
  fake.seed(configMaps, { metadata: { namespace: 'n', name: 'a', labels: { app: 'x' } } })
  const factory = createInformerFactory(wrap(fake), { clock, log: silentLogger, random: () => 0 })
  const informer = factory.informer(configMaps)
  informer.addIndex('app', (object) => [object.metadata.labels?.app ?? ''])
  const seen: string[] = []
  informer.addHandler({
    onAdd: (object, initial) => seen.push(`add ${object.metadata.name}${initial ? ' initially' : ''}`),
    onUpdate: (before, now) => seen.push(`update ${before.metadata.name} ${now.metadata.labels?.app}`),
    onDelete: (object) => seen.push(`delete ${object.metadata.name}`),
  })
  const abort = new AbortController()
  t.after(() => abort.abort())
  return { clock, fake, factory, informer, seen, abort }
}

test('An informer lists, then follows the watch, and keeps its indexes', async (t) => {
  const { fake, factory, informer, seen, abort } = await started(t)
  await factory.start(abort.signal)
  assert.equal(informer.hasSynced, true)
  await fake.create(configMaps, { metadata: { namespace: 'n', name: 'b', labels: { app: 'x' } } })
  const b = await fake.get(configMaps, { namespace: 'n', name: 'b' })
  b.metadata.labels = { app: 'y' }
  await fake.update(configMaps, b)
  await fake.delete(configMaps, { namespace: 'n', name: 'a' })
  await settle()
  assert.deepEqual(seen, ['add a initially', 'add b', 'update b y', 'delete a'])
  assert.deepEqual(
    informer.byIndex('app', 'y').map((each) => each.metadata.name),
    ['b'],
  )
  assert.deepEqual(informer.byIndex('app', 'x'), [])
  assert.equal(informer.list('n').length, 1)
  assert.equal(informer.get('n', 'b')?.kind, 'ConfigMap')
})

test('A watch too old makes the informer list again and tell only what changed', async (t) => {
  const { clock, fake, factory, seen, abort } = await started(t)
  await factory.start(abort.signal)
  await settle()
  seen.length = 0
  fake.store.compact()
  await fake.create(configMaps, { metadata: { namespace: 'n', name: 'b' } })
  await fake.delete(configMaps, { namespace: 'n', name: 'a' })
  await clock.advance(2000)
  assert.deepEqual(seen.sort(), ['add b', 'delete a'])
})

test('A watch that the server ends is taken up where it ended', async (t) => {
  const { clock, fake, factory, seen, abort } = await started(t)
  await factory.start(abort.signal)
  await settle()
  fake.store.cutWatches()
  await fake.create(configMaps, { metadata: { namespace: 'n', name: 'b' } })
  await clock.advance(2000)
  assert.deepEqual(seen, ['add a initially', 'add b'])
})

test('A cache that may not be filled says so, and does not of what passes by itself', async (t) => {
  const said: string[] = []
  const log = { ...silentLogger, warn: (message: string, fields?: Record<string, unknown>) => said.push(`${message} ${fields?.resource}`) }
  const refusals = [serviceUnavailable('down'), forbidden({ group: '', resource: 'configmaps' }, '', 'User "u" cannot list it')]
  const clock = new FakeClock()
  const client = intercept(createFakeClient({ clock }), {
    before() {
      const refusal = refusals.shift()
      if (refusal) throw refusal
    },
  })
  const factory = createInformerFactory(client, { clock, log, random: () => 0 })
  const informer = factory.informer(configMaps)
  const abort = new AbortController()
  t.after(() => abort.abort())
  void factory.start(abort.signal)
  await settle()
  assert.deepEqual(said, [])
  await clock.advance(2000)
  assert.deepEqual(said, ['cannot be listed and watched; will be tried again configmaps'])
  await clock.advance(4000)
  assert.equal(informer.hasSynced, true)
})

test('A list that fails is tried again with growing waits', async (t) => {
  let failures = 3
  let lists = 0
  const { clock, factory, informer, abort } = await started(t, (fake) =>
    intercept(fake, {
      before: ({ verb }) => {
        if (verb !== 'list') return
        lists++
        if (failures-- > 0) throw serviceUnavailable('down')
      },
    }),
  )
  const synced = factory.start(abort.signal)
  await clock.advance(800 + 1600 + 3199)
  assert.equal(lists, 3)
  assert.equal(informer.hasSynced, false)
  await clock.advance(1)
  await synced
  assert.equal(informer.hasSynced, true)
})

test('The same resource and scope share one informer; another scope has its own', () => {
  const clock = new FakeClock()
  const factory = createInformerFactory(createFakeClient({ clock }), { clock, log: silentLogger })
  assert.equal(factory.informer(pods), factory.informer(pods, {}))
  assert.notEqual(factory.informer(pods), factory.informer(pods, { namespace: 'n' }))
})
