import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionFor } from '#api/index.ts'
import { startTestApiServer, type TestApiServer } from '../testing.ts'

async function get(control: TestApiServer, path: string, accept = 'application/json') {
  const response = await control.client.request({ method: 'GET', path, headers: { accept } })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined }
}

test('groups, versions and resources are listed in the old form', async () => {
  await using control = await startTestApiServer()
  assert.deepEqual((await get(control, '/api')).json.versions, ['v1'])
  const groups = (await get(control, '/apis')).json.groups
  assert.equal(groups.find((each: any) => each.name === 'autoscaling').preferredVersion.version, 'v2')
  const core = (await get(control, '/api/v1')).json
  assert.equal(core.groupVersion, 'v1')
  const names = core.resources.map((each: any) => each.name)
  for (const name of ['pods', 'pods/log', 'pods/exec', 'pods/status', 'pods/eviction', 'services/proxy', 'namespaces/finalize'])
    assert.ok(names.includes(name), name)
  const scale = (await get(control, '/apis/apps/v1')).json.resources.find((each: any) => each.name === 'deployments/scale')
  assert.deepEqual([scale.group, scale.version, scale.kind], ['autoscaling', 'v1', 'Scale'])
})

test('all is given at once to who takes it, and not again to who has it', async () => {
  await using control = await startTestApiServer()
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
  const all = await get(control, '/apis', accept)
  assert.equal(all.json.kind, 'APIGroupDiscoveryList')
  const apps = all.json.items.find((each: any) => each.metadata.name === 'apps')
  const deployments = apps.versions[0].resources.find((each: any) => each.resource === 'deployments')
  assert.equal(deployments.scope, 'Namespaced')
  const again = await control.client.request({ method: 'GET', path: '/apis', headers: { accept, 'if-none-match': all.headers.etag! } })
  assert.equal(again.status, 304)
})

test('a kind that is added is served and listed at once, until it is removed', async () => {
  await using control = await startTestApiServer()
  const widget = { ...definitionFor('', 'v1', 'configmaps')!, group: 'example.com', kind: 'Widget', plural: 'widgets', singular: 'widget' }
  await control.server.addDefinition(widget)
  assert.equal((await get(control, '/apis/example.com/v1')).json.resources[0].name, 'widgets')
  assert.equal((await get(control, '/apis/example.com/v1/widgets')).json.kind, 'WidgetList')
  control.server.removeDefinition('example.com', 'v1', 'widgets')
  assert.equal((await get(control, '/apis/example.com/v1')).status, 404)
  assert.equal((await get(control, '/apis/example.com/v1/widgets')).status, 404)
})

test('version, health and metrics answer', async () => {
  await using control = await startTestApiServer()
  assert.equal((await get(control, '/version')).json.minor, '36')
  assert.equal((await get(control, '/readyz')).text, 'ok')
  assert.match((await get(control, '/livez?verbose')).text, /\[\+\]ping ok\n[\s\S]*livez check passed\n$/)
  assert.equal((await get(control, '/readyz/ping')).text, 'ok')
  const metrics = (await get(control, '/metrics')).text
  assert.match(metrics, /apiserver_request_total\{code="200",component="apiserver",/)
  assert.match(metrics, /apiserver_storage_objects\{resource="namespaces"\} 4/)
  assert.match(metrics, /apiserver_resource_objects\{group="",resource="namespaces"\} 4/)
  assert.match(
    metrics,
    /apiserver_request_total\{code="200",component="",dry_run="",group="",resource="",scope="",subresource="\/readyz",verb="GET",version=""\} 2\n/,
  )
  assert.match(
    metrics,
    /apiserver_response_sizes_bucket\{component="",group="",resource="",scope="",subresource="\/readyz",verb="GET",version="",le="1e\+06"\} 2\n/,
  )
  assert.equal((await get(control, '/nothing')).status, 404)
  const slis = (await get(control, '/metrics/slis')).text
  assert.match(slis, /kubernetes_healthcheck\{name="ping",type="livez"\} 1\n/)
  assert.match(slis, /kubernetes_healthchecks_total\{name="etcd-readiness",status="success",type="readyz"\} 1\n/)
})

test('statusz tells since when the server runs, as text or as a Statusz', async () => {
  await using control = await startTestApiServer()
  assert.match((await get(control, '/statusz', '*/*')).text, /^\napiserver statusz\nWarning: .*\n\nStarted: {2}\w.*\nUp: {2}0 hr 00 min \d\d sec\n/)
  const { json, headers } = await get(control, '/statusz', 'application/json;g=config.k8s.io;v=v1alpha1;as=Statusz')
  assert.equal(json.apiVersion, 'config.k8s.io/v1alpha1')
  assert.deepEqual(json.paths, ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version'])
  assert.equal(headers.warning, '299 - "This version of the statusz endpoint is deprecated. Please use a newer version."')
})

test('component statuses are told, as a table too, with the warning that they are old', async () => {
  await using control = await startTestApiServer()
  const list = await get(control, '/api/v1/componentstatuses')
  assert.equal(list.json.items[0].metadata.name, 'etcd-0')
  assert.equal(list.headers.warning, '299 - "v1 ComponentStatus is deprecated in v1.19+"')
  const table = await get(control, '/api/v1/componentstatuses', 'application/json;as=Table;v=v1;g=meta.k8s.io')
  assert.deepEqual(table.json.rows[0].cells.slice(0, 3), ['etcd-0', 'Healthy', 'ok'])
})

test('the OpenAPI documents are found by their index', async () => {
  await using control = await startTestApiServer()
  const { paths } = (await get(control, '/openapi/v3')).json
  const apps = (await get(control, paths['apis/apps/v1'].serverRelativeURL)).json
  assert.ok(apps.components.schemas['io.k8s.api.apps.v1.Deployment'])
})
