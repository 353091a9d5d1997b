import assert from 'node:assert/strict'
import { test } from 'node:test'
import { customResourceDefinitions } from '#api/gen/resources.ts'
import { isNotFound, type StatusError } from '#apimachinery/status-error.ts'
import { startTestApiServer } from '../testing.ts'
import { type CronTab, cronTabDefinition, crontabs, define, until } from './test-definition.ts'

const cron = (name: string, spec: object): CronTab =>
  ({ apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name, namespace: 'default' }, spec }) as CronTab

test('a defined kind is served with defaults, pruning and its own table', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const crd = await define(client, cronTabDefinition())
  assert.deepEqual(
    crd.status.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
    [
      ['NamesAccepted', 'True', 'NoConflicts', 'no conflicts found'],
      ['Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted'],
    ],
  )
  assert.deepEqual(crd.status.storedVersions, ['v1'])
  assert.equal(crd.status.acceptedNames.singular, 'crontab')

  const created = await client.create(crontabs, cron('a', { cronSpec: '* * * * */5', unknown: 1, extra: { any: { thing: 1 } } }))
  assert.deepEqual(created.spec, { cronSpec: '* * * * */5', extra: { any: { thing: 1 } }, image: 'busybox', replicas: 1 })
  assert.equal(created.metadata.generation, 1)

  const table = await client.request({
    method: 'GET',
    path: '/apis/stable.example.com/v1/namespaces/default/crontabs',
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  })
  const { columnDefinitions, rows } = JSON.parse(await table.text()) as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] }
  assert.deepEqual(
    columnDefinitions.map(({ name }) => name),
    ['Name', 'Spec', 'Replicas'],
  )
  assert.deepEqual(
    rows.map(({ cells }) => cells),
    [['a', '* * * * */5', 1]],
  )

  const listed = JSON.parse(await (await client.request({ method: 'GET', path: '/apis/stable.example.com/v1/crontabs' })).text()) as any
  assert.deepEqual([listed.kind, listed.items[0].kind, listed.items[0].apiVersion], ['CronTabList', 'CronTab', 'stable.example.com/v1'])
  assert.equal((await client.list(crontabs, { fieldSelector: 'spec.image=busybox' })).items.length, 1)
  assert.equal((await client.list(crontabs, { fieldSelector: 'spec.image=other' })).items.length, 0)
  await assert.rejects(client.list(crontabs, { fieldSelector: 'spec.cronSpec=x' }), /field label not supported: spec\.cronSpec/)
})

test("what does not fit the schema is refused in upstream's words", async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, cronTabDefinition())
  const refused = async (spec: object): Promise<string> => {
    try {
      await client.create(crontabs, cron('a', spec))
    } catch (error) {
      return (error as StatusError).message
    }
    throw new Error('it was accepted')
  }
  assert.equal(
    await refused({ cronSpec: '* * * * *', replicas: 11 }),
    'CronTab.stable.example.com "a" is invalid: spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10',
  )
  assert.equal(await refused({}), 'CronTab.stable.example.com "a" is invalid: spec.cronSpec: Required value')
  assert.match(
    await refused({ cronSpec: '* * * * *', replicas: 'x' }),
    /spec\.replicas: Invalid value: "string": spec\.replicas in body must be of type integer: "string"/,
  )
  assert.match(await refused({ cronSpec: 'x' }), /spec\.cronSpec: Invalid value: "x": spec\.cronSpec in body should match '/)
  assert.match(await refused({ cronSpec: '* * * * *', ports: [{ name: 'a' }, { name: 'a' }] }), /spec\.ports\[1\]: Duplicate value: {"name":"a"}/)
  assert.match(
    await refused({ cronSpec: '* * * * *', ports: [{ name: 'a', port: true }] }),
    /spec\.ports\[0\]\.port: Invalid value: "boolean": spec\.ports\[0\]\.port in body must be of type integer,string: "boolean"/,
  )
  await assert.rejects(
    client.create(crontabs, cron('a', { cronSpec: '* * * * *', foo: 1 }), { fieldValidation: 'Strict' }),
    /strict decoding error: unknown field "spec\.foo"/,
  )
})

