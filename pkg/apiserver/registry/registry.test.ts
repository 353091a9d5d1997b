import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { test } from 'node:test'
import { configMaps, deployments, namespaces, pods, secrets } from '#api/gen/resources.ts'
import { isConflict, isInvalid, isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { startTestApiServer, type TestApiServer } from '../testing.ts'

const namespace = 'default'

async function raw(control: TestApiServer, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await control.client.request({
    method,
    path,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined }
}

function pod(name: string, more: object = {}) {
  return { metadata: { name, namespace, labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }], ...more } }
}

async function fails(promise: Promise<unknown>): Promise<StatusError> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof StatusError)
    return error
  }
  throw new Error('it did not fail')
}

test('pages of a list show one revision however much is written between them', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  for (const name of ['a', 'b', 'c', 'd', 'e']) await client.create(configMaps, { metadata: { name, namespace } })
  const first = await client.list(configMaps, { namespace, limit: 2 })
  assert.equal(first.metadata.remainingItemCount, 3)
  await client.delete(configMaps, { namespace, name: 'c' })
  await client.create(configMaps, { metadata: { name: 'bb', namespace } })
  const second = await client.list(configMaps, { namespace, limit: 2, continue: first.metadata.continue! })
  const third = await client.list(configMaps, { namespace, limit: 2, continue: second.metadata.continue! })
  const names = [first, second, third].flatMap(({ items }) => items.map(({ metadata }) => metadata.name))
  assert.deepEqual(names, ['a', 'b', 'c', 'd', 'e'])
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion)
  assert.equal(third.metadata.continue, undefined)
})

test('a write of empty lists and maps that are never stored changes nothing, however it is sent', async () => {
  await using control = await startTestApiServer()
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const { json: made } = await raw(control, 'POST', path, { metadata: { name: 'x' }, spec: { selector: { matchLabels: { app: 'x' } }, template } })
  const empties = { nodeSelector: {}, volumes: [], containers: [{ ...made.spec.template.spec.containers[0], args: [], resources: { limits: {}, claims: [] } }] }
  const { metadata, spec } = made
  const put = {
    ...made,
    metadata: { ...metadata, annotations: {}, finalizers: [] },
    spec: {
      ...spec,
      selector: { ...spec.selector, matchExpressions: [] },
      template: { metadata: { ...spec.template.metadata, annotations: {} }, spec: { ...spec.template.spec, ...empties } },
    },
  }
  const patch = { metadata: { annotations: {} }, spec: { template: { spec: empties } } }
  const written = [
    await raw(control, 'PUT', `${path}/x`, put),
    await raw(control, 'PATCH', `${path}/x`, patch, { 'content-type': 'application/merge-patch+json' }),
    await raw(control, 'PATCH', `${path}/x`, patch, { 'content-type': 'application/strategic-merge-patch+json' }),
    await raw(control, 'PATCH', `${path}/x`, [{ op: 'add', path: '/spec/template/spec/nodeSelector', value: {} }], {
      'content-type': 'application/json-patch+json',
    }),
  ]
  for (const { status, json } of written) {
    assert.equal(status, 200)
    assert.deepEqual(json, made)
  }
})

test('an object that several apply at once is made by one, and changed by the others', async () => {
  await using control = await startTestApiServer()
  const apply = (manager: string) =>
    raw(
      control,
      'PATCH',
      `/api/v1/namespaces/default/configmaps/shared?fieldManager=${manager}`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { [manager]: 'x' } },
      { 'content-type': 'application/apply-patch+yaml' },
    )
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map(apply))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 201])
  const { data } = await control.client.get(configMaps, { namespace, name: 'shared' })
  assert.deepEqual(data, { a: 'x', b: 'x', c: 'x', d: 'x' })
})

