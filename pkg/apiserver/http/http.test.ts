import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:http2'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import type { ClusterPki } from '#cluster/pki/types.ts'
import { configMaps } from '#api/gen/resources.ts'
import type { ApiServerOptions, Listening } from '../server.ts'
import { startTestApiServer, type TestApiServer } from '../testing.ts'
import type { Authenticator } from '../types.ts'

let dir: string
let pki: ClusterPki
let other: ClusterPki

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'k8ts-http-'))
  pki = await createClusterPki(join(dir, 'a'), { addresses: [], nodes: [] })
  other = await createClusterPki(join(dir, 'b'), { addresses: [], nodes: [] })
})
after(() => rm(dir, { recursive: true }))

const master = { name: 'admin', groups: ['system:masters'] }
const authenticators: Authenticator[] = [
  { name: 'certificate', authenticate: async ({ clientCertificate }) => (clientCertificate ? master : undefined) },
  { name: 'token', authenticate: async ({ headers }) => (headers.authorization === 'Bearer good' ? master : undefined) },
]

async function listening(options: ApiServerOptions = {}): Promise<{ control: TestApiServer; door: Listening; close(): Promise<void> }> {
  const control = await startTestApiServer({ authenticators, ...options })
  const door = await control.server.listen({ port: 0, tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.certificate } })
  return { control, door, close: () => control.server.close() }
}

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: Buffer
}

function ask(door: Listening, path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', port: door.port, path, ca: pki.ca.certificate, agent: false, ...options }, (response) => {
      const blocks: Buffer[] = []
      response.on('data', (block) => blocks.push(block))
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(blocks) }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

test('HTTP/1.1 callers are known by certificate or token, and others are told why not', async () => {
  const { door, close } = await listening()
  const certificate = { cert: pki.admin.certificate, key: pki.admin.key }
  assert.equal((await ask(door, '/api/v1/namespaces', certificate)).status, 200)
  assert.equal((await ask(door, '/api/v1/namespaces', { headers: { authorization: 'Bearer good' } })).status, 200)
  assert.equal((await ask(door, '/api/v1/namespaces', { headers: { authorization: 'Bearer bad' } })).status, 401)
  const anonymous = await ask(door, '/api/v1/namespaces')
  assert.equal(anonymous.status, 403)
  assert.match(JSON.parse(anonymous.body.toString()).message, /^namespaces is forbidden: User "system:anonymous" cannot list resource/)
  const foreign = await ask(door, '/api/v1/namespaces', { cert: other.admin.certificate, key: other.admin.key })
  assert.equal(foreign.status, 401)
  await close()
})

test('HTTP/2 serves requests and a watch on one connection', async () => {
  const { control, door, close } = await listening()
  const session = connect(`https://127.0.0.1:${door.port}`, { ca: pki.ca.certificate, cert: pki.admin.certificate, key: pki.admin.key })
  const get = (path: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const stream = session.request({ ':path': path })
      let status = 0
      let text = ''
      stream.on('response', (headers) => (status = Number(headers[':status'])))
      stream.on('data', (chunk) => (text += chunk))
      stream.on('end', () => resolve({ status, text }))
      stream.on('error', reject)
    })
  assert.equal((await get('/api/v1/namespaces/default')).status, 200)
  assert.equal((await get('/api/v1/namespaces/none')).status, 404)
  const watch = session.request({ ':path': '/api/v1/namespaces/default/configmaps?watch=1' })
  const first = new Promise<string>((resolve) => watch.once('data', (chunk) => resolve(String(chunk))))
  await control.client.create(configMaps, { metadata: { name: 'a', namespace: 'default' } })
  assert.equal(JSON.parse(await first).object.metadata.name, 'a')
  session.close()
  watch.close()
  await close()
})

test('closing the server ends the watches', async () => {
  const { door, close } = await listening()
  const ended = ask(door, '/api/v1/namespaces?watch=1', { headers: { authorization: 'Bearer good' } })
  await new Promise((resolve) => setImmediate(resolve))
  await ask(door, '/healthz', { headers: { authorization: 'Bearer good' } })
  await close()
  assert.equal((await ended).status, 200)
})

