import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { configMaps, pods } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { openStore } from '#storage/open.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { Audit } from '../audit/index.ts'
import { parsePolicy } from '../audit/policy.ts'
import type { AuditEvent, AuditSink } from '../audit/types.ts'
import { bearerTokenAuthenticator } from '../authn/bearer-token.ts'
import type { Locator } from '../connect/locate.ts'
import { podLogHandler } from '../connect/pod-log.ts'
import { parseRequestInfo } from '../request-info.ts'
import type { ApiServerOptions } from '../server.ts'
import { startTestApiServer } from '../testing.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-web-socket-'))
const pki = await createClusterPki(dir, { addresses: [], nodes: [{ name: 'n1', addresses: ['127.0.0.1'] }] })
const users: Record<string, readonly string[]> = { admin: ['system:masters'], bob: [] }
const authenticators = [
  bearerTokenAuthenticator({
    name: 'test',
    async authenticateToken(token) {
      return users[token] ? { user: { name: token, groups: users[token] } } : undefined
    },
  }),
]

const long = 'a line of a log\n'.repeat(20_000)
let followed = 0
const kubelet = createServer({ cert: pki.nodes.n1!.serving.certificate, key: pki.nodes.n1!.serving.key }, (request, response) => {
  if (request.url!.includes('/waiting/')) return response.writeHead(400).end('container "c" in pod "waiting" is waiting to start')
  response.writeHead(200, { 'content-type': 'text/plain' })
  if (!request.url!.includes('follow=true')) return response.end(request.url!.includes('/quiet/') ? '' : long)
  followed++
  response.on('close', () => followed--)
  return response.write('first\n')
})
await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve))
after(() => {
  kubelet.close()
  kubelet.closeAllConnections()
  rmSync(dir, { recursive: true })
})
async function listening(options: ApiServerOptions = {}) {
  const locate: Locator = {
    pod: (namespace, name) => control.client.get(pods, { namespace, name }),
    node: () => assert.fail('nobody asks'),
    kubelet: async () => ({ host: '127.0.0.1', port: (kubelet.address() as AddressInfo).port }),
  }
  const connectHandlers = { 'pods/log': podLogHandler(locate, { ca: pki.ca.certificate }) }
  const control = await startTestApiServer({ authenticators, connectHandlers, ...options })
  const door = await control.server.listen({ port: 0, tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key } })
  for (const name of ['web', 'quiet', 'waiting', 'unplaced']) {
    const spec = { containers: [{ name: 'c', image: 'i' }], ...(name === 'unplaced' ? {} : { nodeName: 'n1' }) }
    await control.client.create(pods, { ...named(name), spec })
  }
  return { control, door, [Symbol.asyncDispose]: () => control.server.close() }
}

const origin = 'https://dashboard.example'
const asAdmin = { origin, authorization: 'Bearer admin' }

interface Opening {
  readonly headers?: Record<string, string>
  readonly protocols?: readonly string[]
  readonly version?: number
}

interface Message {
  readonly data: Buffer
  readonly binary: boolean
}

/** What a browser can do, and set headers. Refused: what was answered instead. */
async function open({ door }: { door: { port: number } }, path: string, { headers = asAdmin, protocols = [], version = 13 }: Opening = {}) {
  const socket = new WebSocket(`wss://127.0.0.1:${door.port}${path}`, [...protocols], {
    ca: pki.ca.certificate,
    headers,
    perMessageDeflate: false,
    protocolVersion: version,
  })
  const messages: Message[] = []
  let changed = Promise.withResolvers<void>()
  const change = (): void => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  let isClosed = false
  socket.on('message', (data, binary) => {
    messages.push({ data: data as Buffer, binary })
    change()
  })
  const closed = new Promise<number>((resolve) =>
    socket.on('close', (code) => {
      isClosed = true
      change()
      resolve(code)
    }),
  )
  const refusal = await new Promise<{ status: number; text: string; headers: Record<string, unknown> } | undefined>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => resolve(undefined))
    socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }))
    })
  })
  const take = async (count: number): Promise<Message[]> => {
    assert.equal(refusal, undefined)
    while (messages.length < count && !isClosed) await changed.promise
    return messages.slice(0, count)
  }
  return { socket, messages, closed, take, refusal }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(what)
}

const path = '/api/v1/namespaces/default/configmaps'
const info = parseRequestInfo('GET', path, new URLSearchParams())
const named = (name: string) => ({ metadata: { name, namespace: 'default' } })
const meta = 'v=v1;g=meta.k8s.io'

