import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect as dial, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { endpointSlices, nodes, pods, services } from '#api/gen/resources.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { createRig, fakeRequest } from '../test-rig.ts'
import type { ApiRequest, ApiResponse, UpgradeSocket } from '../types.ts'
import { createConnectHandlers } from './index.ts'
import { splitProxyName } from './proxy.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-connect-'))
const pki = await createClusterPki(dir, { addresses: [], nodes: [{ name: 'n1', addresses: ['127.0.0.1'] }] })
const serving = pki.nodes.n1!.serving
const seen: string[] = []

const kubelet = createServer({ cert: serving.certificate, key: serving.key, ca: pki.ca.certificate, requestCert: true }, (request, response) => {
  seen.push(`${request.method} ${request.url} authorization=${request.headers.authorization ?? 'none'}`)
  if (request.url!.includes('/waiting/')) {
    response.writeHead(400)
    return response.end('container "c" in pod "waiting" is waiting to start: ContainerCreating\n')
  }
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.write('line 1\n')
  response.end('line 2\n')
})
kubelet.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
  seen.push(`upgrade ${request.url} ${request.headers.upgrade} ${request.headers['x-stream-protocol-version']}`)
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n')
  socket.write(head)
  socket.pipe(socket)
})
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port
await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve))

const running = (name: string, more: object = {}) => ({
  metadata: { namespace: 'default', name },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], ...more },
})
const rig = createRig(
  [
    nodes,
    {
      metadata: { name: 'n1' },
      status: {
        addresses: [
          { type: 'Hostname', address: 'n1' },
          { type: 'InternalIP', address: '127.0.0.1' },
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: portOf(kubelet) } },
      },
    },
    { metadata: { name: 'dead' }, status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: 1 } } } },
  ],
  [
    pods,
    running('web'),
    running('waiting'),
    running('two', { containers: [{ name: 'a' }, { name: 'b' }] }),
    running('unplaced', { nodeName: undefined }),
    running('far', { nodeName: 'dead' }),
    { ...running('local'), status: { podIP: '127.0.0.1' } },
  ],
  [
    services,
    { metadata: { namespace: 'default', name: 'empty' }, spec: { ports: [{ name: 'http', port: 80 }] } },
    { metadata: { namespace: 'default', name: 'unnamed' }, spec: { ports: [{ port: 80 }] } },
  ],
  [
    endpointSlices,
    {
      metadata: { namespace: 'default', name: 'unnamed-1', labels: { 'kubernetes.io/service-name': 'unnamed' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    },
  ],
)
const handlers = createConnectHandlers({
  ...rig,
  kubelet: { ca: pki.ca.certificate, certificate: pki.apiServerKubeletClient.certificate, key: pki.apiServerKubeletClient.key },
})
await rig.start()
after(() => {
  rig.stop()
  kubelet.close()
  kubelet.closeAllConnections()
  rmSync(dir, { recursive: true })
})

function call(what: string, name: string, query = '', more: Partial<ApiRequest> = {}): Promise<ApiResponse> {
  const [resource, subresource] = what.split('/') as [string, string]
  const request = { ...fakeRequest(`/api/v1/namespaces/default/${resource}/${name}/${subresource}${query}`), ...more }
  request.context.info = { ...request.context.info, namespace: resource === 'nodes' ? '' : 'default', resource, subresource, name }
  return handlers[what]!(request)
}

async function textOf({ body }: ApiResponse): Promise<string> {
  if (typeof body === 'string') return body
  let text = ''
  for await (const chunk of body as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString()
  return text
}

test("logs are streamed from the pod's kubelet, whose certificate and ours are verified", async () => {
  const response = await call('pods/log', 'web', '?follow=1&tailLines=5&container=c', { headers: { authorization: 'Bearer secret' } })
  assert.equal(await textOf(response), 'line 1\nline 2\n')
  assert.equal(seen.at(-1), 'GET /containerLogs/default/web/c?follow=true&tailLines=5 authorization=none')
})

test("the kubelet's refusal is a BadRequest with its words", async () => {
  await assert.rejects(call('pods/log', 'waiting'), {
    code: 400,
    reason: 'BadRequest',
    message: 'container "c" in pod "waiting" is waiting to start: ContainerCreating',
  })
})

test('containers must be named where there are several, and exist', async () => {
  await assert.rejects(call('pods/log', 'two'), { code: 400, message: 'a container name must be specified for pod two, choose one of: [a b]' })
  await assert.rejects(call('pods/log', 'web', '?container=x'), { code: 400, message: 'container x is not valid for pod web' })
  await assert.rejects(call('pods/log', 'none'), { code: 404, message: 'pods "none" not found' })
  await assert.rejects(call('pods/log', 'web', '?tailLines=-1'), { code: 422, message: /tailLines: Invalid value: -1: must be greater than or equal to 0/ })
})

test('a pod without a node has no logs and takes no exec; a dead kubelet is told of', async () => {
  const { status, body } = await call('pods/log', 'unplaced')
  assert.deepEqual([status, body], [204, undefined])
  await assert.rejects(call('pods/exec', 'unplaced', '?command=sh'), { code: 400, message: 'pod unplaced does not have a host assigned' })
  await assert.rejects(call('pods/log', 'far'), {
    code: 500,
    message: 'Get "https://127.0.0.1:1/containerLogs/default/far/c": dial tcp 127.0.0.1:1: connect: connection refused',
  })
})

/** A client's socket and the end of it that the server's upgrade listener would have. */
async function socketPair(): Promise<{ client: Socket; server: Socket }> {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const listener = createTcpServer(resolve)
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready))
  const client = dial(portOf(listener), '127.0.0.1')
  const server = await promise
  listener.close()
  return { client, server }
}

