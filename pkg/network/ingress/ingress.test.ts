import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type RequestListener } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as secureRequest } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import type { IngressSpec } from '#api/gen/networking/v1.ts'
import { endpointSlices, events, ingressClasses, ingresses, secrets, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { testService, testSlice } from '../test-objects.ts'
import { apr1Hash } from './auth/password-hashes.ts'
import { type RunningIngress, startIngress } from './start-ingress.ts'

const fake = createFakeClient({ clock: systemClock })
const abort = new AbortController()
const closers: (() => void)[] = []
let proxy: RunningIngress

/** A certificate that says its own name, made by the system's openssl. */
function certificate(name: string): { cert: string; key: string } {
  const directory = mkdtempSync(join(tmpdir(), 'ingress-'))
  try {
    const [key, cert] = [join(directory, 'key'), join(directory, 'cert')]
    const args = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    ]
    execFileSync('openssl', args, { stdio: 'ignore' })
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function backend(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** A Service "name" with these loopback ports as its endpoints. */
function serve(name: string, ...ports: number[]): void {
  fake.seed(services, testService(name, { ports: [{ name: 'web', port: 80 }] }))
  ports.forEach((port, index) => {
    const slice = testSlice(name, { name: 'web', port }, [{ address: '127.0.0.1' }])
    slice.metadata.name = `${name}-${index}`
    fake.seed(endpointSlices, slice)
  })
}

async function waitFor<T>(look: () => T | false): Promise<T> {
  for (let turn = 0; turn < 1000; turn++) {
    const seen = look()
    if (seen !== false) return seen
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('it did not come')
}

let serial = 0
async function given(spec: IngressSpec, annotations: Record<string, string> = {}): Promise<void> {
  const named = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]))
  const creationTimestamp = new Date(++serial * 1000).toISOString()
  fake.seed(ingresses, {
    metadata: { name: `i${serial}`, namespace: 'default', annotations: named, creationTimestamp },
    spec: { ingressClassName: 'nginx', ...spec },
  })
  await settled()
}
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  await proxy.settled()
}
const rule = (host: string, service: string, path = '/', pathType = 'Prefix') => ({
  host,
  http: { paths: [{ path, pathType, backend: { service: { name: service, port: { name: 'web' } } } }] },
})

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly certificateName?: string | undefined
}

function ask(host: string, path = '/', options: { method?: string; headers?: Record<string, string>; body?: string; secure?: boolean } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, secure = false } = options
    const port = secure ? proxy.httpsPort : proxy.httpPort
    const common = { host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false as const }
    const answered = async (response: IncomingMessage) => {
      const peer = secure ? (response.socket as TLSSocket).getPeerCertificate().subject?.CN : undefined
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, certificateName: peer as string | undefined })
    }
    const outgoing = secure ? secureRequest({ ...common, servername: host, rejectUnauthorized: false }, answered) : request(common, answered)
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const echo =
  (name: string): RequestListener =>
  async (incoming, response) => {
    let size = 0
    try {
      for await (const chunk of incoming) size += chunk.length
    } catch {
      // The proxy gave the request up.
      return
    }
    response.end(`${name} ${incoming.method} ${incoming.url} ${incoming.headers.host} ${incoming.headers['x-forwarded-proto']} ${size}`)
  }

before(async () => {
  fake.seed(ingressClasses, { metadata: { name: 'nginx' }, spec: { controller: 'k8ts.io/ingress' } })
  proxy = await startIngress({
    client: fake,
    addresses: ['127.0.0.1'],
    httpPort: 0,
    httpsPort: 0,
    statusPort: null,
    fallback: certificate('fallback'),
    log: silentLogger,
    signal: abort.signal,
  })
  serve('a', await backend(echo('a')))
  serve('b', await backend(echo('b')))
})
after(() => {
  abort.abort()
  for (const close of closers) close()
})

test('hosts, wildcards, exact paths and prefixes each find their backend', async () => {
  await given({ rules: [rule('one.test', 'a'), rule('*.wild.test', 'b'), rule('one.test', 'b', '/exact', 'Exact'), rule('one.test', 'b', '/pre/fix')] })
  assert.equal((await ask('one.test', '/x?y=1')).body, 'a GET /x?y=1 one.test http 0')
  assert.match((await ask('ONE.test:80')).body, /^a /)
  assert.match((await ask('one.test', '/exact')).body, /^b /)
  assert.match((await ask('one.test', '/exact/')).body, /^a /)
  assert.match((await ask('one.test', '/pre/fix/more')).body, /^b /)
  assert.match((await ask('one.test', '/pre/fixed')).body, /^a /)
  assert.match((await ask('one.test', '/pre/../pre/%66ix')).body, /^b /)
  assert.match((await ask('x.wild.test')).body, /^b /)
  assert.equal((await ask('x.y.wild.test')).status, 404)
  assert.equal((await ask('nobody.test')).status, 404)
  assert.equal((await ask('one.test', '/../..')).status, 400)
})