function get({ door }: { door: { port: number } }, at: string, accept = '*/*'): Promise<Buffer> {
  const headers = { accept, authorization: 'Bearer admin' }
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', port: door.port, path: at, ca: pki.ca.certificate, agent: false, headers }, (response) => {
      const blocks: Buffer[] = []
      response.on('data', (block) => blocks.push(block)).on('end', () => resolve(Buffer.concat(blocks)))
    })
    request.on('error', reject).end()
  })
}

/** A plain watch's stream, cut into its events: by their lines, or by the lengths before them. */
function eventsOf(stream: Buffer, hasLengths: boolean): Buffer[] {
  const events: Buffer[] = []
  for (let rest = stream; rest.length > 0; ) {
    const [from, to] = hasLengths ? [4, 4 + rest.readUInt32BE()] : [0, rest.indexOf('\n') + 1]
    events.push(rest.subarray(from, to))
    rest = rest.subarray(to)
  }
  return events
}

for (const [name, accept, binary] of [
  ['JSON', 'application/json', false],
  ['protobuf', 'application/vnd.kubernetes.protobuf', true],
  ['tables', `application/json;as=Table;${meta}`, false],
  ['metadata', `application/json;as=PartialObjectMetadata;${meta}`, false],
  ['metadata in protobuf', `application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;${meta}`, true],
] as const)
  test(`a watch over a WebSocket in ${name} is a message an event: the same bytes as the plain watch, without the lengths of protobuf`, async () => {
    const clock = new FakeClock()
    await using server = await listening({ clock })
    const { client } = server.control
    const { metadata } = await client.list(configMaps, { namespace: 'default' })
    await client.create(configMaps, named('a'))
    await client.create(configMaps, named('b'))
    await client.patch(configMaps, { namespace: 'default', name: 'a' }, { data: { x: '1' } }, { type: 'merge' })
    await client.delete(configMaps, { namespace: 'default', name: 'b' })
    const at = `${path}?watch=true&timeoutSeconds=10&allowWatchBookmarks=true&resourceVersion=${metadata.resourceVersion}`
    const watch = await open(server, at, { headers: { ...asAdmin, accept } })
    const plain = get(server, at, accept)
    await until(() => server.control.server.facts(info)?.watchers === 2, 'the two watch')
    await clock.advance(10_000)
    assert.equal(await watch.closed, 1000)
    const events = eventsOf(await plain, binary)
    // The time is up: the last is a bookmark.
    assert.equal(events.length, 5)
    assert.deepEqual(
      watch.messages.map(({ data }) => data.toString('latin1')),
      events.map((event) => event.toString('latin1')),
    )
    assert.deepEqual([...new Set(watch.messages.map((each) => each.binary))], [binary])
    if (name === 'JSON') {
      const types = watch.messages.map(({ data }) => JSON.parse(data.toString()).type)
      assert.deepEqual(types, ['ADDED', 'ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])
    }
  })

test('a watch from a revision that is no longer known tells so in its one message, and is closed', async () => {
  const store = await openStore({ kind: 'memory' })
  await (await startTestApiServer({ store })).server.close()
  // The caches begin at the revision of this second start.
  await using server = await listening({ store })
  for (const accept of ['application/json', 'application/vnd.kubernetes.protobuf']) {
    const watch = await open(server, `${path}?watch=true&resourceVersion=1`, { headers: { ...asAdmin, accept } })
    assert.equal(await watch.closed, 1000)
    const [message, ...others] = watch.messages
    assert.equal(others.length, 0)
    assert.match(
      message!.data.toString('latin1'),
      accept.endsWith('json') ? /^\{"type":"ERROR","object":\{"kind":"Status",.*"code":410\}\}\n$/ : /^\n\x05ERROR\x12/,
    )
  }
})

/** Recorded from kube-apiserver 1.36.1: what the handshake refuses, after everything else was found right. */
const handshakes: readonly (readonly [what: string, headers: Record<string, string>, protocols: readonly string[], answer: number | string | undefined])[] = [
  ['an origin', {}, [], undefined],
  ['an origin that is a path', { origin: '/x' }, [], undefined],
  ['no origin', { origin: '' }, [], 403],
  ['the origin null', { origin: 'null' }, [], 403],
  ['an origin that is no URL', { origin: 'localhost' }, [], 403],
  ['one subprotocol, whichever', {}, ['foo'], 'foo'],
  ['several subprotocols', {}, ['foo', 'bar'], 400],
  ['another version', { version: '8' }, [], 400],
]

test('a watch takes any origin but none, and any one subprotocol', async () => {
  await using server = await listening()
  for (const [what, { origin: from = origin, version }, protocols, answer] of handshakes) {
    const { socket, refusal } = await open(server, `${path}?watch=true`, {
      headers: { authorization: 'Bearer admin', ...(from ? { origin: from } : {}) },
      protocols,
      version: Number(version ?? 13),
    })
    assert.equal(refusal?.status ?? (socket.protocol || undefined), answer, what)
    socket.terminate()
  }
  await until(() => server.door.requests === 0, 'requests are still under way')
  assert.equal(server.control.server.facts(info)?.watchers, 0)
})

test('refusals come as a Status with its code, before protocols are switched', async () => {
  await using server = await listening()
  const cases: readonly (readonly [path: string, headers: Record<string, string>, code: number, message: RegExp])[] = [
    [`${path}?watch=true`, { ...asAdmin, authorization: 'Bearer bob' }, 403, /^configmaps is forbidden: User "bob" cannot watch resource "configmaps"/],
    [`${path}?watch=true`, { ...asAdmin, authorization: 'Bearer eve' }, 401, /^Unauthorized$/],
    [`${path}?watch=true&labelSelector=%3D%3D`, asAdmin, 400, /found '=='/],
    [`${path}/none`, asAdmin, 404, /^configmaps "none" not found$/],
    ['/api/v1/namespaces/default/pods/none/log', asAdmin, 404, /^pods "none" not found$/],
    ['/api/v1/namespaces/default/pods/web/log?container=x', asAdmin, 400, /^container x is not valid for pod web$/],
    ['/api/v1/namespaces/default/pods/waiting/log', asAdmin, 400, /^container "c" in pod "waiting" is waiting to start$/],
  ]
  for (const [at, headers, code, message] of cases) {
    const { refusal } = await open(server, at, { headers })
    assert.equal(refusal?.status, code, at)
    const status = JSON.parse(refusal.text)
    assert.deepEqual([status.kind, status.code], ['Status', code])
    assert.match(status.message, message)
  }
  const { refusal } = await open(server, '/api/v1/namespaces/default/pods/unplaced/log')
  assert.deepEqual([refusal?.status, refusal?.text], [204, ''])
})

test('a token goes as a subprotocol beside another, which is answered; alone, doubled or unreadable it is not taken', async () => {
  await using server = await listening()
  const token = (text: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(text).toString('base64url')}`
  const cases: readonly (readonly [protocols: readonly string[], answer: number | string])[] = [
    [[token('admin'), 'foo'], 'foo'],
    [['foo', token('admin')], 'foo'],
    [[token('eve'), 'foo'], 401],
    [[token('bob'), 'foo'], 403],
    [[token('admin')], 401],
    [[token('admin'), token('bob'), 'foo'], 401],
    [['base64url.bearer.authorization.k8s.io.', 'foo'], 401],
    [['base64url.bearer.authorization.k8s.io.a.b', 'foo'], 401],
  ]
  for (const [protocols, answer] of cases) {
    const { socket, refusal } = await open(server, `${path}?watch=true`, { headers: { origin }, protocols })
    assert.equal(refusal?.status ?? socket.protocol, answer, protocols.join(', '))
    socket.terminate()
  }
})

/** Recorded from kube-apiserver 1.36.1. */
const logProtocols: readonly (readonly [protocols: readonly string[], answer: string | number, base64: boolean])[] = [
  [[], '', false],
  [['binary.k8s.io'], 'binary.k8s.io', false],
  [['base64.binary.k8s.io'], 'base64.binary.k8s.io', true],
  [['foo', 'base64.binary.k8s.io'], 'base64.binary.k8s.io', true],
  [['binary.k8s.io', 'base64.binary.k8s.io'], 'binary.k8s.io', false],
  [['foo'], 403, false],
  [['channel.k8s.io'], 403, false],
]

test('a log over a WebSocket is an empty message, then its bytes as they are or as base64, then the end; it asks for no origin', async () => {
  await using server = await listening()
  for (const [protocols, answer, base64] of logProtocols) {
    const log = await open(server, '/api/v1/namespaces/default/pods/web/log', { headers: { authorization: 'Bearer admin' }, protocols })
    assert.equal(log.refusal?.status ?? log.socket.protocol, answer, protocols.join(', '))
    if (log.refusal) continue
    assert.equal(await log.closed, 1000)
    const [first, ...rest] = log.messages
    assert.equal(first?.data.length, 0)
    const text = rest.map(({ data }) => (base64 ? Buffer.from(data.toString(), 'base64') : data).toString('latin1')).join('')
    assert.ok(text === long, `${text.length} bytes of ${long.length}`)
    assert.deepEqual([...new Set(log.messages.map(({ binary }) => binary))], [!base64])
  }
  const quiet = await open(server, '/api/v1/namespaces/default/pods/quiet/log')
  assert.equal(await quiet.closed, 1000)
  assert.equal(quiet.messages.length, 1)
})

test("a log is followed until the client closes, and then its kubelet's connection is given up", async () => {
  await using server = await listening()
  const log = await open(server, '/api/v1/namespaces/default/pods/web/log?follow=true')
  const [, first] = await log.take(2)
  assert.equal(first?.data.toString(), 'first\n')
  assert.equal(followed, 1)
  log.socket.close(1000)
  assert.equal(await log.closed, 1000)
  await until(() => followed === 0, 'the kubelet still sends')
  await until(() => server.door.requests === 0, 'the request stays')
})

test('what a watching client says is ignored, its pings are answered, and its close ends the watch', async () => {
  await using server = await listening()
  const watch = await open(server, `${path}?watch=true`)
  const pong = new Promise<string>((resolve) => watch.socket.once('pong', (data) => resolve(String(data))))
  watch.socket.send('hello')
  watch.socket.ping('there')
  assert.equal(await pong, 'there')
  await server.control.client.create(configMaps, named('a'))
  assert.equal((await watch.take(1)).length, 1)
  watch.socket.close(1000)
  assert.equal(await watch.closed, 1000)
  await until(() => server.control.server.facts(info)?.watchers === 0, 'it still watches')
  await until(() => server.door.requests === 0, 'the request stays')
})

test('closing the server closes the WebSockets of watches and logs', async () => {
  const server = await listening()
  const watch = await open(server, `${path}?watch=true`)
  const log = await open(server, '/api/v1/namespaces/default/pods/web/log?follow=true')
  await log.take(2)
  await server.control.server.close()
  assert.deepEqual(await Promise.all([watch.closed, log.closed]), [1000, 1000])
  await until(() => followed === 0, 'the kubelet still sends')
})

test('a client of a WebSocket that stops reading is let go, with all that was kept for it', async () => {
  await using server = await listening()
  const { control, door } = server
  const watch = await open(server, `${path}?watch=true`)
  watch.socket.pause()
  const watchers = () => control.server.facts(info)?.watchers ?? 0
  assert.equal(watchers(), 1)
  await control.client.create(configMaps, { ...named('big'), data: { x: 'y'.repeat(900_000) } })
  for (let turn = 0; turn < 60 && watchers() > 0; turn++)
    await control.client.patch(configMaps, { namespace: 'default', name: 'big' }, { metadata: { labels: { turn: String(turn) } } }, { type: 'merge' })
  assert.equal(watchers(), 0)
  watch.socket.terminate()
  await until(() => door.requests === 0, 'the request stays')
})

test('it is audited and counted as the watch that it is: code 101 in the one, none in the other, until the client goes', async () => {
  const events: AuditEvent[] = []
  const policy = parsePolicy('apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, verbs: [watch], users: [admin]}, {level: None}]')
  const sink: AuditSink = { name: 'test', dropped: 0, write: (event) => void events.push(structuredClone(event)), close: async () => {} }
  await using server = await listening({ audit: new Audit({ policy, sinks: [sink] }, new FakeClock()) })
  const running = /apiserver_longrunning_requests\{[^}]*resource="configmaps"[^}]*verb="WATCH"[^}]*\} 1\n/
  const watch = await open(server, `${path}?watch=true`)
  const during = (await get(server, '/metrics')).toString()
  assert.match(during, running)
  assert.match(during, /apiserver_request_total\{code="0",[^}]*resource="configmaps"[^}]*verb="WATCH"[^}]*\} 1\n/)
  watch.socket.close()
  await until(() => events.length === 3, 'events of the audit are missing')
  assert.doesNotMatch((await get(server, '/metrics')).toString(), running)
  assert.deepEqual(
    events.map(({ stage, verb, responseStatus }) => [stage, verb, (responseStatus as { code?: number } | undefined)?.code]),
    [
      ['RequestReceived', 'watch', undefined],
      ['ResponseStarted', 'watch', 101],
      ['ResponseComplete', 'watch', 101],
    ],
  )
})
