import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { configMaps, customResourceDefinitions, secrets, storageVersionMigrations } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { badRequest, conflict, serviceUnavailable } from '#apimachinery/status-error.ts'
import type { FakeClient } from '#client/fake/fake-client.ts'
import { type InterceptedCall, intercept } from '#client/interceptor.ts'
import { type ControllerTest, testControllers } from '#runtime/testing.ts'
import { serveDiscovery } from '../testing/discovery.ts'
import { storageVersionMigratorController } from './index.ts'

const featureGates = new Set(['StorageVersionMigrator'])
const widgets: ResourceRef<KubeObject> = { group: 'example.com', version: 'v2', plural: 'widgets', kind: 'Widget', namespaced: true }
const migration = (name: string, resource: object, more: object = {}): any => ({ metadata: { name }, spec: { resource }, status: {}, ...more })
const ofWidgets = { group: 'example.com', resource: 'widgets' }

/** `before` stands in the way of what the controller asks for. */
function given(
  t: { after(fn: () => unknown): void },
  before: (call: InterceptedCall, client: FakeClient) => void = () => {},
  request = serveDiscovery(() => [configMaps, secrets, widgets]),
): ControllerTest {
  const controller = storageVersionMigratorController({ rootCa: '', featureGates })!
  return testControllers(t, { controllers: [controller], request, wrap: (client) => intercept(client, { before: (call) => before(call, client) }) })
}