test('a continue token of a compacted revision answers 410 with a token to go on with', async () => {
  const { openStore } = await import('#storage/open.ts')
  const store = await openStore({ kind: 'memory' })
  await using control = await startTestApiServer({ store })
  for (const name of ['a', 'b', 'c']) await control.client.create(configMaps, { metadata: { name, namespace } })
  const first = await control.client.list(configMaps, { namespace, limit: 1 })
  await control.client.create(configMaps, { metadata: { name: 'd', namespace } })
  await store.compact(store.revision())
  const answer = await raw(control, 'GET', `/api/v1/namespaces/default/configmaps?limit=5&continue=${first.metadata.continue}`)
  assert.equal(answer.status, 410)
  assert.equal(answer.json.reason, 'Expired')
  const rest = await raw(control, 'GET', `/api/v1/namespaces/default/configmaps?limit=5&continue=${answer.json.metadata.continue}`)
  assert.deepEqual(
    rest.json.items.map((each: any) => each.metadata.name),
    ['b', 'c', 'd'],
  )
})

test('a continue token expires with its revision where nothing of the resource has changed, too', async () => {
  const { openStore } = await import('#storage/open.ts')
  const store = await openStore({ kind: 'memory' })
  await using control = await startTestApiServer({ store })
  for (const name of ['a', 'b', 'c']) await control.client.create(configMaps, { metadata: { name, namespace } })
  const first = await control.client.list(configMaps, { namespace, limit: 1 })
  const page = () => raw(control, 'GET', `/api/v1/namespaces/default/configmaps?limit=5&continue=${first.metadata.continue}`)
  await control.client.create(pods, pod('elsewhere'))
  assert.equal((await page()).status, 200)
  await store.compact(store.revision())
  const answer = await page()
  assert.equal(answer.status, 410)
  const rest = await raw(control, 'GET', `/api/v1/namespaces/default/configmaps?limit=5&continue=${answer.json.metadata.continue}`)
  assert.deepEqual(
    rest.json.items.map((each: any) => each.metadata.name),
    ['b', 'c'],
  )
})

test('items of a list carry no kind, and selectors choose among them', async () => {
  await using control = await startTestApiServer()
  await control.client.create(pods, pod('a'))
  await control.client.create(pods, pod('b', { nodeName: 'n1' }))
  const all = await raw(control, 'GET', '/api/v1/pods')
  assert.equal(all.json.kind, 'PodList')
  assert.equal(all.json.items[0].kind, undefined)
  assert.match(all.json.items[0].metadata.resourceVersion, /^\d+$/)
  const labelled = await raw(control, 'GET', '/api/v1/pods?labelSelector=app%3Da')
  assert.equal(labelled.json.items.length, 1)
  const onNode = await raw(control, 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1')
  assert.equal(onNode.json.items[0].metadata.name, 'b')
  const wrong = await raw(control, 'GET', '/api/v1/pods?fieldSelector=spec.foo%3Dn1')
  assert.equal(wrong.status, 400)
  assert.equal(wrong.json.message, 'field label not supported: spec.foo')
})

test('an update of an old version conflicts, with the words clients know', async () => {
  await using control = await startTestApiServer()
  const made = await control.client.create(configMaps, { metadata: { name: 'a', namespace } })
  await control.client.update(configMaps, { ...made, data: { x: '1' } })
  const error = await fails(control.client.update(configMaps, { ...made, data: { x: '2' } }))
  assert.ok(isConflict(error))
  assert.equal(
    error.message,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  )
})

test('a write that changes nothing makes no new version', async () => {
  await using control = await startTestApiServer()
  const made = await control.client.create(configMaps, { metadata: { name: 'a', namespace }, data: { x: '1' } })
  const again = await control.client.update(configMaps, made)
  assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion)
})

test('names are generated, and dry runs leave nothing behind', async () => {
  await using control = await startTestApiServer()
  const made = await control.client.create(configMaps, { metadata: { generateName: 'x-', namespace } })
  assert.match(made.metadata.name, /^x-[a-z0-9]{5}$/)
  const dry = await control.client.create(configMaps, { metadata: { name: 'dry', namespace } }, { dryRun: true })
  assert.equal(dry.metadata.name, 'dry')
  await assert.rejects(control.client.get(configMaps, { namespace, name: 'dry' }), isNotFound)
})

