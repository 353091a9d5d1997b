import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep, systemClock } from '#base/clock.ts'
import { openStore } from '#storage/open.ts'
import { customResourceDefinitions } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { startTestWebhook } from '../admission/test-webhook.ts'
import { startTestApiServer } from '../testing.ts'
import { define } from './test-definition.ts'

interface Host extends KubeObject {
  spec?: { hostPort?: string; host?: string; port?: string }
}
const v1beta1: ResourceRef<Host> = { group: 'example.com', version: 'v1beta1', plural: 'hosts', kind: 'Host', namespaced: false }
const v1: ResourceRef<Host> = { ...v1beta1, version: 'v1' }
const text = { type: 'string' }
const version = (name: string, storage: boolean, properties: object, more: object = {}) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
  ...more,
})
const definition = (conversion: object | undefined): any => ({
  metadata: { name: 'hosts.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Cluster',
    names: { plural: 'hosts', kind: 'Host' },
    versions: [version('v1beta1', true, { hostPort: text }, { deprecated: true }), version('v1', false, { host: text, port: { ...text, default: '80' } })],
    ...(conversion ? { conversion } : {}),
  },
})

test('versions without a webhook differ in name alone, and unknown fields go', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, definition(undefined))
  await client.create(v1beta1, { metadata: { name: 'a' }, spec: { hostPort: 'x:1' } })
  const read = await client.get(v1, { name: 'a' })
  assert.deepEqual([read.apiVersion, read.spec], ['example.com/v1', {}])
  assert.deepEqual(
    (await client.list(v1beta1)).items.map(({ spec }) => spec),
    [{ hostPort: 'x:1' }],
  )
  const response = await client.request({ method: 'GET', path: '/apis/example.com/v1beta1/hosts' })
  assert.match(response.headers.warning ?? '', /example\.com\/v1beta1 Host is deprecated/)
})

test('a new storage version is remembered, and what was stored before is still read', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const crd = await define(client, definition(undefined))
  await client.create(v1beta1, { metadata: { name: 'a' }, spec: { hostPort: 'x:1' } })
  const spec = { ...crd.spec, versions: crd.spec.versions.map((each) => ({ ...each, storage: each.name === 'v1' })) }
  const { resourceVersion: _, ...metadata } = crd.metadata
  const current = await client.get(customResourceDefinitions, { name: metadata.name })
  const updated = await client.update(customResourceDefinitions, { ...current, spec })
  assert.deepEqual(updated.status.storedVersions, ['v1beta1', 'v1'])
  await client.create(v1, { metadata: { name: 'b' }, spec: { host: 'y' } })
  assert.deepEqual((await client.get(v1beta1, { name: 'a' })).spec, { hostPort: 'x:1' })
  assert.deepEqual((await client.get(v1, { name: 'b' })).spec, { host: 'y', port: '80' })
})

test('a webhook converts what is read, written, listed and watched', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const convert = (object: Host, apiVersion: string): Host => {
    const { hostPort = '', host = '', port = '' } = object.spec ?? {}
    const [left, right] = hostPort.split(':')
    return { ...object, apiVersion, spec: apiVersion.endsWith('v1') ? { host: left!, port: right! } : { hostPort: `${host}:${port}` } }
  }
  await using webhook = await startTestWebhook(({ objects, desiredAPIVersion }) => ({
    result: { status: 'Success' },
    convertedObjects: objects.map((each: Host) => convert(each, desiredAPIVersion)),
  }))
  const clientConfig = { url: webhook.url, caBundle: webhook.caBundle }
  await define(client, definition({ strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } }))
  const created = await client.create(v1, { metadata: { name: 'a', labels: { own: '1' } }, spec: { host: 'x' } })
  assert.deepEqual(created.spec, { host: 'x', port: '80' })
  assert.deepEqual((await client.get(v1beta1, { name: 'a' })).spec, { hostPort: 'x:80' })
  assert.deepEqual(
    (await client.list(v1)).items.map(({ spec }) => spec),
    [{ host: 'x', port: '80' }],
  )
  const touch = async (of: typeof v1) => (await client.patch(of, { name: 'a' }, {}, { type: 'merge' })).metadata.resourceVersion
  assert.deepEqual([await touch(v1), await touch(v1beta1)], [created.metadata.resourceVersion, created.metadata.resourceVersion])
  const seen: unknown[] = []
  for await (const { type, object } of client.watch(v1, { resourceVersion: '0', signal: AbortSignal.timeout(5000) })) {
    seen.push([type, object.spec])
    if (seen.length === 1) await client.patch(v1beta1, { name: 'a' }, { spec: { hostPort: 'z:2' } }, { type: 'merge' })
    if (seen.length === 2) await client.delete(v1beta1, { name: 'a' })
    if (seen.length === 3) break
  }
  assert.deepEqual(seen, [
    ['ADDED', { host: 'x', port: '80' }],
    ['MODIFIED', { host: 'z', port: '2' }],
    ['DELETED', { host: 'z', port: '2' }],
  ])
})

test('a write that changes nothing is written once where what is stored is stale: in an older version, or without a new default', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const crd = await define(client, definition(undefined))
  const name = 'a'
  const touch = async (of: typeof v1) => (await client.patch(of, { name }, {}, { type: 'merge' })).metadata.resourceVersion!
  const change = async (versions: any[]) => {
    const current = await client.get(customResourceDefinitions, { name: crd.metadata.name })
    await client.update(customResourceDefinitions, { ...current, spec: { ...current.spec, versions } })
  }
  /** The server takes up a changed definition a moment later. */
  const moved = async (of: typeof v1, from: string) => {
    for (let attempt = 0; attempt < 1000; attempt++) {
      const next = await touch(of)
      if (next !== from) return next
      await sleep(systemClock, 10)
    }
    return assert.fail('it was never written')
  }
  const [first, second] = crd.spec.versions
  const { resourceVersion } = (await client.create(v1beta1, { metadata: { name }, spec: { hostPort: 'x:1' } })).metadata
  assert.equal(await touch(v1beta1), resourceVersion)
  await change([
    { ...first, storage: false },
    { ...second!, storage: true },
  ])
  const anew = await moved(v1, resourceVersion!)
  assert.equal(await touch(v1), anew)
  await change([{ ...first, storage: false }, version('v1', true, { host: { ...text, default: 'nowhere' } })])
  const filled = await moved(v1, anew)
  assert.equal(await touch(v1), filled)
})

test('a webhook that fails is named in the error', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await using webhook = await startTestWebhook(() => ({ result: { status: 'Failure', message: 'cannot' } }))
  const clientConfig = { url: webhook.url, caBundle: webhook.caBundle }
  await define(client, definition({ strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } }))
  await client.create(v1beta1, { metadata: { name: 'a' }, spec: { hostPort: 'x:1' } })
  await assert.rejects(client.get(v1, { name: 'a' }), /conversion webhook for example\.com\/v1beta1, Kind=Host failed: cannot/)
})

test('a server that starts again serves what was defined before, from its first request', async () => {
  const store = await openStore({ kind: 'memory' }, { clock: systemClock })
  {
    await using control = await startTestApiServer({ store })
    await define(control.client, definition(undefined))
    await control.client.create(v1beta1, { metadata: { name: 'a' }, spec: { hostPort: 'x:1' } })
  }
  await using control = await startTestApiServer({ store })
  assert.deepEqual((await control.client.get(v1beta1, { name: 'a' })).spec, { hostPort: 'x:1' })
  await store.close()
})
