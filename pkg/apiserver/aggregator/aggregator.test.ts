import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import { apiServices, configMaps, services } from '#api/gen/resources.ts'
import { createClient } from '#client/rest.ts'
import { assembleApiServer, type AssembledApiServer, type AssembleOptions } from '../assemble.ts'
import { define, cronTabDefinition } from '../crd/test-definition.ts'
import { userHeaders } from './remote.ts'
import { startTestExtension } from './test-extension.ts'

const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

async function start(options: Partial<AssembleOptions> = {}): Promise<AssembledApiServer & AsyncDisposable> {
  const assembled = assembleApiServer({ serviceAccountKey: privateKey, ...options })
  await assembled.ready
  return { ...assembled, [Symbol.asyncDispose]: () => assembled.close() }
}

async function json(control: AssembledApiServer, path: string, accept = 'application/json') {
  const response = await control.client.request({ method: 'GET', path, headers: { accept } })
  const text = await response.text()
  return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined }
}

/** Until the condition says so; events drive it, so that it is a matter of a few turns. */
async function condition(control: AssembledApiServer, name: string, reason: string): Promise<APIService> {
  for (let turn = 0; turn < 500; turn++) {
    const service = await control.client.get(apiServices, { name }).catch(() => undefined)
    if (service?.status.conditions?.[0]?.reason === reason) return service
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(`no condition ${reason}: ${JSON.stringify((await control.client.get(apiServices, { name })).status)}`)
}

const registration = (group: string, version: string, spec: object): any => ({
  metadata: { name: `${version}.${group}` },
  spec: { group, version, groupPriorityMinimum: 2000, versionPriority: 10, ...spec },
})
const discovery = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

test('every built-in and custom group version has its local APIService, which goes with the definition', async () => {
  await using control = await start()
  const { client } = control
  const core = await client.get(apiServices, { name: 'v1.' })
  assert.deepEqual([core.spec.groupPriorityMinimum, core.spec.versionPriority], [18000, 1])
  assert.equal(core.metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'], 'onstart')
  assert.deepEqual(core.status.conditions?.[0]?.reason, 'Local')
  assert.equal(
    (await client.list(apiServices)).items.some(({ metadata }) => metadata.name === 'v1.apiregistration.k8s.io'),
    false,
  )
  const crd = await define(client, cronTabDefinition())
  const name = `${crd.spec.versions[0]!.name}.${crd.spec.group}`
  const custom = await condition(control, name, 'Local')
  assert.deepEqual([custom.spec.groupPriorityMinimum, custom.spec.versionPriority], [1000, 100])
})

test('a service that is missing, or does not listen, is told of in the words of upstream', async () => {
  await using control = await start()
  const { client } = control
  await client.create(apiServices, registration('ext.example.com', 'v1', { service: { namespace: 'default', name: 'extension' }, insecureSkipTLSVerify: true }))
  const missing = await condition(control, 'v1.ext.example.com', 'ServiceNotFound')
  assert.equal(missing.status.conditions?.[0]?.message, 'service/extension in "default" is not present')
  await client.create(services, { metadata: { name: 'extension', namespace: 'default' }, spec: { ports: [{ port: 444 }] } } as never)
  const deaf = await condition(control, 'v1.ext.example.com', 'ServicePortError')
  assert.equal(deaf.status.conditions?.[0]?.message, 'service/extension in "default" is not listening on port 443')
  await client.patch(services, { namespace: 'default', name: 'extension' }, { spec: { ports: [{ port: 443 }] } }, { type: 'merge' })
  assert.match((await condition(control, 'v1.ext.example.com', 'EndpointsNotFound')).status.conditions?.[0]?.message ?? '', /^cannot find endpointslices for/)
  const refused = await json(control, '/apis/ext.example.com/v1/widgets')
  assert.deepEqual([refused.status, refused.text], [503, 'service unavailable\n'])
  const listed = (await json(control, '/apis', discovery)).json.items.find((each: any) => each.metadata.name === 'ext.example.com')
  assert.equal(listed.versions[0].freshness, 'Stale')
  const { text } = await json(control, '/metrics')
  assert.match(text, /aggregator_unavailable_apiservice\{name="v1.ext.example.com"\} 1/)
})

test('requests go to the extension server with the name of who asks, and its documents are merged', async () => {
  await using extension = await startTestExtension('ext.example.com', 'v1')
  await using control = await start({ proxyClient: extension.proxyClient, frontProxyCa: extension.frontProxyCa })
  const { client, server } = control
  await client.create(services, { metadata: { name: 'extension', namespace: 'default' }, spec: { type: 'ExternalName', externalName: 'localhost' } } as never)
  const service = { namespace: 'default', name: 'extension', port: extension.port }
  await client.create(apiServices, registration('ext.example.com', 'v1', { service, caBundle: extension.caBundle }))
  assert.equal((await condition(control, 'v1.ext.example.com', 'Passed')).status.conditions?.[0]?.message, 'all checks passed')

  const alice = createClient(server.transport({ name: 'alice', uid: 'u1', groups: ['a,b', 'system:masters'], extra: { 'Some/Key': ['x'] } }))
  const answer = await alice.request({
    method: 'GET',
    path: '/apis/ext.example.com/v1/namespaces/default/widgets/one',
    headers: { authorization: 'Bearer secret' },
  })
  assert.equal(JSON.parse(await answer.text()).kind, 'Widget')
  const asked = extension.requests.at(-1)!
  assert.equal(asked.proxy, 'front-proxy-client')
  assert.equal(asked.headers['x-remote-user'], 'alice')
  assert.equal(asked.headers['x-remote-uid'], 'u1')
  assert.equal(asked.headers['x-remote-group'], 'a,b, system:masters, system:authenticated')
  assert.equal(asked.headers['x-remote-extra-some%2fkey'], 'x')
  assert.equal(asked.headers.authorization, undefined)

  const groups = (await json(control, '/apis')).json.groups.map(({ name }: any) => name)
  assert.equal(groups[0], 'apiregistration.k8s.io')
  assert.ok(groups.includes('ext.example.com'))
  const merged = (await json(control, '/apis', discovery)).json.items.find((each: any) => each.metadata.name === 'ext.example.com').versions[0]
  assert.equal(merged.freshness, 'Current')
  assert.deepEqual([merged.resources[0].resource, merged.resources[0].subresources[0].subresource], ['widgets', 'status'])
  assert.equal((await json(control, '/apis/ext.example.com')).json.preferredVersion.version, 'v1')
  assert.equal((await json(control, '/apis/ext.example.com/v1')).json.resources[0].name, 'widgets')

  const { paths } = (await json(control, '/openapi/v3')).json
  assert.ok((await json(control, paths['apis/ext.example.com/v1'].serverRelativeURL)).json.paths['/apis/ext.example.com/v1/widgets'])
  const v2 = (await json(control, '/openapi/v2')).json
  assert.ok(v2.paths['/apis/ext.example.com/v1/widgets'])
  assert.deepEqual([v2.definitions.Widget, v2.definitions.Unused, '/other/' in v2.paths], [{ type: 'object' }, undefined, false])

  extension.failWith = 500
  await client.patch(apiServices, { name: 'v1.ext.example.com' }, { metadata: { labels: { touched: 'yes' } } }, { type: 'merge' })
  const failed = await condition(control, 'v1.ext.example.com', 'FailedDiscoveryCheck')
  assert.match(
    failed.status.conditions?.[0]?.message ?? '',
    /^failing or missing response from https:\/\/localhost:\d+\/apis\/ext\.example\.com\/v1: bad status from .*: 500$/,
  )
  await client.delete(apiServices, { name: 'v1.ext.example.com' })
  for (let turn = 0; turn < 200 && (await json(control, '/apis/ext.example.com/v1')).status !== 404; turn++)
    await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal((await json(control, '/apis/ext.example.com/v1')).status, 404)
})

test('a certificate that the bundle does not vouch for is not accepted', async () => {
  await using extension = await startTestExtension('ext.example.com', 'v1')
  await using control = await start()
  const { client } = control
  await client.create(services, { metadata: { name: 'extension', namespace: 'default' }, spec: { type: 'ExternalName', externalName: 'localhost' } } as never)
  const service = { namespace: 'default', name: 'extension', port: extension.port }
  await client.create(apiServices, registration('ext.example.com', 'v1', { service }))
  assert.match(
    (await condition(control, 'v1.ext.example.com', 'FailedDiscoveryCheck')).status.conditions?.[0]?.message ?? '',
    /unable to verify|self.signed|certificate/,
  )
})

test("a user's own metrics server takes the place of the built-in one", async () => {
  await using extension = await startTestExtension('metrics.k8s.io', 'v1beta1', { aggregatedDiscovery: true })
  await using control = await start()
  const { client } = control
  assert.equal((await condition(control, 'v1beta1.metrics.k8s.io', 'Local')).metadata.labels, undefined)
  assert.equal((await json(control, '/apis/metrics.k8s.io/v1beta1/nodes')).json.kind, 'NodeMetricsList')
  await client.create(services, { metadata: { name: 'extension', namespace: 'default' }, spec: { type: 'ExternalName', externalName: 'localhost' } } as never)
  const service = { namespace: 'default', name: 'extension', port: extension.port }
  await client.patch(apiServices, { name: 'v1beta1.metrics.k8s.io' }, { spec: { service, insecureSkipTLSVerify: true } }, { type: 'merge' })
  await condition(control, 'v1beta1.metrics.k8s.io', 'Passed')
  await json(control, '/apis/metrics.k8s.io/v1beta1/nodes')
  assert.equal(extension.requests.at(-1)!.path, '/apis/metrics.k8s.io/v1beta1/nodes')
  const merged = (await json(control, '/apis', discovery)).json.items.find((each: any) => each.metadata.name === 'metrics.k8s.io').versions[0]
  assert.equal(merged.resources[0].resource, 'gadgets')
  await client.delete(apiServices, { name: 'v1beta1.metrics.k8s.io' })
  await condition(control, 'v1beta1.metrics.k8s.io', 'Local')
  assert.equal((await json(control, '/apis/metrics.k8s.io/v1beta1/nodes')).json.kind, 'NodeMetricsList')
})

test('extension servers find in kube-system whose headers to believe', async () => {
  await using control = await start({ clientCa: undefined as never, frontProxyCa: (await startedCa()).frontProxyCa })
  const { data } = await control.client.get(configMaps, { namespace: 'kube-system', name: 'extension-apiserver-authentication' })
  assert.equal(data?.['requestheader-allowed-names'], '["front-proxy-client"]')
  assert.match(data?.['requestheader-client-ca-file'] ?? '', /BEGIN CERTIFICATE/)
  assert.equal(data?.['requestheader-uid-headers'], '["X-Remote-Uid"]')
})

async function startedCa() {
  await using extension = await startTestExtension('a.b', 'v1')
  return { frontProxyCa: extension.frontProxyCa }
}

test('keys of extra are escaped as header names need it', () => {
  assert.deepEqual(Object.keys(userHeaders({ name: 'a', groups: [], extra: { 'example.com/größe': ['1'] } })), [
    'x-remote-user',
    'x-remote-extra-example.com%2Fgr%C3%B6%C3%9Fe',
  ])
})
