import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { configMaps, pods } from '#api/gen/resources.ts'
import { isExpired } from '#apimachinery/status-error.ts'
import type { WatchEvent } from '#client/types.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { startTestApiServer, type TestApiServer } from '../testing.ts'

const namespace = 'default'
const configMap = (name: string, labels: Record<string, string> = {}) => ({ metadata: { name, namespace, labels } })

/** Reads so many events, then ends the watch. */
async function take<T extends KubeObject>(count: number, watch: (signal: AbortSignal) => AsyncIterable<WatchEvent<T>>): Promise<WatchEvent<T>[]> {
  const controller = new AbortController()
  const events: WatchEvent<T>[] = []
  if (count === 0) return events
  for await (const event of watch(controller.signal)) {
    events.push(event)
    if (events.length === count) break
  }
  controller.abort()
  return events
}

const told = (events: readonly WatchEvent<KubeObject>[]) => events.map(({ type, object }) => `${type} ${object.metadata.name}`)

test('a watch tells what happened since a revision, and goes on', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const { metadata } = await client.list(configMaps, { namespace })
  await client.create(configMaps, configMap('a'))
  const events = take(3, (signal) => client.watch(configMaps, { namespace, resourceVersion: metadata.resourceVersion!, signal }))
  await settle()
  await client.patch(configMaps, { namespace, name: 'a' }, { data: { x: '1' } }, { type: 'merge' })
  await client.delete(configMaps, { namespace, name: 'a' })
  const seen = await events
  assert.deepEqual(told(seen), ['ADDED a', 'MODIFIED a', 'DELETED a'])
  const [added, modified, deleted] = seen.map(({ object }) => Number(object.metadata.resourceVersion))
  assert.ok(added! < modified! && modified! < deleted!)
})

test('a watch from nowhere begins with what is there', async () => {
  await using control = await startTestApiServer()
  await control.client.create(configMaps, configMap('a'))
  await control.client.create(configMaps, configMap('b'))
  const seen = await take(2, (signal) => control.client.watch(configMaps, { namespace, signal }))
  assert.deepEqual(told(seen), ['ADDED a', 'ADDED b'])
})

test('an object that comes to match is added, and one that ceases to is deleted', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const { metadata } = await client.list(configMaps, { namespace })
  const key = { namespace, name: 'a' }
  await client.create(configMaps, configMap('a', { on: 'no' }))
  for (const on of ['yes', 'yes2', 'no']) await client.patch(configMaps, key, { metadata: { labels: { on } } }, { type: 'merge' })
  const seen = await take(3, (signal) =>
    client.watch(configMaps, { namespace, labelSelector: 'on in (yes,yes2)', resourceVersion: metadata.resourceVersion!, signal }),
  )
  assert.deepEqual(told(seen), ['ADDED a', 'MODIFIED a', 'DELETED a'])
  assert.deepEqual(seen[2]!.object.metadata.labels, { on: 'yes2' })
})

