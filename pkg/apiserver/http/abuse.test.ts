import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { type ClientHttp2Session, connect as connectHttp2, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { configMaps } from '#api/gen/resources.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { parseRequestInfo } from '../request-info.ts'
import type { ApiServerOptions } from '../server.ts'
import { fakeRequest } from '../test-rig.ts'
import { startTestApiServer } from '../testing.ts'
import type { Authorizer } from '../types.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-abuse-'))
const pki = await createClusterPki(dir, { addresses: [], nodes: [] })
after(() => rmSync(dir, { recursive: true }))
const everything: Authorizer = { name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }

async function listening(options: ApiServerOptions = {}) {
  const control = await startTestApiServer({ authorizer: everything, ...options })
  const door = await control.server.listen({ port: 0, tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key } })
  return { control, door, [Symbol.asyncDispose]: () => control.server.close() }
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Record<string, unknown>
}

function ask(port: number, path: string, options: RequestOptions = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', port, path, ca: pki.ca.certificate, agent: false, ...options }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

function raw(port: number): Promise<TLSSocket> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca: pki.ca.certificate, ALPNProtocols: ['http/1.1'] }, () => resolve(socket))
    socket.on('error', () => {})
  })
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(what)
}

const path = '/api/v1/namespaces/default/configmaps'
const json = { 'content-type': 'application/json' }
const named = (rest: string) => `{"metadata":{"name":"a"}${rest}}`

/** What nobody should be answered well for: where, with what, and the answer. */
const badBodies: readonly (readonly [string, Record<string, string>, string, number, RegExp])[] = [
  [path, json, '{"metadata":', 400, /unexpected end of JSON input|json parse error/],
  [path, json, '\u0000\u0001', 400, /json parse error|cannot be handled|invalid character/],
  [path, json, named(`,"data":{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`), 400, /exceeded max depth/],
  [`${path}?fieldValidation=Strict`, json, named(',"data":{"x":"1"},"data":{"x":"2"}'), 400, /strict decoding error: duplicate field \\"data\\"/],
  [path, { 'content-type': 'text/html' }, '<p>', 415, /the body of the request was in an unknown format - accepted media types include/],
  [path, { 'content-type': 'application/vnd.kubernetes.protobuf' }, 'not protobuf', 400, /./],
  [path, { 'content-type': 'application/yaml' }, 'a: [', 400, /./],
  [path, json, named(`,"data":{"x":"${'y'.repeat(3 * 1024 * 1024)}"}`), 413, /Request entity too large: limit is 3145728/],
]

/** On one HTTP/2 connection, or one of its own. */
function ask2(session: ClientHttp2Session, at: string, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': body === undefined ? 'GET' : 'POST', ':path': at, ...headers })
    let status = 0
    let answered: IncomingHttpHeaders = {}
    let text = ''
    stream.setEncoding('utf8')
    stream.on('response', (found) => {
      answered = found
      status = found[':status'] ?? 0
    })
    stream.on('data', (chunk) => (text += chunk))
    stream.on('end', () => resolve({ status, text, headers: answered }))
    stream.on('error', reject)
    stream.end(body)
  })
}

function open2(port: number): ClientHttp2Session {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: pki.ca.certificate })
  session.on('error', () => {})
  return session
}

const ended = (session: ClientHttp2Session): Promise<void> => new Promise((resolve) => session.close(resolve))

test('bodies that cannot be get the right error over either protocol, and nothing of them stays', async () => {
  await using server = await listening()
  const { port } = server.door
  const session = open2(port)
  for (const [at, headers, body, status, message] of badBodies) {
    for (const answer of [await ask(port, at, { method: 'POST', headers }, body), await ask2(session, at, headers, body)]) {
      assert.equal(answer.status, status, answer.text.slice(0, 300))
      assert.match(answer.text, message)
      assert.equal(JSON.parse(answer.text).kind, 'Status')
    }
  }
  await ended(session)
  await until(() => server.door.requests === 0, 'requests are still under way')
  assert.equal((await server.control.client.list(configMaps, { namespace: 'default' })).items.length, 0)
})

