import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { WatchedObjects } from './objects.ts'

function setUp() {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  client.seed(configMaps, { metadata: { namespace: 'default', name: 'settings' }, data: { a: '1' } })
  const asked = { gets: 0 }
  const counting = Object.assign(Object.create(client) as typeof client, {
    get: (...args: Parameters<typeof client.get>) => {
      asked.gets++
      return client.get(...args)
    },
  })
  const told: string[] = []
  const stop = new AbortController()
  const objects = new WatchedObjects({ client: counting, clock, log: silentLogger, signal: stop.signal, onChange: (uid) => told.push(uid) })
  const get = async (uid: string) => {
    const found = await objects.get(configMaps, { namespace: 'default', name: 'settings' }, uid)
    await settle()
    return found?.data?.a
  }
  const change = async (a: string) => {
    await client.patch(configMaps, { namespace: 'default', name: 'settings' }, { data: { a } }, { type: 'merge' })
    await settle()
  }
  return { clock, asked, told, stop, objects, get, change }
}

test('each pod that refers to an object hears of its changes', async () => {
  const { told, stop, objects, get, change } = setUp()
  await get('one')
  await get('two')
  await change('2')
  assert.deepEqual(told, ['one', 'two'])
  objects.release('one')
  await change('3')
  assert.deepEqual(told, ['one', 'two', 'two'])
  stop.abort()
})

test('a watch outlives its last pod a little, so that the next one asks for nothing and still gets what is true', async () => {
  const { clock, asked, stop, objects, get, change } = setUp()
  assert.equal(await get('one'), '1')
  objects.release('one')
  await clock.advance(10_000)
  await change('2')
  assert.equal(await get('two'), '2')
  assert.equal(asked.gets, 1)
  objects.release('two')
  await clock.advance(31_000)
  await change('3')
  assert.equal(await get('three'), '3')
  assert.equal(asked.gets, 2, 'after half a minute without users it is no longer watched')
  stop.abort()
})