/** "Running=False MigrationCompleted" for each condition. */
function conditions({ client }: ControllerTest, name: string): string[] {
  return (client.peek(storageVersionMigrations, '', name)?.status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`)
}
const message = ({ client }: ControllerTest, name: string, type: string): string | undefined =>
  client.peek(storageVersionMigrations, '', name)?.status.conditions?.find((each) => each.type === type)?.message
const applied = ({ client }: ControllerTest): any[] =>
  client.actions.filter(({ verb, subresource }) => verb === 'patch' && subresource === undefined).map(({ object }) => object)

const success = ['Running=False MigrationCompleted', 'Succeeded=True StorageVersionMigrationSucceeded']
const failure = ['Running=False MigrationCompleted', 'Failed=True StorageVersionMigrationFailed']

test('without its feature gate there is no such controller', () => {
  assert.equal(storageVersionMigratorController({ rootCa: '' }), undefined)
})

test('each object of the resource is applied once, empty but for its identity and version, and nothing else is', async (t) => {
  const it = given(t)
  const maps = ['a', 'b'].map((name) => it.client.seed(configMaps, { metadata: { namespace: 'n', name }, data: { k: 'v' } } as any)[0]!)
  it.client.seed(secrets, { metadata: { namespace: 'n', name: 's' } } as any)
  it.client.seed(storageVersionMigrations, migration('m', { resource: 'configmaps' }))
  await it.settled()
  assert.deepEqual(conditions(it, 'm'), success)
  const expected = maps.map(({ metadata: { uid, resourceVersion } }) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { uid, resourceVersion } }))
  assert.deepEqual(applied(it), expected)
  assert.match(it.client.peek(storageVersionMigrations, '', 'm')!.status.resourceVersion!, /^\d+$/)
})

test('an object that is newer than the start of the migration is left alone', async (t) => {
  const it = given(t)
  const [old] = it.client.seed(configMaps, { metadata: { namespace: 'n', name: 'old' } } as any)
  it.client.seed(configMaps, { metadata: { namespace: 'n', name: 'new' } } as any)
  const status = { resourceVersion: old!.metadata.resourceVersion, conditions: [{ type: 'Running', status: 'True', reason: 'MigrationRunning', message: '' }] }
  it.client.seed(storageVersionMigrations, migration('m', { resource: 'configmaps' }, { status }))
  await it.settled()
  assert.deepEqual(
    applied(it).map(({ metadata }) => metadata.uid),
    [old!.metadata.uid],
  )
  assert.deepEqual(conditions(it, 'm'), success)
})

const refuseOnce = (error: Error) => {
  let left = 1
  return ({ verb, resource }: InterceptedCall) => {
    if (verb === 'patch' && resource?.plural === 'configmaps' && left-- > 0) throw error
  }
}
for (const [name, error, end, told, calls] of [
  ['is in conflict, which is as good as written', conflict({ group: '', resource: 'configmaps' }, 'a', 'changed'), success, '', 0],
  ['cannot be written now, and then can', serviceUnavailable('not now'), success, '', 1],
  ['gets no answer, and then gets one', new Error('socket hang up'), success, '', 1],
  ['is refused', badRequest('it is wrong'), failure, 'migration encountered unhandled error: it is wrong', 0],
] as const)
  test(`an object ${name}`, async (t) => {
    const it = given(t, refuseOnce(error))
    it.client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } } as any)
    it.client.seed(storageVersionMigrations, migration('m', { resource: 'configmaps' }))
    await it.settled()
    await it.advance(5_000)
    await it.settled()
    assert.deepEqual(conditions(it, 'm'), end)
    assert.equal(message(it, 'm', end === success ? 'Succeeded' : 'Failed'), told)
    assert.equal(applied(it).length, calls)
  })

test('a resource that nobody serves is waited for a minute, and then given up', async (t) => {
  const it = given(t)
  it.client.seed(storageVersionMigrations, migration('m', { group: 'example.com', resource: 'gadgets' }))
  await it.settled()
  await it.advance(50_000)
  assert.deepEqual(conditions(it, 'm'), ['Running=True MigrationRunning'])
  await it.advance(15_000)
  await it.settled()
  assert.deepEqual(conditions(it, 'm'), failure)
  assert.equal(message(it, 'm', 'Failed'), 'resource does not exist in discovery')
})

test('of two migrations of one resource the older runs first, and the other after it', async (t) => {
  const order: string[] = []
  const it = given(t, ({ verb, resource, args }) => {
    const [object] = args as any[]
    const last = object?.status?.conditions?.at(-1)
    if (verb === 'update' && resource?.plural === 'storageversionmigrations') order.push(`${object.metadata.name} ${last?.type}`)
  })
  const at = (creationTimestamp: string) => ({ creationTimestamp })
  it.client.seed(
    storageVersionMigrations,
    { ...migration('a', { resource: 'secrets' }), metadata: { name: 'a', ...at('1970-01-01T00:00:00Z') } },
    { ...migration('b', { resource: 'secrets' }), metadata: { name: 'b', ...at('1969-12-31T00:00:00Z') } },
  )
  await it.settled()
  await it.settled()
  assert.deepEqual([conditions(it, 'a'), conditions(it, 'b')], [success, success])
  assert.ok(order.lastIndexOf('b Succeeded') < order.indexOf('a Running'), order.join())
})

const definition = (generation = 2): any => ({
  metadata: { name: 'widgets.example.com', generation },
  spec: { versions: [{ name: 'v1' }, { name: 'v2', storage: true }] },
  status: { storedVersions: ['v1', 'v2'], conditions: [{ type: 'Established', status: 'True' }] },
})
const state = ({ client }: ControllerTest) => {
  const { storedVersions, conditions = [] } = client.peek(customResourceDefinitions, '', 'widgets.example.com')!.status
  const migrating = conditions?.find(({ type }) => type === 'StorageMigrating')
  return [storedVersions, migrating?.status, migrating?.reason, migrating?.message]
}

test("a custom resource's definition says that it is migrated, and then that nothing is stored in older versions", async (t) => {
  const seen: unknown[] = []
  const it = given(t, ({ verb, resource }, client) => {
    if (verb === 'patch' && resource?.plural === 'widgets') seen.push(state({ client } as ControllerTest))
  })
  it.client.seed(customResourceDefinitions, definition())
  it.client.seed(widgets, { metadata: { namespace: 'n', name: 'w' } } as any)
  it.client.seed(storageVersionMigrations, migration('m', ofWidgets))
  await it.settled()
  assert.deepEqual(seen, [[['v1', 'v2'], 'True', 'MigrationRunning', 'Migration m is running']])
  assert.deepEqual(state(it), [['v2'], 'False', 'MigrationSucceeded', 'The migration has succeeded and the stored versions have been updated'])
  assert.deepEqual(conditions(it, 'm'), success)
})

test('a definition that was changed meanwhile keeps its stored versions', async (t) => {
  const it = given(t, ({ verb, resource }, client) => {
    if (verb !== 'patch' || resource?.plural !== 'widgets') return
    const current = client.peek(customResourceDefinitions, '', 'widgets.example.com')!
    client.seed(customResourceDefinitions, { ...current, metadata: { ...current.metadata, generation: 3 } })
  })
  it.client.seed(customResourceDefinitions, definition())
  it.client.seed(widgets, { metadata: { namespace: 'n', name: 'w' } } as any)
  it.client.seed(storageVersionMigrations, migration('m', ofWidgets))
  await it.settled()
  const why = 'The migration has succeeded but the stored versions have not been updated due to a generation mismatch'
  assert.deepEqual(state(it), [['v1', 'v2'], 'False', 'MigrationSucceeded', why])
})

test('after a migration that failed the stored versions are as they were', async (t) => {
  const it = given(t, ({ verb, resource }) => {
    if (verb === 'patch' && resource?.plural === 'widgets') throw badRequest('it is wrong')
  })
  it.client.seed(customResourceDefinitions, definition())
  it.client.seed(widgets, { metadata: { namespace: 'n', name: 'w' } } as any)
  it.client.seed(storageVersionMigrations, migration('m', ofWidgets))
  await it.settled()
  assert.deepEqual(state(it), [['v1', 'v2'], 'False', 'MigrationFailed', 'The migration has failed'])
  assert.deepEqual(conditions(it, 'm'), failure)
})

test('a migration begins when the API server stores the resource as its definition says', async (t) => {
  const discovery = serveDiscovery(() => [widgets])
  let hash = 'older'
  const it = given(t, undefined, async (request) => {
    const answer = await discovery(request)
    if (request.path !== '/apis/example.com/v2') return answer
    const text = JSON.stringify({ resources: [{ name: 'widgets', storageVersionHash: hash }] })
    return { ...answer, text: async () => text }
  })
  const { spec, ...rest } = definition()
  it.client.seed(customResourceDefinitions, { ...rest, spec: { ...spec, group: 'example.com', names: { kind: 'Widget' } } })
  it.client.seed(widgets, { metadata: { namespace: 'n', name: 'w' } } as any)
  it.client.seed(storageVersionMigrations, migration('m', ofWidgets))
  await it.settled()
  await it.advance(10_000)
  assert.deepEqual([conditions(it, 'm'), applied(it).length], [['Running=True MigrationRunning'], 0])
  assert.equal(it.client.peek(storageVersionMigrations, '', 'm')!.status.resourceVersion, undefined)
  hash = createHash('sha256').update('example.com/v2/Widget').digest().subarray(0, 8).toString('base64')
  await it.advance(5_000)
  await it.settled()
  assert.deepEqual([conditions(it, 'm'), applied(it).length], [success, 1])
})
