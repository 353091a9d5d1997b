import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, namespaces, pods, serviceAccounts } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { rootCaController } from '../root-ca/index.ts'
import { serviceAccountController } from '../service-account/index.ts'
import { serveDiscovery } from '../testing/discovery.ts'
import { namespaceController } from './index.ts'

function start(t: { after(fn: () => unknown): void }) {
  const resources = [configMaps, namespaces, pods, serviceAccounts]
  return testControllers(t, {
    controllers: [namespaceController(), serviceAccountController(), rootCaController({ rootCa: 'PEM' })],
    request: serveDiscovery(() => resources),
  })
}

test('A namespace gets its default account and CA, again if they are deleted or changed', async (t) => {
  const { client, settled } = start(t)
  await client.create(namespaces, { metadata: { name: 'n' } })
  await settled()
  assert.equal(client.peek(configMaps, 'n', 'kube-root-ca.crt')?.data?.['ca.crt'], 'PEM')
  await client.delete(serviceAccounts, { namespace: 'n', name: 'default' })
  const config = await client.get(configMaps, { namespace: 'n', name: 'kube-root-ca.crt' })
  await client.update(configMaps, { ...config, data: { 'ca.crt': 'other' } })
  await settled()
  assert.ok(client.peek(serviceAccounts, 'n', 'default'))
  assert.equal(client.peek(configMaps, 'n', 'kube-root-ca.crt')?.data?.['ca.crt'], 'PEM')
})

test('Deleting a namespace deletes all in it, and then itself', async (t) => {
  const { client, settled, advance } = start(t)
  await client.create(namespaces, { metadata: { name: 'n' } })
  await client.create(namespaces, { metadata: { name: 'other' } })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } }, { metadata: { namespace: 'other', name: 'a' } })
  await settled()
  await client.delete(namespaces, { name: 'n' })
  await advance(2000)
  assert.equal(client.peek(namespaces, undefined, 'n'), undefined)
  assert.deepEqual([...new Set([...client.all(configMaps), ...client.all(serviceAccounts)].map(({ metadata }) => metadata.namespace))], ['other'])
})

test('What a finalizer holds is named in the conditions, and waited for', async (t) => {
  const { client, settled, advance } = start(t)
  await client.create(namespaces, { metadata: { name: 'n' } })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'held', finalizers: ['example.com/hold'] } })
  await settled()
  await client.delete(namespaces, { name: 'n' })
  await advance(2000)
  const conditions = client.peek(namespaces, undefined, 'n')!.status!.conditions!
  const message = (type: string) => conditions.find((each) => each.type === type)?.message
  assert.equal(message('NamespaceContentRemaining'), 'Some resources are remaining: configmaps. has 1 resource instances')
  assert.equal(message('NamespaceFinalizersRemaining'), 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances')
  assert.equal(message('NamespaceDeletionContentFailure'), 'All content successfully deleted, may be waiting on finalization')
  const held = await client.get(configMaps, { namespace: 'n', name: 'held' })
  await client.update(configMaps, { ...held, metadata: { ...held.metadata, finalizers: [] } })
  await advance(20_000)
  assert.equal(client.peek(namespaces, undefined, 'n'), undefined)
})