test('exec passes the upgraded connection through as bytes, both ways, until one side closes', async () => {
  const { client, server } = await socketPair()
  const upgrade = { socket: server, head: Buffer.from('early '), request: { headersDistinct: {} } as IncomingMessage } satisfies UpgradeSocket
  const headers = { upgrade: 'SPDY/3.1', connection: 'Upgrade', 'x-stream-protocol-version': 'v4.channel.k8s.io', authorization: 'Bearer secret' }
  const response = await call('pods/exec', 'web', '?command=sh&command=-c&stdin=true&stdout=true&tty=false', { method: 'POST', upgrade, headers })
  assert.equal(response.upgraded, true)
  assert.equal(seen.at(-1), 'upgrade /exec/default/web/c?input=1&output=1&command=sh&command=-c SPDY/3.1 v4.channel.k8s.io')
  let received = ''
  client.setEncoding('utf8').on('data', (chunk) => (received += chunk))
  client.write('late')
  while (!received.endsWith('early late')) await new Promise((resolve) => client.once('data', resolve))
  assert.match(received, /^HTTP\/1.1 101 Switching Protocols\r\n/)
  assert.match(received, /X-Stream-Protocol-Version: v4.channel.k8s.io/)
  client.end()
  await new Promise((resolve) => client.once('close', resolve))
})

test('exec without an upgrade, a command or a node is a BadRequest', async () => {
  await assert.rejects(call('pods/exec', 'web', '?command=sh'), { code: 400, message: 'Upgrade request required for pods/exec' })
  await assert.rejects(call('pods/exec', 'web'), { code: 400, message: /you must specify at least one command/ })
})

test("the node's proxy reaches its kubelet; pods and services on this machine are out of reach", async () => {
  const request = fakeRequest('/api/v1/nodes/n1/proxy/pods?x=1')
  request.context.info = { ...request.context.info, resource: 'nodes', subresource: 'proxy', name: 'n1' }
  assert.equal(await textOf(await handlers['nodes/proxy']!(request)), 'line 1\nline 2\n')
  assert.equal(seen.at(-1), 'GET /pods?x=1 authorization=none')
  const noSlash = fakeRequest('/api/v1/nodes/n1/proxy?x=1')
  noSlash.context.info = { ...noSlash.context.info, resource: 'nodes', subresource: 'proxy', name: 'n1' }
  assert.equal((await call('nodes/proxy', 'n1')).headers.location, '/api/v1/namespaces/default/nodes/n1/proxy/')
  assert.deepEqual(((response) => [response.status, response.headers.location])(await handlers['nodes/proxy']!({ ...noSlash, method: 'HEAD' })), [
    301,
    '/api/v1/nodes/n1/proxy/?x=1',
  ])
  await assert.rejects(call('nodes/proxy', 'dead', '/'), {
    code: 503,
    message: /^error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused/,
  })
  await assert.rejects(call('pods/proxy', 'local', '/'), { code: 400, message: 'address not allowed' })
  await assert.rejects(call('services/proxy', 'empty', '/'), { code: 503, message: 'no endpoints available for service "empty"' })
  await assert.rejects(call('services/proxy', 'empty:x', '/'), { code: 503, message: 'no endpoints available for service "empty:x"' })
  // They have an endpoint, which is this machine.
  for (const name of ['unnamed', 'unnamed:80']) await assert.rejects(call('services/proxy', name, '/'), { code: 400, message: 'address not allowed' })
})

test('proxy names are taken apart', () => {
  assert.deepEqual(splitProxyName('web'), { scheme: '', name: 'web', port: '' })
  assert.deepEqual(splitProxyName('web:80'), { scheme: '', name: 'web', port: '80' })
  assert.deepEqual(splitProxyName('https:web:'), { scheme: 'https', name: 'web', port: '' })
  assert.equal(splitProxyName('ftp:web:80'), undefined)
})

test("a kubelet with another CA's certificate is not spoken to", async () => {
  const untrusting = createConnectHandlers({ ...rig, kubelet: { ca: pki.frontProxyCa.certificate } })
  const request = fakeRequest('/api/v1/namespaces/default/pods/web/log')
  request.context.info = { ...request.context.info, namespace: 'default', resource: 'pods', subresource: 'log', name: 'web' }
  await assert.rejects(untrusting['pods/log']!(request), { code: 500, message: /certificate/ })
})
