import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { openStore } from '#storage/open.ts'
import type { Store, WatchOptions } from '#storage/types.ts'
import { CacheHub } from './cache-hub.ts'
import { CachedObject, encodeStored } from './cached-object.ts'
import { EventRing } from './event-ring.ts'

const object = (name: string) => ({ kind: 'T', apiVersion: 'v1', metadata: { name, uid: 'u', resourceVersion: '' } })
const key = (name: string) => `/registry/core/things/${name}`

test('a resourceVersion is spliced in and taken out again', () => {
  const stored = encodeStored({ ...object('a'), metadata: { ...object('a').metadata, resourceVersion: '99' } })
  assert.equal(stored.toString(), '{"kind":"T","apiVersion":"v1","metadata":{"name":"a","uid":"u"}}')
  const cached = new CachedObject(key('a'), stored, 7, 7)
  assert.equal(cached.bytes.toString(), '{"kind":"T","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a","uid":"u"}}')
  assert.equal(cached.at(12).parse().metadata.resourceVersion, '12')
  assert.equal(cached.storedLength, stored.length)
})

test('what is stored keeps no more memory than it is long', () => {
  const stored = encodeStored({ ...object('ä'), metadata: { ...object('ä').metadata, annotations: { note: '€'.repeat(9) } } } as any)
  assert.equal(stored.buffer.byteLength, stored.length)
  assert.equal(new CachedObject(key('a'), stored, 7, 7).parse().metadata.annotations!.note, '€'.repeat(9))
})

test('a ring remembers its newest events and knows what it forgot', () => {
  const ring = new EventRing(3, 10)
  for (const revision of [11, 13, 14, 20]) ring.push({ revision, current: undefined, previous: undefined, frames: new Map() })
  assert.equal(ring.since(10), undefined)
  assert.deepEqual(
    ring.since(11)?.map(({ revision }) => revision),
    [13, 14, 20],
  )
  assert.deepEqual(ring.since(20), [])
})

test('when the watch of the store fails, caches are loaded again and watchers ended', async () => {
  const clock = new FakeClock()
  const store = await openStore({ kind: 'memory' }, { clock })
  let fail: WatchOptions['onError'] | undefined
  const breaking: Store = Object.assign(Object.create(store) as Store, {
    revision: () => store.revision(),
    range: store.range.bind(store),
    watch: (options: WatchOptions) => {
      fail = options.onError
      return store.watch(options)
    },
  })
  const hub = new CacheHub({ store: breaking, decode: (_, value) => value, clock, log: silentLogger })
  const cache = await hub.cache('/registry/core/things/')
  await hub.start()
  await store.put(key('a'), encodeStored(object('a')), { expectRevision: 0 })
  await settle()
  assert.equal(cache.size, 1)
  let resets = 0
  cache.subscribe({ onEvent() {}, onFlush() {}, onReset: () => resets++ })
  fail!(new Error('gone'))
  await store.put(key('b'), encodeStored(object('b')), { expectRevision: 0 })
  await clock.advance(2000)
  assert.equal(resets, 1)
  assert.equal(cache.size, 2)
  hub.close()
  await store.close()
})

test('a cache that is asked for late has what was written before', async () => {
  const store = await openStore({ kind: 'memory' })
  const hub = new CacheHub({ store, decode: (_, value) => value, clock: new FakeClock(), log: silentLogger })
  await hub.start()
  await store.put(key('a'), encodeStored(object('a')), { expectRevision: 0 })
  const cache = await hub.cache('/registry/core/things/')
  await store.put(key('b'), encodeStored(object('b')), { expectRevision: 0 })
  await hub.fresh()
  assert.deepEqual(
    [...cache.range(cache.prefix)].map(({ key: each }) => each),
    [key('a'), key('b')],
  )
  hub.close()
  await store.close()
})