test('a generated name that is taken eight times over is told so, and to come back', async (t) => {
  await using control = await startTestApiServer()
  let rolls = 0
  t.mock.method(crypto, 'randomInt', () => {
    rolls++
    return 0
  })
  const generated = () => control.client.create(configMaps, { metadata: { generateName: 'x-', namespace } })
  assert.equal((await generated()).metadata.name, 'x-bbbbb')
  rolls = 0
  const error = await fails(generated())
  assert.equal(error.message, 'configmaps "x-bbbbb" already exists, the server was not able to generate a unique name for the object')
  assert.deepEqual([error.code, error.reason, error.details?.retryAfterSeconds], [409, 'AlreadyExists', 1])
  assert.equal(rolls, 8 * 5)
})

test('methods that there are not are refused as upstream refuses them', async () => {
  await using control = await startTestApiServer()
  const answer = async (method: string, path: string) => {
    const response = await control.client.request({ method, path })
    return [response.status, JSON.parse(await response.text()).message]
  }
  const refused = [405, 'the server does not allow this method on the requested resource']
  for (const [method, path] of [
    ['PUT', `/api/v1/namespaces/${namespace}/configmaps`],
    ['POST', `/api/v1/namespaces/${namespace}/configmaps/a`],
    ['OPTIONS', `/api/v1/namespaces/${namespace}/configmaps`],
    ['TRACE', `/api/v1/namespaces/${namespace}/configmaps/a`],
  ] as const)
    assert.deepEqual(await answer(method, path), refused, `${method} ${path}`)
  for (const path of ['/api/v1/namespaces', '/api/v1/namespaces/default', '/api/v1/namespaces/default/status'])
    assert.equal((await control.client.request({ method: 'HEAD', path })).status, 405, path)
  assert.equal((await control.client.request({ method: 'HEAD', path: '/healthz' })).status, 200)
})

test('unknown fields are warned of, refused or let pass as fieldValidation says', async () => {
  await using control = await startTestApiServer()
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, foo: 1 }
  const path = '/api/v1/namespaces/default/configmaps'
  const warned = await raw(control, 'POST', `${path}?dryRun=All`, body)
  assert.equal(warned.status, 201)
  assert.equal(warned.headers.warning, '299 - "unknown field \\"foo\\""')
  const strict = await raw(control, 'POST', `${path}?fieldValidation=Strict`, body)
  assert.equal(strict.status, 400)
  assert.match(strict.json.message, /strict decoding error: unknown field "foo"/)
  const ignored = await raw(control, 'POST', `${path}?fieldValidation=Ignore`, body)
  assert.equal(ignored.headers.warning, undefined)
})

