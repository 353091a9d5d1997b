import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, namespaces } from '#api/gen/resources.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { startTestApiServer } from './testing.ts'

test('an object that is created can be read, listed, changed and deleted', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const made = await client.create(configMaps, { metadata: { name: 'a', namespace: 'default' }, data: { x: '1' } })
  assert.equal(made.kind, 'ConfigMap')
  assert.match(made.metadata.resourceVersion, /^\d+$/)
  assert.ok(made.metadata.uid)
  await assert.rejects(client.create(configMaps, { metadata: { name: 'a', namespace: 'default' } }), isAlreadyExists)
  const list = await client.list(configMaps, { namespace: 'default' })
  assert.deepEqual(
    list.items.map(({ metadata }) => metadata.name),
    ['a'],
  )
  const changed = await client.update(configMaps, { ...made, data: { x: '2' } })
  assert.notEqual(changed.metadata.resourceVersion, made.metadata.resourceVersion)
  const patched = await client.patch(configMaps, { namespace: 'default', name: 'a' }, { data: { y: '3' } }, { type: 'merge' })
  assert.deepEqual(patched.data, { x: '2', y: '3' })
  await client.delete(configMaps, { namespace: 'default', name: 'a' })
  await assert.rejects(client.get(configMaps, { namespace: 'default', name: 'a' }), isNotFound)
})

test('the system namespaces are there when the server is ready', async () => {
  await using control = await startTestApiServer()
  const { items } = await control.client.list(namespaces)
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['default', 'kube-node-lease', 'kube-public', 'kube-system'],
  )
})
