import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { configMaps } from '#api/gen/resources.ts'
import { type Clock, systemClock } from '#base/clock.ts'
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

test('bodies that cannot be get the right error, and nothing of them stays', async () => {
  await using server = await listening()
  const { port } = server.door
  const rows: [string, Record<string, string>, string, number, RegExp][] = [
    [path, json, '{"metadata":', 400, /unexpected end of JSON input|json parse error/],
    [path, json, '\u0000\u0001', 400, /json parse error|cannot be handled|invalid character/],
    [path, json, named(`,"data":{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`), 400, /exceeded max depth/],
    [`${path}?fieldValidation=Strict`, json, named(',"data":{"x":"1"},"data":{"x":"2"}'), 400, /strict decoding error: duplicate field \\"data\\"/],
    [path, { 'content-type': 'text/html' }, '<p>', 415, /the body of the request was in an unknown format - accepted media types include/],
    [path, { 'content-type': 'application/vnd.kubernetes.protobuf' }, 'not protobuf', 400, /./],
    [path, json, named(`,"data":{"x":"${'y'.repeat(3 * 1024 * 1024)}"}`), 413, /Request entity too large: limit is 3145728/],
  ]
  for (const [at, headers, body, status, message] of rows) {
    const answer = await ask(port, at, { method: 'POST', headers }, body)
    assert.equal(answer.status, status, answer.text.slice(0, 300))
    assert.match(answer.text, message)
    assert.equal(JSON.parse(answer.text).kind, 'Status')
  }
  const long = await ask(port, '/version', { headers: { 'x-long': 'y'.repeat(1_200_000) } }).catch((error: Error) => error)
  if (!(long instanceof Error)) assert.ok(long.status === 431 || long.status === 400, String(long.status))
  await until(() => server.door.requests === 0, 'requests are still under way')
  assert.equal((await server.control.client.list(configMaps, { namespace: 'default' })).items.length, 0)
})

test('a body that is sent by half is given up when its sender goes', async () => {
  await using server = await listening()
  const socket = await raw(server.door.port)
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"metadata":`)
  await until(() => server.door.requests === 1, 'the request has not come')
  socket.destroy()
  await until(() => server.door.requests === 0, 'the request stays')
})

test('a watcher that stops reading is let go, with all that was kept for it', async () => {
  await using server = await listening()
  const { control, door } = server
  const info = parseRequestInfo('GET', '/api/v1/configmaps', new URLSearchParams())
  const socket = await raw(door.port)
  socket.write('GET /api/v1/configmaps?watch=1 HTTP/1.1\r\nHost: a\r\n\r\n')
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  const watchers = () => control.server.facts(info)?.watchers ?? 0
  await until(() => watchers() === 1, 'nobody watches')
  const data = { x: 'y'.repeat(900_000) }
  await control.client.create(configMaps, { metadata: { name: 'big', namespace: 'default' }, data })
  for (let turn = 0; turn < 60 && watchers() > 0; turn++)
    await control.client.patch(configMaps, { namespace: 'default', name: 'big' }, { metadata: { labels: { turn: String(turn) } } }, { type: 'merge' })
  assert.equal(watchers(), 0)
  socket.destroy()
  await until(() => door.requests === 0, 'the request stays')
})

test('a request that takes too long is answered with 504, at the time that it asked for', async () => {
  const stuck: Authorizer = {
    name: 'stuck',
    authorize: ({ user }) => (user.groups.includes('system:masters') ? { decision: 'allow', reason: '' } : new Promise(() => {})),
  }
  await using server = await listening({ authorizer: stuck, requestTimeoutMs: 60_000 })
  const answer = await ask(server.door.port, '/version?timeout=20ms')
  assert.equal(answer.status, 504)
  const status = JSON.parse(answer.text)
  assert.deepEqual([status.reason, status.message], ['Timeout', 'Timeout: request did not complete within the allotted timeout'])
  const bad = await ask(server.door.port, '/version?timeout=soon')
  assert.deepEqual([bad.status, JSON.parse(bad.text).message], [400, 'invalid timeout specified in the request URL - time: invalid duration "soon"'])
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

test('health is told as upstream tells it', async () => {
  await using server = await listening()
  const get = (at: string) => ask(server.door.port, at)
  assert.equal((await get('/livez')).text, 'ok')
  assert.match((await get('/livez?verbose')).text, /^\[\+\]ping ok\n\[\+\]log ok\n\[\+\]etcd ok\n[\s\S]*livez check passed\n$/)
  assert.match((await get('/readyz?verbose&exclude=etcd')).text, /\[\+\]etcd excluded: ok\n\[\+\]etcd-readiness ok\n/)
  assert.match((await get('/readyz?verbose&exclude=none')).text, /warn: some health checks cannot be excluded: no matches for "none"\nreadyz check passed\n$/)
  assert.equal((await get('/readyz/etcd-readiness')).text, 'ok')
  assert.equal((await get('/readyz/nothing')).status, 404)
})