/** What Go's server answers before any handler is asked: what is sent, and how it is refused. */
const unreadable: readonly (readonly [string, string])[] = [
  [`GET /version HTTP/1.1\r\nHost: a\r\nX-Long: ${'y'.repeat(1_200_000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
  ['GET /version HTTP/1.1\r\n\r\n', '400 Bad Request: missing required Host header'],
  ['GET /version HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n', '400 Bad Request'],
  ['GET /version HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', '400 Bad Request'],
  ['GET /version HTTP/3.0\r\nHost: a\r\n\r\n', '505 HTTP Version Not Supported: unsupported protocol version'],
  ['GET /api/%zz HTTP/1.1\r\nHost: a\r\n\r\n', '400 Bad Request'],
  ['nonsense\r\n\r\n', '400 Bad Request'],
]

test('requests that cannot be read are refused in the words of upstream, and their connections end', async () => {
  await using server = await listening()
  for (const [sent, expected] of unreadable) {
    const socket = await raw(server.door.port)
    let text = ''
    socket.on('data', (block) => (text += block))
    socket.write(sent)
    await new Promise((resolve) => socket.once('close', resolve))
    assert.ok(text.startsWith(`HTTP/1.1 ${expected}\r\n`), `${JSON.stringify(sent.slice(0, 60))}: ${text}`)
    assert.match(text, /^content-type: text\/plain; charset=utf-8\r\n/im)
    assert.ok(text.includes(`\r\n${expected}`), text)
  }
  await until(() => server.door.requests === 0, 'requests are still under way')
})

test('headers are bounded by their size, not by their number', async () => {
  await using server = await listening()
  const headers = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`x-${index}`, 'y']))
  assert.equal((await ask(server.door.port, '/version', { headers })).status, 200)
  const session = open2(server.door.port)
  assert.equal((await ask2(session, '/version', headers)).status, 200)
  await assert.rejects(ask2(session, '/version', { 'x-long': 'y'.repeat(1_200_000) }))
  session.destroy()
})

test('bad requests leave no memory behind', async () => {
  await using server = await listening()
  const { port } = server.door
  const large = named(`,"data":{"x":"${'y'.repeat(2 * 1024 * 1024)}"},"data":1}`)
  const round = async () => {
    const session = open2(port)
    await ask2(session, path, json, large)
    await ended(session)
    await ask(port, path, { method: 'POST', headers: json }, large)
    const half = await raw(port)
    half.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n${large.slice(0, 1_000_000)}`)
    await until(() => server.door.requests > 0, 'the request has not come')
    half.destroy()
    await until(() => server.door.requests === 0, 'a request stays')
  }
  await round()
  const before = heldBytes()
  for (let count = 0; count < 4; count++) await round()
  // They brought twenty megabytes.
  await until(() => heldBytes() - before < 5 * 1024 * 1024, 'what was sent is still held')
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** After a collection: the heap and what lies outside of it. */
function heldBytes(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('a body that is sent by half is given up when its sender goes, or its stream', async () => {
  await using server = await listening()
  const socket = await raw(server.door.port)
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"metadata":`)
  await until(() => server.door.requests === 1, 'the request has not come')
  socket.destroy()
  await until(() => server.door.requests === 0, 'the request stays')
  for (const leave of ['stream', 'connection'] as const) {
    const session = open2(server.door.port)
    const stream = session.request({ ':method': 'POST', ':path': path, ...json })
    stream.on('error', () => {})
    stream.write('{"metadata":')
    await until(() => server.door.requests === 1, 'the request has not come')
    if (leave === 'stream') stream.close(constants.NGHTTP2_CANCEL)
    else session.destroy()
    await until(() => server.door.requests === 0, `the request stays after its ${leave}`)
    session.destroy()
  }
})

for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const)
  test(`a watcher that stops reading over ${protocol} is let go, with all that was kept for it`, async () => {
    const clock = new FakeClock()
    await using server = await listening({ clock })
    const { control, door } = server
    const info = parseRequestInfo('GET', '/api/v1/configmaps', new URLSearchParams())
    const leave = await (protocol === 'HTTP/2' ? stalledHttp2 : stalledHttp1)(door.port, '/api/v1/configmaps?watch=1')
    const watchers = () => control.server.facts(info)?.watchers ?? 0
    await until(() => watchers() === 1, 'nobody watches')
    const data = { x: 'y'.repeat(900_000) }
    await control.client.create(configMaps, { metadata: { name: 'big', namespace: 'default' }, data })
    for (let turn = 0; turn < 60 && watchers() > 0; turn++)
      await control.client.patch(configMaps, { namespace: 'default', name: 'big' }, { metadata: { labels: { turn: String(turn) } } }, { type: 'merge' })
    assert.equal(watchers(), 0)
    // Who is only slow has some time for what is on its way; nobody else keeps a connection.
    await clock.advance(29_000)
    assert.equal(door.requests, 1)
    await clock.advance(2_000)
    await until(() => door.requests === 0, 'the request stays')
    leave()
  })

/** Asks, waits for the head of the answer, and reads no more. Gives what leaves. */
async function stalledHttp1(port: number, at: string): Promise<() => void> {
  const socket = await raw(port)
  socket.write(`GET ${at} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  return () => socket.destroy()
}

async function stalledHttp2(port: number, at: string): Promise<() => void> {
  const session = open2(port)
  const stream = session.request({ ':path': at })
  stream.on('error', () => {})
  await new Promise((resolve) => stream.once('response', resolve))
  return () => session.destroy()
}

for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const)
  test(`a client that does not read its list over ${protocol} is cut off when the time of a request is up`, async () => {
    const clock = new FakeClock()
    await using server = await listening({ clock })
    const { control, door } = server
    const data = { x: 'y'.repeat(1_000_000) }
    for (let count = 0; count < 12; count++)
      await control.client.create(configMaps, { metadata: { name: `big-${count}`, namespace: 'default' }, data: { ...data, n: String(count) } })
    const leave = await (protocol === 'HTTP/2' ? stalledHttp2 : stalledHttp1)(door.port, '/api/v1/configmaps')
    await until(() => door.requests === 1, 'the list is not under way')
    await clock.advance(59_000)
    assert.equal(door.requests, 1)
    await clock.advance(2_000)
    await until(() => door.requests === 0, 'the list is still being sent')
    leave()
  })

test('an HTTP/2 connection on which nothing is asked is closed after a time, and one with a watch is not', async () => {
  const clock = new FakeClock()
  await using server = await listening({ clock })
  const closed = { idle: false, watching: false }
  const [idle, watching] = [open2(server.door.port), open2(server.door.port)]
  idle.on('close', () => (closed.idle = true))
  watching.on('close', () => (closed.watching = true))
  assert.equal((await ask2(idle, '/version', {})).status, 200)
  const watch = watching.request({ ':path': '/api/v1/configmaps?watch=1' })
  watch.on('error', () => {})
  await new Promise((resolve) => watch.once('response', resolve))
  await until(() => server.door.requests === 1, 'only the watch stays')
  await clock.advance(91_000)
  await until(() => closed.idle, 'the idle connection stays')
  assert.equal(closed.watching, false)
  watching.destroy()
})

test('a request that takes too long is answered with 504, at the time that it asked for', async () => {
  const stuck: Authorizer = {
    name: 'stuck',
    authorize: ({ user }) => (user.groups.includes('system:masters') ? { decision: 'allow', reason: '' } : new Promise(() => {})),
  }
  await using server = await listening({ authorizer: stuck, requestTimeoutMs: 60_000 })
  for (const wanted of ['20ms', '1us', '1ns']) {
    const answer = await ask(server.door.port, `/version?timeout=${wanted}`)
    assert.deepEqual([answer.status, answer.headers['content-type']], [504, 'text/plain; charset=utf-8'])
    assert.equal(
      answer.text,
      '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n',
    )
  }
  for (const [wanted, wrong] of [
    ['soon', 'time: invalid duration "soon"'],
    ['10', 'time: missing unit in duration "10"'],
    ['1x', 'time: unknown unit "x" in duration "1x"'],
  ]) {
    const bad = await ask(server.door.port, `/version?timeout=${wanted}`)
    assert.deepEqual([bad.status, JSON.parse(bad.text).message], [400, `invalid timeout specified in the request URL - ${wrong}`])
  }
})

test('on the way down readiness goes first, what is under way is finished, watches end, and new requests are sent elsewhere', async () => {
  let release: () => void = () => {}
  const slow: Authorizer = {
    name: 'slow',
    authorize: ({ user, path: at }) =>
      user.groups.includes('system:masters') || at !== '/version'
        ? { decision: 'allow', reason: '' }
        : new Promise((resolve) => (release = () => resolve({ decision: 'allow', reason: '' }))),
  }
  // The delay is over when the test says so: a busy machine may take its time to answer.
  const shutdownDelayMs = 3_600_000
  let goDown: () => void = () => {}
  const heldDelay = new Promise<void>((resolve) => (goDown = resolve))
  const clock: Clock = {
    ...systemClock,
    after: (delayMs, callback) => {
      if (delayMs !== shutdownDelayMs) return systemClock.after(delayMs, callback)
      void heldDelay.then(callback)
      return { cancel: () => {} }
    },
  }
  await using server = await listening({ authorizer: slow, shutdownDelayMs, clock })
  const { control, door } = server
  const watching = ask(door.port, '/api/v1/configmaps?watch=1')
  const underWay = ask(door.port, '/version')
  await until(() => door.requests === 2, 'the requests have not come')
  const closed = control.server.close()
  const ready = await ask(door.port, '/readyz')
  assert.equal(ready.status, 500)
  assert.match(ready.text, /\[-\]shutdown failed: reason withheld\nreadyz check failed/)
  assert.equal((await ask(door.port, '/livez')).status, 200)
  goDown()
  const ended = await watching
  assert.equal(ended.status, 200)
  const refused = await control.server.handler(fakeRequest('/api'))
  assert.deepEqual(
    [refused.status, refused.body, refused.headers['retry-after'], refused.headers.connection],
    [429, 'The apiserver is shutting down, please try again later.\n', '5', 'close'],
  )
  release()
  assert.equal((await underWay).status, 200)
  await closed
})

test('a watch counts as lasting until its client goes', async () => {
  await using server = await listening()
  const { port } = server.door
  const watch = httpsRequest({ host: '127.0.0.1', port, path: `${path}?watch=true`, ca: pki.ca.certificate, agent: false }, (response) => response.resume())
  watch.on('error', () => {})
  watch.end()
  const lasting =
    /apiserver_longrunning_requests\{component="apiserver",group="",resource="configmaps",scope="namespace",subresource="",verb="WATCH",version="v1"\} 1\n/
  const counted = async (): Promise<boolean> => lasting.test((await ask(port, '/metrics')).text)
  for (let turn = 0; turn < 400 && !(await counted()); turn++);
  assert.ok(await counted(), 'it is counted')
  watch.destroy()
  for (let turn = 0; turn < 400 && (await counted()); turn++);
  assert.ok(!(await counted()), 'it is counted no more')
})

test('health is told as upstream tells it', async () => {
  await using server = await listening()
  const get = (at: string) => ask(server.door.port, at)
  assert.equal((await get('/livez')).text, 'ok')
  assert.match(
    (await get('/livez?verbose')).text,
    /^\[\+\]ping ok\n\[\+\]log ok\n\[\+\]loopback-serving-certificate ok\n\[\+\]etcd ok\n[\s\S]*livez check passed\n$/,
  )
  assert.match((await get('/readyz?verbose&exclude=etcd')).text, /\[\+\]etcd excluded: ok\n\[\+\]etcd-readiness ok\n/)
  assert.match((await get('/readyz?verbose&exclude=none')).text, /warn: some health checks cannot be excluded: no matches for "none"\nreadyz check passed\n$/)
  assert.equal((await get('/readyz/etcd-readiness')).text, 'ok')
  assert.equal((await get('/readyz/nothing')).status, 404)
})