test('a name that is no name, and an annotation that is none, are invalid', async () => {
  await using control = await startTestApiServer()
  const error = await fails(control.client.create(configMaps, { metadata: { name: 'A_b', namespace } }))
  assert.ok(isInvalid(error))
  assert.match(error.message, /^ConfigMap "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain/)
})

test('a pod on a node is deleted gracefully, and at once with a grace of zero', async () => {
  await using control = await startTestApiServer()
  await control.client.create(pods, pod('a', { nodeName: 'n1' }))
  const deleting = await raw(control, 'DELETE', '/api/v1/namespaces/default/pods/a')
  assert.equal(deleting.json.kind, 'Pod')
  assert.equal(deleting.json.metadata.deletionGracePeriodSeconds, 30)
  assert.equal((await control.client.get(pods, { namespace, name: 'a' })).metadata.deletionGracePeriodSeconds, 30)
  await control.client.delete(pods, { namespace, name: 'a' }, { gracePeriodSeconds: 0 })
  await assert.rejects(control.client.get(pods, { namespace, name: 'a' }), isNotFound)
})

test('finalizers hold an object that is deleted until the last is gone', async () => {
  await using control = await startTestApiServer()
  await control.client.create(configMaps, { metadata: { name: 'a', namespace, finalizers: ['example.com/x'] } })
  await control.client.delete(configMaps, { namespace, name: 'a' })
  const held = await control.client.get(configMaps, { namespace, name: 'a' })
  assert.ok(held.metadata.deletionTimestamp)
  await control.client.patch(configMaps, { namespace, name: 'a' }, { metadata: { finalizers: null } }, { type: 'merge' })
  await assert.rejects(control.client.get(configMaps, { namespace, name: 'a' }), isNotFound)
})

test('propagation policies leave their finalizers, and the answer of a deletion is a Status', async () => {
  await using control = await startTestApiServer()
  const web = {
    metadata: { name: 'web', namespace },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
  }
  await control.client.create(deployments, web)
  await control.client.delete(deployments, { namespace, name: 'web' }, { propagationPolicy: 'Foreground' })
  const held = await control.client.get(deployments, { namespace, name: 'web' })
  assert.deepEqual(held.metadata.finalizers, ['foregroundDeletion'])
  await control.client.patch(deployments, { namespace, name: 'web' }, [{ op: 'remove', path: '/metadata/finalizers' }], { type: 'json' })
  await control.client.create(deployments, web)
  const deleted = await raw(control, 'DELETE', '/apis/apps/v1/namespaces/default/deployments/web')
  assert.equal(deleted.json.status, 'Success')
  assert.equal(deleted.json.details.kind, 'deployments')
})

test('a deletion whose precondition does not hold is refused', async () => {
  await using control = await startTestApiServer()
  await control.client.create(configMaps, { metadata: { name: 'a', namespace } })
  const error = await fails(control.client.delete(configMaps, { namespace, name: 'a' }, { preconditions: { uid: 'other' } }))
  assert.ok(isConflict(error))
})

test('a namespace is Terminating until its finalizer is taken away', async () => {
  await using control = await startTestApiServer()
  await control.client.create(namespaces, { metadata: { name: 'n' } })
  await control.client.delete(namespaces, { name: 'n' })
  const held = await control.client.get(namespaces, { name: 'n' })
  assert.equal(held.status.phase, 'Terminating')
  assert.deepEqual(held.spec.finalizers, ['kubernetes'])
  await raw(control, 'PUT', '/api/v1/namespaces/n/finalize', { ...held, spec: { finalizers: [] } })
  await assert.rejects(control.client.get(namespaces, { name: 'n' }), isNotFound)
})

test('a deletion of a collection takes what matches', async () => {
  await using control = await startTestApiServer()
  for (const name of ['a', 'b', 'c']) await control.client.create(configMaps, { metadata: { name, namespace, labels: { keep: String(name === 'c') } } })
  await control.client.deleteCollection(configMaps, { namespace, labelSelector: 'keep=false' })
  const left = await control.client.list(configMaps, { namespace })
  assert.deepEqual(
    left.items.map(({ metadata }) => metadata.name),
    ['c'],
  )
})

test('the status door writes status alone, and the main door all else', async () => {
  await using control = await startTestApiServer()
  const made = await control.client.create(pods, pod('a'))
  const running = await control.client.update(pods, { ...made, spec: { ...made.spec, nodeName: 'x' }, status: { phase: 'Running' } }, { subresource: 'status' })
  assert.equal(running.status.phase, 'Running')
  assert.equal(running.spec.nodeName, undefined)
  const main = await control.client.update(pods, { ...running, status: { phase: 'Failed' } })
  assert.equal(main.status.phase, 'Running')
})

test('server-side apply merges, owns and conflicts', async () => {
  await using control = await startTestApiServer()
  const key = { namespace, name: 'a' }
  const config = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data })
  const made = await control.client.patch(configMaps, key, config({ x: '1' }), { type: 'apply', fieldManager: 'one' })
  assert.equal(made.metadata.managedFields?.[0]?.manager, 'one')
  await control.client.patch(configMaps, key, config({ y: '2' }), { type: 'apply', fieldManager: 'two' })
  const error = await fails(control.client.patch(configMaps, key, config({ x: '9' }), { type: 'apply', fieldManager: 'two' }))
  assert.ok(isConflict(error))
  const forced = await control.client.patch(configMaps, key, config({ x: '9' }), { type: 'apply', fieldManager: 'two', force: true })
  assert.deepEqual(forced.data, { x: '9' })
})