test('bodies go through, small and large, and too large ones are refused', async () => {
  await given({ rules: [rule('body.test', 'a')] }, { 'proxy-body-size': '200k' })
  assert.match((await ask('body.test', '/', { method: 'POST', body: 'x'.repeat(1000) })).body, /^a POST .* 1000$/)
  assert.match((await ask('body.test', '/', { method: 'PUT', body: 'x'.repeat(150_000) })).body, /^a PUT .* 150000$/)
  assert.equal((await ask('body.test', '/', { method: 'PUT', headers: { 'content-length': '300000' }, body: 'x'.repeat(300_000) })).status, 413)
  assert.equal((await ask('body.test', '/', { method: 'PUT', headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(300_000) })).status, 413)
})

test('rewrite-target replaces the path, with what the pattern caught', async () => {
  await given({ rules: [rule('rw.test', 'a', '/api(/|$)(.*)', 'ImplementationSpecific')] }, { 'rewrite-target': '/$2', 'use-regex': 'true' })
  await given({ rules: [rule('same.test', 'a')] }, { 'rewrite-target': '/' })
  assert.match((await ask('rw.test', '/api/users/1?z=2')).body, /^a GET \/users\/1\?z=2 /)
  assert.match((await ask('rw.test', '/API')).body, /^a GET \/ /)
  assert.equal((await ask('rw.test', '/other')).status, 404)
  assert.match((await ask('same.test', '/deep/path')).body, /^a GET \/deep\/path /, 'a rewrite of a path to itself is none')
})

test('TLS is by server name, redirects plain requests, follows the Secret, and speaks HTTP/2', async () => {
  const pair = certificate('tls.test')
  const data = (each: typeof pair) => ({ 'tls.crt': Buffer.from(each.cert).toString('base64'), 'tls.key': Buffer.from(each.key).toString('base64') })
  fake.seed(secrets, { metadata: { name: 'tls', namespace: 'default' }, type: 'kubernetes.io/tls', data: data(pair) })
  await given({ tls: [{ hosts: ['tls.test'], secretName: 'tls' }], rules: [rule('tls.test', 'a')] })
  const plain = await ask('tls.test', '/x?y')
  assert.deepEqual([plain.status, plain.headers.location], [308, 'https://tls.test/x?y'])
  const secure = await ask('tls.test', '/', { secure: true })
  assert.deepEqual([secure.certificateName, secure.body], ['tls.test', 'a GET / tls.test https 0'])
  assert.equal((await ask('nobody.test', '/', { secure: true })).certificateName, 'fallback')
  const stored = structuredClone(fake.peek(secrets, 'default', 'tls')!)
  await fake.update(secrets, { ...stored, data: data(certificate('renewed')) })
  await settled()
  assert.equal((await ask('tls.test', '/', { secure: true })).certificateName, 'renewed')
  const session = connectHttp2(`https://127.0.0.1:${proxy.httpsPort}`, { servername: 'tls.test', rejectUnauthorized: false })
  const stream = session.request({ ':path': '/h2', ':authority': 'tls.test', ':method': 'POST' })
  stream.end('12345')
  let text = ''
  for await (const chunk of stream) text += chunk
  session.close()
  assert.equal(text, 'a POST /h2 tls.test https 5')
})