test('a body beyond 3 MiB is refused', async () => {
  const { door, close } = await listening()
  const answer = await ask(
    door,
    '/api/v1/namespaces/default/configmaps',
    { method: 'POST', headers: { authorization: 'Bearer good', 'content-type': 'application/json', 'content-length': 4 * 1024 * 1024 } },
    Buffer.alloc(4 * 1024 * 1024, ' '),
  ).catch((error) => error)
  if (!(answer instanceof Error)) assert.equal(answer.status, 413)
  await close()
})

test('a large answer is compressed for who takes gzip', async () => {
  const { control, door, close } = await listening()
  const data = { x: 'y'.repeat(200_000) }
  await control.client.create(configMaps, { metadata: { name: 'a', namespace: 'default' }, data })
  const { gunzipSync } = await import('node:zlib')
  const answer = await ask(door, '/api/v1/configmaps', { headers: { authorization: 'Bearer good', 'accept-encoding': 'gzip' } })
  assert.equal(answer.headers['content-encoding'], 'gzip')
  assert.equal(JSON.parse(gunzipSync(answer.body).toString()).items[0].data.x, data.x)
  await close()
})

test('an upgrade gives the raw stream to the handler, and a refusal is a plain answer', async () => {
  const { door, control, close } = await listening({
    connectHandlers: {
      'pods/exec': async ({ upgrade }) => {
        upgrade!.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n')
        upgrade!.socket.pipe(upgrade!.socket)
        return { status: 101, headers: {}, upgraded: true }
      },
    },
  })
  void control
  const headers = { authorization: 'Bearer good', connection: 'Upgrade', upgrade: 'SPDY/3.1' }
  const echoed = await new Promise<string>((resolve, reject) => {
    const path = '/api/v1/namespaces/default/pods/a/exec'
    const request = httpsRequest({ host: '127.0.0.1', port: door.port, path, method: 'POST', ca: pki.ca.certificate, agent: false, headers })
    request.on('upgrade', (_response, socket) => {
      socket.on('data', (chunk) => {
        resolve(String(chunk))
        socket.destroy()
      })
      socket.write('hello')
    })
    request.on('error', reject)
    request.end()
  })
  assert.equal(echoed, 'hello')
  const refused = await ask(door, '/api/v1/namespaces/default/pods/a/attach', { method: 'POST', headers })
  assert.equal(refused.status, 404)
  await close()
})

test('too many requests at once are told to come back', async () => {
  const { control, close } = await listening({
    maxInFlight: { reading: 0, mutating: 0 },
    authorizer: { name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) },
  })
  const door = await control.server.listen({ port: 0, tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key } })
  const answer = await ask(door, '/api/v1/namespaces')
  assert.equal(answer.status, 429)
  assert.equal(answer.headers['retry-after'], '1')
  await close()
})

test('a certificate is renewed under the door: new connections see the new one, open ones go on, callers are known as before', async () => {
  const { door, close } = await listening()
  const seen = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => resolve(socket))
      socket.on('error', reject)
    })
  const serial = (socket: TLSSocket) => socket.getPeerCertificate().serialNumber
  const session = connect(`https://127.0.0.1:${door.port}`, { ca: pki.ca.certificate, cert: pki.admin.certificate, key: pki.admin.key })
  const askSession = () =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': '/version' })
      stream.on('response', (headers) => resolve(headers[':status']))
      stream.on('error', reject)
      stream.resume()
    })
  assert.equal(await askSession(), 200)
  const before = await seen()
  door.useCertificate({ cert: other.apiServer.certificate, key: other.apiServer.key })
  const after = await seen()
  assert.notEqual(serial(before), serial(after))
  assert.equal(await askSession(), 200)
  const known = { cert: pki.admin.certificate, key: pki.admin.key, ca: other.ca.certificate }
  assert.equal((await ask(door, '/api/v1/namespaces', known)).status, 200)
  for (const socket of [before, after]) socket.destroy()
  session.close()
  await close()
})
