/** Storage version migration on a real API server, under the default policy: what is in the store before and after. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { customResourceDefinitions, secrets, storageVersionMigrations } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { assembleApiServer } from '#apiserver/assemble.ts'
import { allAuthenticated, serviceAccountGroups, serviceAccountUserName } from '#apiserver/authn/users.ts'
import { aesGcmTransformer } from '#apiserver/encryption/index.ts'
import { sleep, systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { createClient } from '#client/rest.ts'
import { startControlPlane } from '#control-plane/start.ts'
import { startControllerManager } from '#controllers/manager.ts'
import { openStore } from '#storage/open.ts'

type Widget = KubeObject & { spec?: { size?: number } }
const widgets = (version: string): ResourceRef<Widget> => ({ group: 'example.com', version, plural: 'widgets', kind: 'Widget', namespaced: true })
const featureGates = new Set(['StorageVersionMigrator'])
const runtimeConfig = new Set(['storagemigration.k8s.io/v1beta1'])
const serviceAccountKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const namespace = 'default'

async function start(t: TestContext, keys: readonly Uint8Array[] = [randomBytes(32)]) {
  const clock = systemClock
  const complaints: string[] = []
  const log = createLogger({ component: 'test', level: 'warn', write: (line) => void complaints.push(line) })
  const store = await openStore({ kind: 'memory' })
  const assembled = assembleApiServer({ store, serviceAccountKey, clock, log, featureGates, runtimeConfig, encryption: aesGcmTransformer(...keys) })
  await assembled.ready
  const clientOf = (name: string, groups: readonly string[]) => createClient(assembled.server.transport({ name, groups: [...groups, allAuthenticated] }))
  const abort = new AbortController()
  const manager = startControllerManager({
    client: clientOf('system:kube-controller-manager', []),
    clientOf: (account) => clientOf(serviceAccountUserName('kube-system', account), serviceAccountGroups('kube-system')),
    clock,
    log,
    signal: abort.signal,
    controllers: ['storage-version-migrator-controller'],
    featureGates,
    rootCa: '',
  })
  t.after(async () => {
    abort.abort()
    await manager.done
    await assembled.close()
    await store.close()
    assert.deepEqual(complaints, [])
  })
  const { client } = assembled
  const eventually = async (what: string, check: () => Promise<boolean>): Promise<void> => {
    for (let attempt = 0; attempt < 1200; attempt++) {
      if (await check()) return
      await sleep(clock, 50)
    }
    assert.fail(`never came about: ${what}\n${complaints.join('')}`)
  }
  return {
    client,
    store,
    eventually,
    /** Until it has ended; answers how. */
    async migrate(name: string, resource: { group: string; resource: string }): Promise<string[]> {
      await client.create(storageVersionMigrations, { metadata: { name }, spec: { resource } })
      let found: string[] = []
      await eventually(`the end of ${name}`, async () => {
        const { status } = await client.get(storageVersionMigrations, { name })
        found = (status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`)
        return found.includes('Running=False MigrationCompleted')
      })
      return found
    },
  }
}

const success = ['Running=False MigrationCompleted', 'Succeeded=True StorageVersionMigrationSucceeded']
const versionOf = (name: string, stored: string) => ({
  name,
  served: true,
  storage: name === stored,
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } } },
})
const definition = (stored: string, ...versions: string[]): any => ({
  metadata: { name: 'widgets.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: versions.map((each) => versionOf(each, stored)) },
})

test("a custom resource's objects are stored in its new version, and the old one may go", { timeout: 120_000 }, async (t) => {
  const { client, store, eventually, migrate } = await start(t)
  const name = 'widgets.example.com'
  const served = (version: string) =>
    eventually(`${version} is served`, () =>
      client.list(widgets(version)).then(
        () => true,
        (error) => {
          if (isNotFound(error)) return false
          throw error
        },
      ),
    )
  const storedAs = async () =>
    (await store.range('/registry/example.com/widgets/')).entries.map(({ value }) => JSON.parse(Buffer.from(value).toString()).apiVersion)
  const change = async (next: any) => {
    const current = await client.get(customResourceDefinitions, { name })
    return client.update(customResourceDefinitions, { ...current, spec: next.spec })
  }
  await client.create(customResourceDefinitions, definition('v1', 'v1'))
  await served('v1')
  for (const each of ['a', 'b']) await client.create(widgets('v1'), { metadata: { namespace, name: each }, spec: { size: 1 } } as any)
  await change(definition('v2', 'v1', 'v2'))
  await served('v2')
  // One that is new already.
  await client.create(widgets('v2'), { metadata: { namespace, name: 'c' }, spec: { size: 3 } } as any)
  assert.deepEqual(await storedAs(), ['example.com/v1', 'example.com/v1', 'example.com/v2'])
  const before = (await client.list(widgets('v2'))).items
  await assert.rejects(change(definition('v2', 'v2')), /status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions/)

  assert.deepEqual(await migrate('to-v2', { group: 'example.com', resource: 'widgets' }), success)
  assert.deepEqual(await storedAs(), ['example.com/v2', 'example.com/v2', 'example.com/v2'])
  const after = (await client.list(widgets('v2'))).items
  const unversioned = ({ metadata: { resourceVersion: _, ...metadata }, ...rest }: Widget) => ({ ...rest, metadata })
  assert.deepEqual(after.map(unversioned), before.map(unversioned), 'nothing else of them changed, their managedFields neither')
  assert.deepEqual(
    after.map(({ metadata }, index) => metadata.resourceVersion === before[index]!.metadata.resourceVersion),
    [false, false, true],
    'what was stored as it should be was not written',
  )
  const { status } = await client.get(customResourceDefinitions, { name })
  assert.deepEqual(status.storedVersions, ['v2'])
  assert.equal(status.conditions!.find(({ type }) => type === 'StorageMigrating')?.reason, 'MigrationSucceeded')

  // A second one finds nothing to do.
  const revisions = async () => (await store.range('/registry/example.com/widgets/')).entries.map(({ revision }) => revision)
  const unmoved = await revisions()
  assert.deepEqual(await migrate('again', { group: 'example.com', resource: 'widgets' }), success)
  assert.deepEqual(await revisions(), unmoved)
  await change(definition('v2', 'v2'))
})

test('Secrets that are sealed with an older key, or not at all, are sealed with the first one', { timeout: 120_000 }, async (t) => {
  const [first, older] = [randomBytes(32), randomBytes(32)]
  const { client, store, migrate } = await start(t, [first, older])
  for (const name of ['a', 'b', 'c']) await client.create(secrets, { metadata: { namespace, name }, stringData: { k: name } } as any)
  const key = (name: string) => `/registry/core/secrets/${namespace}/${name}`
  // As a server writes them that has another first key, or none.
  const rewrite = async (name: string, seal: (plain: Uint8Array) => Uint8Array) => {
    const { value, revision } = (await store.get(key(name)))!
    await store.put(key(name), seal(aesGcmTransformer(first).open(key(name), value)), { expectRevision: revision })
  }
  await rewrite('a', (plain) => aesGcmTransformer(older).seal(key('a'), plain))
  await rewrite('b', (plain) => plain)
  const stale = async () => {
    const entries = await Promise.all(['a', 'b', 'c'].map((name) => store.get(key(name))))
    return entries.map((entry) => aesGcmTransformer(first).isStale!(entry!.key, entry!.value))
  }
  assert.deepEqual(await stale(), [true, true, false])
  const untouched = (await store.get(key('c')))!.revision

  assert.deepEqual(await migrate('new-key', { group: '', resource: 'secrets' }), success)
  assert.deepEqual(await stale(), [false, false, false])
  assert.equal((await store.get(key('c')))!.revision, untouched, 'what has the first key was not written')
  for (const name of ['a', 'b']) {
    assert.deepEqual((await client.get(secrets, { namespace, name })).data, { k: Buffer.from(name).toString('base64') })
  }
})

test('a migration that cannot be says so in its status; one that is wrong is refused', { timeout: 120_000 }, async (t) => {
  const { client, migrate } = await start(t)
  // Reviews are made, and never stored.
  assert.deepEqual(await migrate('reviews', { group: 'authentication.k8s.io', resource: 'tokenreviews' }), [
    'Running=False MigrationCompleted',
    'Failed=True StorageVersionMigrationFailed',
  ])
  await assert.rejects(
    client.create(storageVersionMigrations, { metadata: { name: 'x' }, spec: { resource: { group: 'apps', resource: '' } } }),
    /spec\.resource\.resource: Required value: resource is required to be set/,
  )
  const current = await client.get(storageVersionMigrations, { name: 'reviews' })
  await assert.rejects(client.update(storageVersionMigrations, { ...current, spec: { resource: { group: '', resource: 'pods' } } }), /field is immutable/)
})

test('without the gate the version is not served, whatever is asked for', async () => {
  const assembled = assembleApiServer({ runtimeConfig, serviceAccountKey })
  await assembled.ready
  await assert.rejects(assembled.client.list(storageVersionMigrations), isNotFound)
  await assembled.close()
})

test('a definition that is changed and migrated at once is migrated all the same, all pages of it', { timeout: 120_000 }, async (t) => {
  const { client, store, eventually, migrate } = await start(t)
  await client.create(customResourceDefinitions, definition('v1', 'v1'))
  const ask = () =>
    client.create(widgets('v1'), { metadata: { namespace, name: 'a' } } as any).then(
      () => true,
      (error) => {
        if (isNotFound(error)) return false
        throw error
      },
    )
  await eventually('v1 is served', ask)
  // More than a page of the migration.
  const more = Array.from({ length: 520 }, (_, index) => client.create(widgets('v1'), { metadata: { namespace, name: `w${index}` } }))
  await Promise.all(more)
  const current = await client.get(customResourceDefinitions, { name: 'widgets.example.com' })
  const changing = client.update(customResourceDefinitions, { ...current, spec: definition('v2', 'v1', 'v2').spec })
  const [, ended] = await Promise.all([changing, changing.then(() => migrate('at-once', { group: 'example.com', resource: 'widgets' }))])
  assert.deepEqual(ended, success)
  const { entries } = await store.range('/registry/example.com/widgets/')
  assert.equal(entries.length, 521)
  assert.deepEqual([...new Set(entries.map(({ value }) => JSON.parse(Buffer.from(value).toString()).apiVersion))], ['example.com/v2'])
})

test('the library has it too', { timeout: 120_000 }, async (t) => {
  await using controlPlane = await startControlPlane({ listen: false, featureGates, runtimeConfig, controllers: ['storage-version-migrator-controller'] })
  const { client } = controlPlane
  await client.create(storageVersionMigrations, { metadata: { name: 'm' }, spec: { resource: { group: '', resource: 'configmaps' } } })
  for await (const { object } of client.watch(storageVersionMigrations, {
    resourceVersion: '0',
    signal: AbortSignal.any([t.signal, AbortSignal.timeout(100_000)]),
  })) {
    if (object.status.conditions?.some(({ type, status }) => type === 'Succeeded' && status === 'True')) return
  }
  assert.fail('it never succeeded')
})