test('a WebSocket is passed through both ways', async () => {
  const server = createServer()
  server.on('upgrade', (incoming, socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${incoming.headers.upgrade}\r\n\r\n`)
    socket.pipe(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  serve('ws', (server.address() as AddressInfo).port)
  await given({ rules: [rule('ws.test', 'ws')] })
  const socket = connect(proxy.httpPort, '127.0.0.1')
  socket.write('GET /chat HTTP/1.1\r\nHost: ws.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n')
  let seen = ''
  for await (const chunk of socket) {
    const first = seen === ''
    seen += chunk
    if (first) socket.write('hello')
    if (seen.endsWith('hello')) break
  }
  assert.match(seen, /^HTTP\/1\.1 101 [\s\S]*upgrade: websocket[\s\S]*hello$/i)
})

test('a dead endpoint costs no request, and without any the answer is 503', async () => {
  const dead = await backend(echo('dead'))
  closers.pop()!()
  serve('half', dead, await backend(echo('alive')))
  serve('none')
  await given({ rules: [rule('half.test', 'half'), rule('none.test', 'none')] })
  const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => ask('half.test', '/', index % 2 ? { method: 'POST', body: 'x' } : {})))
  for (const { status, body } of replies) assert.match(`${status} ${body}`, /^200 alive/)
  assert.equal((await ask('none.test')).status, 503)
})

test('sources, rates and passwords keep out whom they should', async () => {
  fake.seed(secrets, {
    metadata: { name: 'users', namespace: 'default' },
    data: { auth: Buffer.from(`me:${apr1Hash('secret', 'abcdefgh')}\n`).toString('base64') },
  })
  await given({ rules: [rule('closed.test', 'a')] }, { 'whitelist-source-range': '192.0.2.0/24' })
  await given({ rules: [rule('open.test', 'a')] }, { 'whitelist-source-range': '192.0.2.0/24, 127.0.0.0/8' })
  await given({ rules: [rule('slow.test', 'a')] }, { 'limit-rps': '1', 'limit-burst-multiplier': '2' })
  await given({ rules: [rule('auth.test', 'a')] }, { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-realm': 'here' })
  assert.equal((await ask('closed.test')).status, 403)
  assert.equal((await ask('open.test')).status, 200)
  const rates = []
  for (let index = 0; index < 5; index++) rates.push((await ask('slow.test')).status)
  assert.deepEqual(rates, [200, 200, 200, 503, 503])
  const refused = await ask('auth.test')
  assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Basic realm="here"'])
  const login = (text: string) => ask('auth.test', '/', { headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } })
  assert.deepEqual([(await login('me:secret')).status, (await login('me:wrong')).status, (await login('you:secret')).status], [200, 401, 401])
})

test('an apr1 hash is what openssl makes of it', () => {
  const expected = execFileSync('openssl', ['passwd', '-apr1', '-salt', 'xyz12345', 'pass word']).toString().trim()
  assert.equal(apr1Hash('pass word', 'xyz12345'), expected)
})

test('redirects, CORS and sticky sessions', async () => {
  await given({ rules: [rule('moved.test', 'a')] }, { 'permanent-redirect': 'https://elsewhere.test/' })
  await given({ rules: [rule('cors.test', 'a')] }, { 'enable-cors': 'true', 'cors-allow-origin': 'https://*.friend.test' })
  serve('many', await backend(echo('x')), await backend(echo('y')), await backend(echo('z')))
  await given({ rules: [rule('sticky.test', 'many')] }, { affinity: 'cookie', 'session-cookie-name': 'route' })
  const moved = await ask('moved.test')
  assert.deepEqual([moved.status, moved.headers.location], [301, 'https://elsewhere.test/'])
  const preflight = await ask('cors.test', '/', { method: 'OPTIONS', headers: { origin: 'https://a.friend.test' } })
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, 'https://a.friend.test'])
  assert.equal((await ask('cors.test', '/', { headers: { origin: 'https://foe.test' } })).headers['access-control-allow-origin'], undefined)
  const first = await ask('sticky.test')
  const cookie = first.headers['set-cookie']![0]!.split(';')[0]!
  const later = await Promise.all(Array.from({ length: 9 }, () => ask('sticky.test', '/', { headers: { cookie } })))
  assert.deepEqual(new Set(later.map((each) => each.body)), new Set([first.body]))
})

test('a canary takes its share, by weight, header and cookie', async () => {
  await given({ rules: [rule('canary.test', 'a')] })
  await given({ rules: [rule('canary.test', 'b')] }, { canary: 'true', 'canary-weight': '50', 'canary-by-header': 'X-Canary', 'canary-by-cookie': 'canary' })
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask('canary.test')))
  assert.deepEqual(new Set(answers.map((each) => each.body[0])), new Set(['a', 'b']))
  const by = async (headers: Record<string, string>) =>
    new Set((await Promise.all(Array.from({ length: 8 }, () => ask('canary.test', '/', { headers })))).map((each) => each.body[0]))
  assert.deepEqual(await by({ 'x-canary': 'always' }), new Set(['b']))
  assert.deepEqual(await by({ 'x-canary': 'never' }), new Set(['a']))
  assert.deepEqual(await by({ cookie: 'canary=always' }), new Set(['b']))
})

test("other classes' Ingresses, and those with annotations that cannot be read, have no routes or let nobody in", async () => {
  await given({ ingressClassName: 'other', rules: [rule('other.test', 'a')] })
  await given({ rules: [rule('bad.test', 'a')] }, { 'whitelist-source-range': 'everyone' })
  assert.equal((await ask('other.test')).status, 404)
  assert.equal((await ask('bad.test')).status, 503)
  await given({ rules: [rule('worse.test', 'a')] }, { 'limit-rps': 'many' })
  assert.equal((await ask('worse.test')).status, 404)
  await given({ rules: [rule('lenient.test', 'a')] }, { 'proxy-read-timeout': '10s' })
  assert.match((await ask('lenient.test')).body, /^a /)
  await given({ rules: [rule('snippet.test', 'a')] }, { 'server-snippet': 'return 200;' })
  assert.match((await ask('snippet.test')).body, /^a /)
  const told = await waitFor(() => {
    const found = fake.all(events).map(({ reason, message }) => `${reason} ${message}`)
    return found.length >= 4 && found.join('\n')
  })
  assert.match(told, /Rejected nobody is let in: annotation .*whitelist-source-range has an invalid value/)
  assert.match(told, /Rejected the Ingress is not served: annotation .*limit-rps has an invalid value/)
  assert.match(told, /AnnotationIgnored annotation .*proxy-read-timeout has an invalid value/)
  assert.match(told, /AnnotationIgnored server-snippet: Snippet directives are disabled/)
})

test('what no host is for goes to the default backend', async () => {
  await given({ defaultBackend: { service: { name: 'b', port: { number: 80 } } } })
  assert.match((await ask('whatever.test', '/x')).body, /^b GET \/x /)
})