test('a pod is bound once', async () => {
  await using control = await startTestApiServer()
  await control.client.create(pods, pod('a'))
  const path = '/api/v1/namespaces/default/pods/a/binding'
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a' }, target: { kind: 'Node', name: 'n1' } }
  assert.equal((await raw(control, 'POST', path, binding)).status, 201)
  const bound = await control.client.get(pods, { namespace, name: 'a' })
  assert.equal(bound.spec.nodeName, 'n1')
  assert.equal(bound.status.conditions?.[0]?.type, 'PodScheduled')
  const again = await raw(control, 'POST', path, binding)
  assert.equal(again.status, 409)
  assert.match(again.json.message, /pod a is already assigned to node "n1"/)
})

test('an eviction spends a disruption budget, and is refused when it is spent', async () => {
  await using control = await startTestApiServer()
  for (const name of ['a', 'b']) {
    const made = await control.client.create(pods, { ...pod(name), metadata: { name, namespace, labels: { app: 'x' } } })
    await control.client.update(pods, { ...made, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }, { subresource: 'status' })
  }
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'p' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } },
  }
  const made = await raw(control, 'POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', budget)
  assert.equal(made.status, 201)
  const status = { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 }
  await raw(control, 'PUT', '/apis/policy/v1/namespaces/default/poddisruptionbudgets/p/status', { ...made.json, status })
  const evict = (name: string) =>
    raw(control, 'POST', `/api/v1/namespaces/default/pods/${name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } })
  assert.equal((await evict('a')).status, 201)
  const refused = await evict('b')
  assert.equal(refused.status, 429)
  assert.equal(refused.json.details.causes[0].reason, 'DisruptionBudget')
})

test('replicas are read and written as a Scale', async () => {
  await using control = await startTestApiServer()
  const web = {
    metadata: { name: 'web', namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  }
  await control.client.create(deployments, web)
  const path = '/apis/apps/v1/namespaces/default/deployments/web/scale'
  const scale = (await raw(control, 'GET', path)).json
  assert.equal(scale.kind, 'Scale')
  assert.equal(scale.spec.replicas, 2)
  assert.equal(scale.status.selector, 'a=b')
  const put = await raw(control, 'PUT', path, { ...scale, spec: { replicas: 7 } })
  assert.equal(put.json.spec.replicas, 7)
  const after = await control.client.get(deployments, { namespace, name: 'web' })
  assert.equal(after.spec.replicas, 7)
  assert.equal(after.metadata.generation, 2)
})

test('tables, metadata alone, YAML and protobuf are given to who asks', async () => {
  await using control = await startTestApiServer()
  await control.client.create(pods, pod('a'))
  const table = await raw(control, 'GET', '/api/v1/pods', undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' })
  assert.equal(table.json.kind, 'Table')
  assert.deepEqual(table.json.rows[0].cells.slice(0, 3), ['a', '0/1', 'Pending'])
  assert.equal(table.json.rows[0].object.kind, 'PartialObjectMetadata')
  const metadata = await raw(control, 'GET', '/api/v1/pods', undefined, { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' })
  assert.equal(metadata.json.kind, 'PartialObjectMetadataList')
  assert.equal(metadata.json.items[0].spec, undefined)
  const yaml = await raw(control, 'GET', '/api/v1/namespaces/default/pods/a', undefined, { accept: 'application/yaml' })
  assert.match(yaml.text, /^apiVersion: v1\nkind: Pod\n/m)
  const protobuf = await raw(control, 'GET', '/api/v1/pods', undefined, { accept: 'application/vnd.kubernetes.protobuf' })
  assert.equal(protobuf.text.slice(0, 3), 'k8s')
  const none = await raw(control, 'GET', '/api/v1/pods', undefined, { accept: 'text/html' })
  assert.equal(none.status, 406)
})

test('a body of another kind, or of none, is a bad request', async () => {
  await using control = await startTestApiServer()
  const path = '/api/v1/namespaces/default/configmaps'
  assert.equal((await raw(control, 'POST', path, '{"apiVersion":')).status, 400)
  const version = await raw(control, 'POST', path, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } })
  assert.match(version.json.message, /^ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2"/)
  const elsewhere = await raw(control, 'POST', path, { metadata: { name: 'a', namespace: 'other' } })
  assert.equal(elsewhere.json.message, 'the namespace of the provided object does not match the namespace sent on the request')
  assert.equal((await raw(control, 'POST', path, 'x', { 'content-type': 'text/plain' })).status, 415)
})

test('what nobody serves is not found, and a user without rights is told so in full', async () => {
  await using control = await startTestApiServer()
  assert.equal((await raw(control, 'GET', '/apis/none.example.com/v1/things')).status, 404)
  const stranger = control.clientAs({ name: 'x', groups: [] })
  const error = await fails(stranger.list(pods, { namespace }))
  assert.equal(error.message, 'pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "default"')
})

test('secrets are sealed at rest when there is a key', async () => {
  const { openStore } = await import('#storage/open.ts')
  const { aesGcmTransformer } = await import('../encryption/index.ts')
  const store = await openStore({ kind: 'memory' })
  await using control = await startTestApiServer({ store, encryption: aesGcmTransformer(new Uint8Array(32).fill(7)) })
  await control.client.create(secrets, { metadata: { name: 's', namespace }, data: { password: 'aHVudGVyMg==' } })
  const stored = Buffer.from((await store.get('/registry/core/secrets/default/s'))!.value)
  assert.equal(stored.includes('aHVudGVyMg=='), false)
  assert.equal((await control.client.get(secrets, { namespace, name: 's' })).data?.password, 'aHVudGVyMg==')
})

test('events can be written in one version and read in the other', async () => {
  await using control = await startTestApiServer()
  const event = { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'a', namespace }, reason: 'R', message: 'm', type: 'Normal' }
  assert.equal((await raw(control, 'POST', '/api/v1/namespaces/default/events', event)).status, 201)
  const read = await raw(control, 'GET', '/apis/events.k8s.io/v1/namespaces/default/events/e')
  assert.equal(read.json.apiVersion, 'events.k8s.io/v1')
  assert.equal(read.json.regarding.name, 'a')
  assert.equal(read.json.note, 'm')
})

test('delete options and patches that are no JSON are bad requests', async () => {
  await using control = await startTestApiServer()
  await control.client.create(configMaps, { metadata: { name: 'a', namespace } })
  const path = '/api/v1/namespaces/default/configmaps/a'
  assert.equal((await raw(control, 'DELETE', path, '{"gracePeriodSeconds":"x"}')).status, 400)
  assert.equal((await raw(control, 'DELETE', path, { propagationPolicy: 'Nope' })).status, 422)
  assert.equal((await raw(control, 'PATCH', path, 'x', { 'content-type': 'application/merge-patch+json' })).status, 400)
  assert.equal((await raw(control, 'PATCH', path, {}, { 'content-type': 'application/json' })).status, 415)
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'other' } }
  const elsewhere = await raw(control, 'PATCH', `${path}?fieldManager=x`, applied, { 'content-type': 'application/apply-patch+yaml' })
  assert.equal(elsewhere.status, 400)
})

test("an applied configuration that is not of its kind is refused in upstream's words", async () => {
  await using control = await startTestApiServer()
  const path = '/api/v1/namespaces/default/pods/a?fieldManager=x'
  const apply = async (body: unknown, query = '') =>
    (await raw(control, 'PATCH', `${path}${query}`, body, { 'content-type': 'application/apply-patch+yaml' })).json as { code: number; message: string }
  const pod = (spec: object, more: object = {}) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec, ...more })
  const refused = async (body: unknown, ...parts: readonly string[]) => {
    const { code, message } = await apply(body, '&fieldValidation=Strict')
    assert.deepEqual([code, message], [500, parts.join('')])
  }
  const typed = 'failed to create typed patch object (/a; /v1, Kind=Pod): '
  await refused(pod({ colour: 'red' }), typed, '.spec.colour: field not declared in schema')
  await refused(pod({ hostNetwork: 'yes' }), typed, '.spec.hostNetwork: expected boolean, got &{yes}')
  await refused({ apiVersion: 'v1', kind: 'Pod', metadata: 'a' }, 'failed to create typed patch object (/; /v1, Kind=Pod): .metadata: expected map, got &{a}')
  const container = (requests: object) => pod({ containers: [{ name: 'c', image: 'i', resources: { requests } }] })
  await refused(
    container({ cpu: 'much' }),
    'failed to convert new object (/a; /v1, Kind=Pod) to proper version: unable to convert unstructured object to /v1, Kind=Pod: ',
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  )
  const twice = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\nkind: Pod\n'
  const { code, message } = await apply(twice, '&fieldValidation=Strict')
  const duplicate = 'error converting YAML to JSON: yaml: unmarshal errors:\n  line 5: key "kind" already set in map'
  assert.deepEqual([code, message], [400, `error strict decoding YAML: ${duplicate}`])
})

test('CBOR, which 1.36 has off, is neither read nor written', async () => {
  await using control = await startTestApiServer()
  const path = '/api/v1/namespaces/default/configmaps'
  const sent = await raw(control, 'POST', path, 'x', { 'content-type': 'application/cbor' })
  assert.deepEqual([sent.status, sent.json.reason], [415, 'UnsupportedMediaType'])
  const asked = await raw(control, 'GET', path, undefined, { accept: 'application/cbor' })
  assert.deepEqual([asked.status, asked.json.reason], [406, 'NotAcceptable'])
  assert.equal((await raw(control, 'GET', path, undefined, { accept: 'application/cbor, application/json' })).headers['content-type'], 'application/json')
  const applied = await raw(control, 'PATCH', `${path}/a?fieldManager=m`, 'x', { 'content-type': 'application/apply-patch+cbor' })
  assert.equal(applied.status, 415)
})

test('patches of one object at once all take effect', async () => {
  await using control = await startTestApiServer()
  await control.client.create(configMaps, { metadata: { name: 'a', namespace } })
  const key = { namespace, name: 'a' }
  await Promise.all([1, 2, 3, 4].map((each) => control.client.patch(configMaps, key, { data: { [`k${each}`]: 'v' } }, { type: 'merge' })))
  assert.equal(Object.keys((await control.client.get(configMaps, key)).data ?? {}).length, 4)
})

test('writing to all namespaces at once is not allowed, nor a version on what is to be created', async () => {
  await using control = await startTestApiServer()
  assert.equal((await raw(control, 'POST', '/api/v1/configmaps', { metadata: { name: 'a' } })).status, 405)
  const versioned = await raw(control, 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a', resourceVersion: '5' } })
  assert.equal(versioned.json.message, 'resourceVersion should not be set on objects to be created')
  // What else is wrong is told first, and a dry run, which stores nothing, does not come so far.
  const invalid = await raw(control, 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'A', resourceVersion: '5' } })
  assert.equal(invalid.status, 422)
  const dry = await raw(control, 'POST', '/api/v1/namespaces/default/configmaps?dryRun=All', { metadata: { name: 'a', resourceVersion: '5' } })
  assert.deepEqual([dry.status, dry.json.metadata.resourceVersion], [201, '5'])
})