test('status and scale are doors of their own', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, cronTabDefinition())
  const created = await client.create(crontabs, { ...cron('a', { cronSpec: '* * * * *' }), status: { replicas: 7 } })
  assert.equal(created.status, undefined)
  const withStatus = await client.update(
    crontabs,
    { ...created, spec: { cronSpec: '1 * * * *' }, status: { replicas: 3, labelSelector: 'app=a' } },
    { subresource: 'status' },
  )
  assert.equal(withStatus.spec?.cronSpec, '* * * * *')
  assert.equal(withStatus.metadata.generation, 1)
  const updated = await client.update(crontabs, { ...withStatus, spec: { ...withStatus.spec, cronSpec: '1 * * * *' }, status: { replicas: 9 } })
  assert.equal(updated.status?.replicas, 3)
  assert.equal(updated.metadata.generation, 2)
  const path = '/apis/stable.example.com/v1/namespaces/default/crontabs/a/scale'
  const scale = JSON.parse(await (await client.request({ method: 'GET', path })).text()) as { spec: object; status: object }
  assert.deepEqual([scale.spec, scale.status], [{ replicas: 1 }, { replicas: 3, selector: 'app=a' }])
  await client.patch(crontabs, { namespace: 'default', name: 'a' }, { spec: { replicas: 5 } }, { type: 'merge', subresource: 'scale' })
  assert.equal((await client.get(crontabs, { namespace: 'default', name: 'a' })).spec?.replicas, 5)
})

test('server-side apply merges lists that are maps, and names its conflicts', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, cronTabDefinition())
  const apply = (manager: string, spec: object) =>
    client.patch(crontabs, { namespace: 'default', name: 'a' }, cron('a', spec), { type: 'apply', fieldManager: manager })
  await apply('one', { cronSpec: '* * * * *', ports: [{ name: 'http', port: 80 }] })
  const merged = await apply('two', { ports: [{ name: 'https', port: 'secure' }] })
  assert.deepEqual(merged.spec?.ports, [
    { name: 'http', port: 80 },
    { name: 'https', port: 'secure' },
  ])
  await assert.rejects(apply('two', { cronSpec: '1 * * * *' }), /conflict with "one": \.spec\.cronSpec/)
})

test('a null where null may not be is as good as not said, whoever puts it there', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, cronTabDefinition())
  const key = { namespace: 'default', name: 'a' }
  const nulls = { cronSpec: '* * * * *', image: null, replicas: null, suspended: null, ports: null, extra: { any: null } }
  const left = { cronSpec: '* * * * *', image: 'busybox', replicas: 1, suspended: null, extra: { any: null } }
  const created = await client.create(crontabs, cron('a', nulls))
  assert.deepEqual(created.spec, left)
  assert.deepEqual((await client.update(crontabs, { ...created, spec: nulls } as unknown as CronTab)).spec, left)
  const added = [{ op: 'add', path: '/spec/ports', value: null }]
  assert.deepEqual((await client.patch(crontabs, key, added, { type: 'json' })).spec, left)
  // The list that loses its last item is null first.
  const apply = async (spec: object) => (await client.patch(crontabs, key, cron('a', spec), { type: 'apply', fieldManager: 'm', force: true })).spec
  assert.deepEqual((await apply({ cronSpec: '* * * * *', ports: [{ name: 'a' }] }))?.ports, [{ name: 'a' }])
  assert.deepEqual(await apply({ cronSpec: '* * * * *' }), left)
  // One that is applied is held against the schema.
  await assert.rejects(apply({ cronSpec: '* * * * *', ports: null }), /spec\.ports in body must be of type array: "null"/)
})

