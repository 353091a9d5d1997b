import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, deployments, events, namespaces, pods, replicaSets, secrets } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { serveDiscovery } from '../testing/discovery.ts'
import { garbageCollectorController } from './index.ts'

const owner = (kind: string, name: string, uid: string, more: object = {}) => ({
  apiVersion: kind === 'ConfigMap' ? 'v1' : 'apps/v1',
  kind,
  name,
  uid,
  ...more,
})
const make = (name: string, uid: string, ownerReferences: object[] = [], more: object = {}) => ({
  metadata: { namespace: 'n', name, uid, ownerReferences, ...more },
})

function start(t: { after(fn: () => unknown): void }) {
  const resources = [configMaps, deployments, namespaces, pods, replicaSets, secrets]
  return testControllers(t, { controllers: [garbageCollectorController()], request: serveDiscovery(() => resources) })
}

test('Dependents go when their owner is gone, down the whole tree', async (t) => {
  const { client, settled, advance } = start(t)
  client.seed(deployments, make('d', 'd'))
  client.seed(replicaSets, make('r', 'r', [owner('Deployment', 'd', 'd')]))
  client.seed(pods, make('p', 'p', [owner('ReplicaSet', 'r', 'r')]), make('free', 'free'))
  await settled()
  assert.equal(client.actions.length, 0)
  await client.delete(deployments, { namespace: 'n', name: 'd' }, { propagationPolicy: 'Background' })
  await settled()
  await advance(1000)
  assert.deepEqual(client.all(replicaSets), [])
  assert.deepEqual(
    client.all(pods).map(({ metadata }) => metadata.name),
    ['free'],
  )
})

test('Foreground deletion keeps the owner until the dependents that block it are gone', async (t) => {
  const { client, settled } = start(t)
  client.seed(deployments, make('d', 'd'))
  client.seed(replicaSets, make('r', 'r', [owner('Deployment', 'd', 'd', { blockOwnerDeletion: true })], { finalizers: ['mine/hold'] }))
  await settled()
  await client.delete(deployments, { namespace: 'n', name: 'd' }, { propagationPolicy: 'Foreground' })
  await settled()
  assert.ok(client.peek(deployments, 'n', 'd'), 'the owner waits')
  const held = await client.get(replicaSets, { namespace: 'n', name: 'r' })
  assert.ok(held.metadata.deletionTimestamp, 'the dependent is being deleted')
  await client.update(replicaSets, {
    ...held,
    metadata: { ...held.metadata, finalizers: (held.metadata.finalizers ?? []).filter((each) => each !== 'mine/hold') },
  })
  await settled()
  assert.deepEqual([client.all(replicaSets), client.all(deployments)], [[], []])
})

test('Orphan deletion takes the owner out of its dependents and leaves them', async (t) => {
  const { client, settled } = start(t)
  client.seed(deployments, make('d', 'd'))
  client.seed(replicaSets, make('r', 'r', [owner('Deployment', 'd', 'd'), owner('ConfigMap', 'c', 'c')]))
  client.seed(configMaps, make('c', 'c'))
  await settled()
  await client.delete(deployments, { namespace: 'n', name: 'd' }, { propagationPolicy: 'Orphan' })
  await settled()
  assert.equal(client.peek(deployments, 'n', 'd'), undefined)
  assert.deepEqual(
    client.peek(replicaSets, 'n', 'r')?.metadata.ownerReferences?.map(({ uid }) => uid),
    ['c'],
  )
})

test('One of two owners gone: the reference goes, the object stays', async (t) => {
  const { client, settled } = start(t)
  client.seed(configMaps, make('a', 'a'), make('b', 'b'))
  client.seed(secrets, make('s', 's', [owner('ConfigMap', 'a', 'a'), owner('ConfigMap', 'b', 'b')]))
  await settled()
  await client.delete(configMaps, { namespace: 'n', name: 'a' })
  await settled()
  assert.deepEqual(
    client.peek(secrets, 'n', 's')?.metadata.ownerReferences?.map(({ uid }) => uid),
    ['b'],
  )
})

test('An owner that never was, or has another uid now, counts as gone', async (t) => {
  const { client, settled } = start(t)
  client.seed(configMaps, make('a', 'new-uid'))
  client.seed(secrets, make('s', 's', [owner('ConfigMap', 'a', 'old-uid')]), make('t', 't', [owner('ConfigMap', 'never', 'never')]))
  await settled()
  assert.deepEqual(client.all(secrets), [])
})

test('An owner of another namespace does not count, and an Event says so', async (t) => {
  const { client, settled } = start(t)
  client.seed(configMaps, { metadata: { namespace: 'other', name: 'a', uid: 'a' } })
  client.seed(secrets, make('s', 's', [owner('ConfigMap', 'a', 'a')]))
  await settled()
  assert.deepEqual(client.all(secrets), [])
  const [told] = client.all(events)
  assert.deepEqual(
    [told?.type, told?.reason, told?.message, told?.involvedObject.name],
    ['Warning', 'OwnerRefInvalidNamespace', 'ownerRef [v1/ConfigMap, namespace: n, name: a, uid: a] does not exist in namespace "n"', 's'],
  )
})

test('Nothing is deleted when the kind of an owner is not known', async (t) => {
  const { client, settled } = start(t)
  client.seed(secrets, make('s', 's', [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'w' }]))
  await settled()
  assert.equal(client.all(secrets).length, 1)
})
