import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApiServer, type TestApiServer } from '../testing.ts'

async function send(control: TestApiServer, method: string, path: string, body?: object, contentType = 'application/json') {
  const response = await control.client.request({
    method,
    path,
    headers: { 'content-type': contentType, accept: 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, json: text.startsWith('{') ? JSON.parse(text) : undefined }
}

const pod = (more: object = {}) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }], ...more } })
const pods = '/api/v1/namespaces/default/pods'

test('only its finalize door takes the finalizers of a namespace', async () => {
  await using control = await startTestApiServer()
  await send(control, 'POST', '/api/v1/namespaces', { metadata: { name: 'a' } })
  const before = (await send(control, 'GET', '/api/v1/namespaces/a')).json
  assert.deepEqual(before.spec.finalizers, ['kubernetes'])
  const main = await send(control, 'PUT', '/api/v1/namespaces/a', { ...before, spec: { finalizers: [] } })
  assert.deepEqual(main.json.spec.finalizers, ['kubernetes'])
  const finalized = await send(control, 'PUT', '/api/v1/namespaces/a/finalize', { ...main.json, spec: { finalizers: ['example.com/x'] } })
  assert.deepEqual([finalized.status, finalized.json.spec.finalizers], [200, ['example.com/x']])
  const wrong = await send(control, 'PUT', '/api/v1/namespaces/a/finalize', { ...finalized.json, spec: { finalizers: ['-'] } })
  assert.deepEqual([wrong.status, wrong.json.reason, wrong.json.details.causes[0].field], [422, 'Invalid', 'spec.finalizers[0]'])
})

test('a binding takes a pod once, and only to a node', async () => {
  await using control = await startTestApiServer()
  await send(control, 'POST', pods, pod())
  const bind = (target: object) => send(control, 'POST', `${pods}/p/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target })
  const wrong = await bind({ kind: 'Service', name: 'n' })
  assert.deepEqual([wrong.status, wrong.json.message], [500, 'target.kind: Unsupported value: "Service": supported values: "Node", "<empty>"'])
  assert.equal((await bind({ kind: 'Node', name: 'n' })).status, 201)
  const again = await bind({ kind: 'Node', name: 'm' })
  assert.deepEqual([again.status, again.json.message], [409, 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"'])
})

test('ephemeral containers come by their own door, and stay', async () => {
  await using control = await startTestApiServer()
  await send(control, 'POST', pods, pod())
  const patch = (ephemeralContainers: object[]) =>
    send(control, 'PATCH', `${pods}/p/ephemeralcontainers`, { spec: { ephemeralContainers } }, 'application/strategic-merge-patch+json')
  const added = await patch([{ name: 'debug', image: 'i' }])
  assert.deepEqual([added.status, added.json.spec.ephemeralContainers.map((each: any) => each.name)], [200, ['debug']])
  const changed = await patch([{ name: 'debug', image: 'other' }])
  assert.deepEqual([changed.status, changed.json.reason], [422, 'Invalid'])
  const main = await send(
    control,
    'PATCH',
    `${pods}/p`,
    { spec: { ephemeralContainers: [{ name: 'x', image: 'i' }] } },
    'application/strategic-merge-patch+json',
  )
  assert.equal(main.status, 422)
})

test('a scale is refused below nothing, and changes what it is of', async () => {
  await using control = await startTestApiServer()
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const spec = { selector: { matchLabels: { a: 'b' } }, serviceName: 's', template }
  const scaled: [string, object][] = [
    ['/apis/apps/v1/namespaces/default/deployments', { metadata: { name: 'x' }, spec }],
    ['/apis/apps/v1/namespaces/default/replicasets', { metadata: { name: 'x' }, spec }],
    ['/apis/apps/v1/namespaces/default/statefulsets', { metadata: { name: 'x' }, spec }],
    ['/api/v1/namespaces/default/replicationcontrollers', { metadata: { name: 'x' }, spec: { selector: { a: 'b' }, template } }],
  ]
  for (const [path, object] of scaled) {
    assert.equal((await send(control, 'POST', path, object)).status, 201, path)
    const current = (await send(control, 'GET', `${path}/x/scale`)).json
    assert.deepEqual([current.apiVersion, current.kind, current.spec.replicas, current.status.selector], ['autoscaling/v1', 'Scale', 1, 'a=b'], path)
    const wrong = await send(control, 'PUT', `${path}/x/scale`, { ...current, spec: { replicas: -1 } })
    assert.deepEqual(
      [wrong.status, wrong.json.details.causes[0]],
      [422, { reason: 'FieldValueInvalid', message: 'Invalid value: -1: must be greater than or equal to 0', field: 'spec.replicas' }],
      path,
    )
    assert.equal((await send(control, 'PUT', `${path}/x/scale`, { ...current, spec: { replicas: 3 } })).json.spec.replicas, 3, path)
    assert.equal((await send(control, 'GET', `${path}/x`)).json.spec.replicas, 3, path)
  }
})