test('a watch by a field sees a pod when it gets there', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const made = await client.create(pods, { metadata: { name: 'a', namespace }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  const seen = take(1, (signal) => client.watch(pods, { fieldSelector: 'spec.nodeName=n1', resourceVersion: made.metadata.resourceVersion, signal }))
  await settle()
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a', namespace }, target: { kind: 'Node', name: 'n1' } }
  await client.create(pods, binding, { subresource: 'binding' })
  assert.deepEqual(told(await seen), ['ADDED a'])
})

test('a watch list ends its beginning with a bookmark that says so', async () => {
  await using control = await startTestApiServer()
  await control.client.create(configMaps, configMap('a'))
  const seen = await take(2, (signal) =>
    control.client.watch(configMaps, { namespace, sendInitialEvents: true, allowWatchBookmarks: true, resourceVersionMatch: 'NotOlderThan', signal }),
  )
  assert.equal(seen[1]!.type, 'BOOKMARK')
  assert.equal(seen[1]!.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true')
})

test('bookmarks come by time, and a watch ends when its time is up', async () => {
  const clock = new FakeClock()
  await using control = await startTestApiServer({ clock })
  const { metadata } = await control.client.list(configMaps, { namespace })
  const events: WatchEvent<KubeObject>[] = []
  const ended = (async () => {
    const options = { namespace, allowWatchBookmarks: true, timeoutSeconds: 90, resourceVersion: metadata.resourceVersion! }
    for await (const event of control.client.watch(configMaps, options)) events.push(event)
  })()
  await settle()
  await clock.advance(61_000)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['BOOKMARK'],
  )
  await clock.advance(30_000)
  await ended
})

test('a watch of less than no time shows nothing, and says so to who asks for what is newest', async () => {
  await using control = await startTestApiServer()
  const told = async (more = ''): Promise<string> => {
    const response = await control.client.request({ method: 'GET', path: `/api/v1/configmaps?watch=1&timeoutSeconds=-1${more}` })
    return Buffer.from(await response.bytes()).toString()
  }
  assert.equal(
    await told(),
    '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"context deadline exceeded","reason":"InternalError","code":500}}\n',
  )
  assert.equal(await told('&resourceVersion=0'), '')
})

test('a watch from a revision that is no longer known is told that it expired', async () => {
  await using control = await startTestApiServer()
  const watch = take(1, (signal) => control.client.watch(configMaps, { namespace, resourceVersion: '1', signal }))
  // The caches begin at the revision of the server's start; nothing before it is known.
  const fresh = await startWithHistory()
  await assert.rejects(fresh.watch, isExpired)
  await fresh.control[Symbol.asyncDispose]()
  void watch.catch(() => {})
})

async function startWithHistory(): Promise<{ control: TestApiServer; watch: Promise<unknown> }> {
  const { openStore } = await import('#storage/open.ts')
  const store = await openStore({ kind: 'memory' })
  const first = await startTestApiServer({ store })
  await first.client.create(configMaps, configMap('a'))
  await first.server.close()
  const control = await startTestApiServer({ store })
  return { control, watch: take(1, (signal) => control.client.watch(configMaps, { namespace, resourceVersion: '1', signal })) }
}

test('a watcher that does not read is ended, and others go on', async () => {
  const { WatchStream } = await import('../watchcache/watch-stream.ts')
  const { ResourceCache } = await import('../watchcache/resource-cache.ts')
  const cache = new ResourceCache('/registry/core/things/', (_, value) => value)
  cache.load([], 0)
  const encoder = { format: 'x', frame: () => new Uint8Array(1), bookmark: () => new Uint8Array(1) }
  const slow = new WatchStream({ encoder, matches: undefined, maxQueued: 3 })
  const quick = new WatchStream({ encoder, matches: undefined, maxQueued: 100 })
  slow.attach(cache)
  quick.attach(cache)
  const value = Buffer.from('{"kind":"T","apiVersion":"v1","metadata":{"name":"a"}}')
  for (let revision = 1; revision <= 5; revision++) {
    cache.apply({ type: 'put', key: '/registry/core/things/a', value, previous: undefined, revision, createRevision: 1 })
    cache.flush()
  }
  assert.equal(slow.overflowed, true)
  assert.equal(quick.overflowed, false)
  assert.equal(cache.subscribers, 1)
  quick.end()
})

test('tables are watched too', async () => {
  await using control = await startTestApiServer()
  await control.client.create(pods, { metadata: { name: 'a', namespace }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  const controller = new AbortController()
  const response = await control.client.request({
    method: 'GET',
    path: '/api/v1/pods?watch=1',
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    signal: controller.signal,
  })
  for await (const chunk of response.stream()) {
    const event = JSON.parse(Buffer.from(chunk).toString())
    assert.equal(event.object.kind, 'Table')
    assert.equal(event.object.rows[0].cells[0], 'a')
    break
  }
  controller.abort()
})

test('an event is encoded once for all who watch in one form: a thousand watchers are sent the very same bytes', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const { metadata } = await client.list(configMaps, { namespace })
  const stop = new AbortController()
  const forms = ['application/json', 'application/vnd.kubernetes.protobuf', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io']
  const path = `/api/v1/configmaps?watch=1&resourceVersion=${metadata.resourceVersion}`
  const first = Array.from({ length: 1000 }, async (_, index) => {
    const response = await client.request({ method: 'GET', path, headers: { accept: forms[index % forms.length]! }, signal: stop.signal })
    for await (const block of response.stream()) return block
    return undefined
  })
  await settle()
  await client.create(configMaps, configMap('a'))
  const blocks = await Promise.all(first)
  stop.abort()
  assert.ok(blocks.every((block) => block && block.length > 100))
  // By identity, not by content.
  assert.equal(new Set(blocks).size, forms.length)
})
