import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { endpointSlices, nodes, services } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { startLocalhostForwarder } from './localhost-forwarder.ts'
import { testService, testSlice } from './test-objects.ts'

/** The node is another loopback address, so that both ends of the forwarder can be seen. */
const nodeAddress = '127.0.0.2'

async function forwarder(t: TestContext, log: Logger = silentLogger) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  client.seed(nodes, {
    metadata: { name: 'one' },
    spec: {},
    status: { addresses: [{ type: 'InternalIP', address: nodeAddress }], conditions: [{ type: 'Ready', status: 'True' }] },
  } as never)
  const abort = new AbortController()
  t.after(() => abort.abort())
  const running = startLocalhostForwarder({ client, clock, log, signal: abort.signal })
  await running.ready
  return { client, abort, running }
}

const nodePort = (port: number, protocol = 'TCP') =>
  testService('web', { type: 'NodePort', clusterIP: '10.96.0.5', ports: [{ port: 80, nodePort: port, protocol }] })

function say(port: number, text: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(port, host, () => socket.end(text))
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.on('close', () => resolve(heard))
  })
}

/** An echo that answers only after it has heard the end, so that half-closed connections must be carried. */
async function echoNode(t: TestContext, address = nodeAddress, at = 0, name = 'node'): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('end', () => socket.end(`${name} heard ${heard}`))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(at, address, resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('a Service of IPv6 alone is asked at the address of that family', async (t) => {
  const server = createServer((socket) => socket.end('six'))
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const { client } = await forwarder(t)
  const addresses = [nodeAddress, '::1'].map((address) => ({ type: 'InternalIP', address }))
  await client.patch(nodes, { name: 'one' }, { status: { addresses } }, { type: 'merge', subresource: 'status' })
  const service = nodePort(port)
  await client.create(services, { ...service, spec: { ...service.spec, ipFamilies: ['IPv6'] } })
  await settle()
  assert.equal(await say(port, ''), 'six')
})

test('::1 leads to the node as 127.0.0.1 does', { skip: existsSync('/proc/sys/net/ipv6') ? false : 'this kernel has no IPv6' }, async (t) => {
  const port = await echoNode(t)
  const { client } = await forwarder(t)
  await client.create(services, nodePort(port))
  await settle()
  assert.equal(await say(port, 'hello', '::1'), 'node heard hello')
})

test('a Service with policy Local is asked at a node that has an endpoint of it, a ready one before one that is leaving', async (t) => {
  const port = await echoNode(t)
  const { client } = await forwarder(t)
  for (const [name, address] of [
    ['two', '127.0.0.3'],
    ['three', '127.0.0.4'],
  ] as const) {
    await echoNode(t, address, port, name)
    client.seed(nodes, {
      metadata: { name },
      spec: {},
      status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }] },
    } as never)
  }
  const service = nodePort(port)
  await client.create(services, { ...service, spec: { ...service.spec, externalTrafficPolicy: 'Local' } })
  await settle()
  assert.equal(await say(port, 'x'), 'node heard x', 'nobody has one, and any node may say so')
  const leaving = { address: '10.244.1.1', nodeName: 'three', conditions: { ready: false, serving: true, terminating: true } }
  await client.create(endpointSlices, testSlice('web', { port: 8080 }, [leaving]))
  await settle()
  assert.equal(await say(port, 'x'), 'three heard x')
  const stored = await client.get(endpointSlices, { namespace: 'default', name: 'web-1' })
  await client.update(endpointSlices, {
    ...stored,
    ...testSlice('web', { port: 8080 }, [leaving, { address: '10.244.2.1', nodeName: 'two' }]),
    metadata: stored.metadata,
  })
  await settle()
  assert.equal(await say(port, 'x'), 'two heard x')
})

test('a TCP node port on localhost reaches the node, and closes when the Service goes', async (t) => {
  const port = await echoNode(t)
  const { client } = await forwarder(t)
  await client.create(services, nodePort(port))
  await settle()
  assert.equal(await say(port, 'hello'), 'node heard hello')
  await client.delete(services, { namespace: 'default', name: 'web' })
  await settle()
  assert.equal(await say(port, 'hello'), 'ECONNREFUSED')
})

test('a port that is taken on the host is a warning, and the others still work', async (t) => {
  const port = await echoNode(t)
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const warnings: string[] = []
  const { client } = await forwarder(t, { ...silentLogger, warn: (message, fields) => warnings.push(`${message} ${fields?.port}`) })
  const service = nodePort(port)
  service.spec.ports!.push({ name: 'b', port: 81, nodePort: (taken.address() as AddressInfo).port, protocol: 'TCP' })
  await client.create(services, service)
  await settle()
  assert.equal(await say(port, 'x'), 'node heard x')
  assert.deepEqual(warnings, [`the node port is not reachable on localhost tcp ${(taken.address() as AddressInfo).port}`])
})

test('a UDP node port on localhost reaches the node and brings the answer back', async (t) => {
  const node = createSocket('udp4')
  node.on('message', (message, from) => node.send(`node heard ${message}`, from.port, from.address))
  await new Promise<void>((resolve) => node.bind(0, nodeAddress, resolve))
  t.after(() => node.close())
  const { port } = node.address()
  const { client } = await forwarder(t)
  await client.create(services, nodePort(port, 'UDP'))
  await settle()
  const asker = createSocket('udp4')
  t.after(() => asker.close())
  const answer = new Promise<string>((resolve) => asker.once('message', (message) => resolve(String(message))))
  asker.send('hello', port, '127.0.0.1')
  assert.equal(await answer, 'node heard hello')
})

test('of a node port by SCTP, which localhost cannot have, its Service’s name is told once', async (t) => {
  const warnings: string[] = []
  const { client } = await forwarder(t, { ...silentLogger, warn: (message, fields) => warnings.push(`${message}: ${fields?.service} ${fields?.ports}`) })
  const made = await client.create(services, nodePort(30_132, 'SCTP'))
  await settle()
  await client.update(services, { ...made, metadata: { ...made.metadata, labels: { a: 'b' } } })
  await settle()
  assert.deepEqual(warnings, ['SCTP node ports do not answer on localhost, only at the addresses of nodes: default/web 30132'])
})

test('it ends when it is told to', async (t) => {
  const { abort, running } = await forwarder(t)
  abort.abort()
  await running.done
})