test('objects inside objects have proper metadata', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const crd = cronTabDefinition()
  const inner = { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }
  const root = crd.spec.versions[0]!.schema!.openAPIV3Schema as { properties: { spec: { properties: Record<string, object> } } }
  crd.spec.versions[0]!.schema = structuredClone({ openAPIV3Schema: { ...root, properties: { spec: { type: 'object', properties: { inner } } } } }) as never
  crd.spec.versions[0]!.selectableFields = []
  await define(client, crd)
  let count = 0
  const tried = async (value: object, more: object = {}) => {
    try {
      return (await client.create(crontabs, cron(`a${count++}`, { inner: value }), more)).spec as { inner?: object }
    } catch (error) {
      return (error as StatusError).message.replace(/^.* is invalid: /, '')
    }
  }
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', colour: 'red' }, data: { a: 'b' } }
  assert.deepEqual(await tried(config), { inner: { ...config, metadata: { name: 'a' } } })
  assert.match(String(await tried(config, { fieldValidation: 'Strict' })), /strict decoding error: unknown field "spec\.inner\.metadata\.colour"$/)
  assert.equal(await tried({ data: {} }), '[spec.inner.apiVersion: Required value, spec.inner.kind: Required value]')
  assert.equal(await tried({ ...config, kind: '' }), 'spec.inner.kind: Invalid value: "": must not be empty')
  assert.equal(await tried({ ...config, metadata: { name: 'a/b' } }), `spec.inner.metadata.name: Invalid value: "a/b": may not contain '/'`)
  assert.match(String(await tried({ ...config, kind: 1 })), /cannot be handled as a CronTab: spec\.inner\.kind: Invalid value: 1: must be a string$/)
  assert.match(
    String(await tried({ ...config, metadata: { labels: 1 } })),
    /cannot be handled as a CronTab: spec\.inner\.metadata: Invalid value: .*json: cannot unmarshal number/,
  )
})

test('names that another kind of the group has are refused until they are free', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, cronTabDefinition())
  const other = cronTabDefinition()
  other.metadata.name = 'others.stable.example.com'
  other.spec.names = { plural: 'others', kind: 'Other', shortNames: ['ct'] }
  await client.create(customResourceDefinitions, other)
  const refused = await until(client, 'others.stable.example.com', (crd) => (crd.status.conditions?.length ?? 0) >= 2)
  assert.deepEqual(
    refused.status.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
    [
      ['NamesAccepted', 'False', 'ShortNamesConflict', '"ct" is already in use'],
      ['Established', 'False', 'NotAccepted', 'not all names are accepted'],
    ],
  )
  await client.delete(customResourceDefinitions, { name: 'crontabs.stable.example.com' })
  await until(
    client,
    'others.stable.example.com',
    (crd) => crd.status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true,
  )
})

test('a definition is deleted with its objects, and its watches end', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, cronTabDefinition())
  await client.create(crontabs, cron('a', { cronSpec: '* * * * *' }))
  const seen: string[] = []
  const watching = (async () => {
    for await (const { type } of client.watch(crontabs, { signal: AbortSignal.timeout(5000) })) seen.push(type)
  })()
  await client.delete(customResourceDefinitions, { name: 'crontabs.stable.example.com' })
  await watching.catch((error: unknown) => assert.ok(isNotFound(error)))
  const signal = AbortSignal.timeout(5000)
  for (;;) {
    const { items } = await client.list(customResourceDefinitions)
    if (items.length === 0) break
    signal.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(seen.at(-1), 'DELETED')
  for (;;) {
    try {
      await client.list(crontabs)
    } catch (error) {
      assert.ok(isNotFound(error))
      break
    }
    signal.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
  }
})

test('discovery and OpenAPI show the kind at once', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  await define(client, cronTabDefinition())
  const read = async (path: string) => JSON.parse(await (await client.request({ method: 'GET', path })).text()) as any
  // Of a group of custom resources the rest is not even a Status.
  const nothing = await client.request({ method: 'GET', path: '/apis/stable.example.com/v1/namespaces/default/nothings' })
  assert.deepEqual([nothing.status, await nothing.text()], [404, '404 page not found\n'])
  const { resources } = await read('/apis/stable.example.com/v1')
  assert.deepEqual(
    resources.map(({ name }: { name: string }) => name),
    ['crontabs', 'crontabs/status', 'crontabs/scale'],
  )
  assert.deepEqual(resources[0].shortNames, ['ct'])
  const v3 = await read('/openapi/v3/apis/stable.example.com/v1')
  const model = v3.components.schemas['com.example.stable.v1.CronTab']
  assert.equal(model.properties.spec.properties.replicas.maximum, 10)
  assert.ok(v3.paths['/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/scale'])
  const v2 = await read('/openapi/v2')
  const { properties } = v2.definitions['com.example.stable.v1.CronTab']
  assert.equal(properties.spec.type, 'object')
  // What all objects have is described by the same words, where there are any.
  const { apiVersion, kind } = v2.definitions['io.k8s.api.core.v1.ConfigMap'].properties
  if (apiVersion.description !== undefined) assert.deepEqual([properties.apiVersion.description, properties.kind], [apiVersion.description, kind])
})
