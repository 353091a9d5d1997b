import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { test } from 'node:test'
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import { apiServices, configMaps, endpointSlices, services } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createClient } from '#client/rest.ts'
import { assembleApiServer, type AssembledApiServer, type AssembleOptions } from '../assemble.ts'
import { define, cronTabDefinition } from '../crd/test-definition.ts'
import { RemoteOpenApi } from './openapi.ts'
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

/** Its documents are read beside the check that it answers, and may come later. */
async function discovered(control: AssembledApiServer, group: string): Promise<any> {
  for (let turn = 0; turn < 2000; turn++) {
    const found = (await json(control, '/apis', discovery)).json.items.find((each: any) => each.metadata.name === group)?.versions[0]
    if (found?.freshness === 'Current') return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(`what ${group} serves was never read`)
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
  await client.create(endpointSlices, {
    metadata: { name: 'extension-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'extension' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 443, protocol: 'TCP' }],
    endpoints: [{ addresses: ['192.0.2.7'], conditions: { ready: false } }],
  } as never)
  assert.equal(
    (await condition(control, 'v1.ext.example.com', 'MissingEndpoints')).status.conditions?.[0]?.message,
    'endpointslices for service/extension in "default" have no addresses with port name ""',
  )
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
  // Not the last one: the look whether it is available may come in between.
  const asked = extension.requests.findLast(({ headers }) => headers['x-remote-user'] === 'alice')!
  assert.equal(asked.proxy, 'front-proxy-client')
  assert.equal(asked.headers['x-remote-user'], 'alice')
  assert.equal(asked.headers['x-remote-uid'], 'u1')
  assert.equal(asked.headers['x-remote-group'], 'a,b, system:masters, system:authenticated')
  assert.equal(asked.headers['x-remote-extra-some%2fkey'], 'x')
  assert.equal(asked.headers.authorization, undefined)

  const groups = (await json(control, '/apis')).json.groups.map(({ name }: any) => name)
  assert.equal(groups[0], 'apiregistration.k8s.io')
  assert.ok(groups.includes('ext.example.com'))
  const merged = await discovered(control, 'ext.example.com')
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

test('upgrades go through to the extension server, for SPDY and for WebSocket, and who comes by the front proxy is believed', async () => {
  await using extension = await startTestExtension('ext.example.com', 'v1')
  const staticTokens = [{ token: 'sesame', user: { name: 'alice', groups: ['system:masters'] } }]
  await using control = await start({
    proxyClient: extension.proxyClient,
    frontProxyCa: extension.frontProxyCa,
    clientCa: extension.frontProxyCa,
    staticTokens,
  })
  const { client, server } = control
  await client.create(services, { metadata: { name: 'extension', namespace: 'default' }, spec: { type: 'ExternalName', externalName: 'localhost' } } as never)
  const service = { namespace: 'default', name: 'extension', port: extension.port }
  await client.create(apiServices, registration('ext.example.com', 'v1', { service, caBundle: extension.caBundle }))
  await condition(control, 'v1.ext.example.com', 'Passed')
  const door = await server.listen({ port: 0, tls: { ...extension.serverPair, clientCa: extension.frontProxyCa } })
  const to = { host: '127.0.0.1', port: door.port, agent: false, rejectUnauthorized: false } as const

  const path = '/apis/ext.example.com/v1/namespaces/default/widgets/one/attach?watch=false'
  const upgraded = (headers: Record<string, string>, send: string): Promise<{ head: IncomingMessage; echoed: string }> =>
    new Promise((resolve, reject) => {
      const request = httpsRequest({ ...to, path, headers: { authorization: 'Bearer sesame', connection: 'Upgrade', ...headers } })
      request.on('upgrade', (head, socket) => {
        // Both ends hang up, and either may find the other gone.
        socket.on('error', () => {})
        socket.on('data', (chunk) => {
          socket.destroy()
          resolve({ head, echoed: String(chunk) })
        })
        socket.write(send)
      })
      request.on('response', ({ statusCode }) => reject(new Error(`answered ${statusCode}`)))
      request.on('error', reject)
      request.end()
    })
  for (const upgrade of ['SPDY/3.1', 'websocket']) {
    const { head, echoed } = await upgraded({ upgrade, 'x-stream-protocol-version': 'v4.channel.k8s.io' }, `frames of ${upgrade}`)
    assert.deepEqual([head.statusCode, head.headers.upgrade, echoed], [101, upgrade, `frames of ${upgrade}`])
    // The last that was asked so: the aggregator asks for discovery whenever it likes.
    const asked = extension.requests.findLast((each) => each.path?.includes('/attach'))!
    assert.deepEqual(
      [asked.path, asked.headers['x-remote-user'], asked.headers['x-stream-protocol-version'], asked.headers.authorization, asked.proxy],
      [path, 'alice', 'v4.channel.k8s.io', undefined, 'front-proxy-client'],
    )
  }

  const whoAmI = (headers: Record<string, string>, pair: object): Promise<any> =>
    new Promise((resolve, reject) => {
      const options = { ...to, ...pair, method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews' }
      const request = httpsRequest({ ...options, headers: { 'content-type': 'application/json', ...headers } }, async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve(JSON.parse(text))
      })
      request.on('error', reject)
      request.end('{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}')
    })
  const { certificate, key } = extension.proxyClient
  const claims = { 'x-remote-user': 'bob', 'x-remote-group': 'system:masters' }
  assert.deepEqual((await whoAmI(claims, { cert: certificate, key })).status.userInfo, { username: 'bob', groups: ['system:masters', 'system:authenticated'] })
  assert.equal((await whoAmI(claims, {})).reason, 'Forbidden', 'headers alone prove nothing')
  await door.close()
})

test('OpenAPI of a server that hangs is what it said last, and of one that knows only v2 is converted', async () => {
  const clock = new FakeClock()
  const documents = new RemoteOpenApi(clock)
  const v2 = JSON.stringify({ swagger: '2.0', paths: {}, definitions: { Widget: { type: 'object' } } })
  const fetched: string[] = []
  let hangs = false
  const api = {
    name: 'v1.ext.example.com',
    path: '/apis/ext.example.com/v1',
    fetch: async (path: string) => {
      fetched.push(path)
      if (hangs) return new Promise(() => {})
      return path === '/openapi/v2' ? { status: 200, headers: {}, text: v2 } : { status: 404, headers: {}, text: '' }
    },
  } as never
  const both = async () => [await documents.v3([api]), await documents.v2([api])] as const
  const [[converted]] = await both()
  const v3 = JSON.parse(String(converted!.bytes()))
  assert.deepEqual([converted!.path, v3.openapi, Object.keys(v3.components.schemas)], ['apis/ext.example.com/v1', '3.0.0', ['Widget']])
  assert.deepEqual(fetched, ['/openapi/v3/apis/ext.example.com/v1', '/openapi/v3', '/openapi/v2', '/openapi/v2'])
  hangs = true
  await clock.advance(61_000)
  for (let turn = 0; turn < 3; turn++)
    assert.deepEqual(
      (await both()).map(({ length }) => length),
      [1, 1],
    )
  assert.equal(fetched.length, 6, 'asked once each, however often the documents are wanted')
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
