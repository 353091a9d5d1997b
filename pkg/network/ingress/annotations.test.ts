import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { events } from '#api/gen/resources.ts'
import { refusedAnnotations, unknownAnnotations } from './routes/annotation-names.ts'
import { ingressRig, rule, waitFor } from './test-rig.ts'

const echo =
  (name: string, seen?: IncomingMessage[]): RequestListener =>
  (incoming, response) => {
    seen?.push(incoming)
    incoming.resume()
    response.end(`${name} ${incoming.method} ${incoming.url}`)
  }

test('gRPC reaches its backend over HTTP/2, both ways at once, with trailers', async (t) => {
  const rig = await ingressRig(t)
  const server = createHttp2Server()
  const asked: IncomingHttpHeaders[] = []
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    asked.push(headers)
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' }))
    // Each message is answered as it comes, before the next is sent.
    stream.on('data', (chunk: Buffer) => stream.write(`<${chunk}>`))
    stream.on('end', () => stream.end())
    stream.on('error', () => {})
  })
  rig.serve('grpc', await rig.listen(server))
  await rig.given({ rules: [rule('grpc.test', 'grpc')] }, { 'backend-protocol': 'grpc', 'ssl-redirect': 'false' })
  const session = connectHttp2(`https://127.0.0.1:${rig.proxy.httpsPort}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  const stream = session.request({
    ':method': 'POST',
    ':path': '/pkg.Service/Chat',
    ':authority': 'grpc.test',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  let [text, status, trailers] = ['', 0, {} as IncomingHttpHeaders]
  stream.on('response', (headers) => {
    status = headers[':status'] ?? 0
  })
  stream.on('trailers', (received) => {
    trailers = received
  })
  stream.on('data', (chunk) => {
    text += chunk
    if (text === '<one>') stream.write('two')
    if (text === '<one><two>') stream.end()
  })
  stream.write('one')
  await new Promise((resolve) => stream.on('close', resolve))
  assert.deepEqual([status, text, trailers['grpc-status'], trailers['grpc-message']], [200, '<one><two>', '0', 'fine'])
  assert.deepEqual([asked[0]![':authority'], asked[0]!.te, asked[0]!['x-forwarded-proto']], ['grpc.test', 'trailers', 'https'])
})

test('an answer of nothing but a gRPC status passes, and a dead gRPC backend is 502', async (t) => {
  const rig = await ingressRig(t)
  const server = createHttp2Server()
  server.on('stream', (stream: ServerHttp2Stream) => stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true }))
  const port = await rig.listen(server)
  rig.serve('only', port)
  rig.serve('dead', 1)
  await rig.given({ rules: [rule('only.test', 'only'), rule('dead.test', 'dead')] }, { 'backend-protocol': 'GRPC' })
  const reply = await rig.ask('only.test', '/s/m', { method: 'POST', body: 'x' })
  assert.deepEqual([reply.status, reply.headers['grpc-status']], [200, '5'])
  assert.equal((await rig.ask('dead.test', '/s/m', { method: 'POST', body: 'x' })).status, 502)
})

test('auth-url decides who may pass, names the user to the backend, and sends others to sign in', async (t) => {
  const rig = await ingressRig(t)
  const questions: IncomingMessage[] = []
  const seen: IncomingMessage[] = []
  const port = await rig.backend((incoming, response) => {
    questions.push(incoming)
    const status = { 'session=good': 202, 'session=broken': 418, 'session=forbidden': 403 }[incoming.headers.cookie ?? ''] ?? 401
    response.writeHead(status, status === 202 ? { 'x-auth-user': 'me', 'set-cookie': 'fresh=1' } : { 'www-authenticate': 'Bearer' }).end('body')
  })
  rig.serve('a', await rig.backend(echo('a', seen)))
  const url = `http://auth.example.test:${port}/check?host=$host`
  const headers = 'X-Auth-User, X-Auth-Email'
  await rig.given({ rules: [rule('auth.test', 'a')] }, { 'auth-url': url, 'auth-response-headers': headers })
  await rig.given({ rules: [rule('sign.test', 'a')] }, { 'auth-url': url, 'auth-signin': 'https://$host/start?rd=$escaped_request_uri' })
  await rig.given({ rules: [rule('plain.test', 'a')] }, { 'auth-url': url, 'auth-signin': 'https://login.test/start', 'auth-method': 'POST' })
  const good = await rig.ask('auth.test', '/x?y', {
    method: 'POST',
    body: '12345',
    headers: { cookie: 'session=good', 'x-auth-user': 'root', 'x-auth-email': 'root@x' },
  })
  assert.deepEqual([good.status, good.body, good.headers['set-cookie']], [200, 'a POST /x?y', ['fresh=1']])
  assert.equal(seen[0]!.headers['x-auth-user'], 'me')
  assert.equal(seen[0]!.headers['x-auth-email'], undefined, 'what the service does not say the client may not say either')
  const [question] = questions
  assert.deepEqual([question!.method, question!.url, question!.headers.host], ['GET', '/check?host=auth.test', 'auth.example.test'])
  assert.deepEqual(
    [question!.headers['x-original-url'], question!.headers['x-original-method'], question!.headers['content-length']],
    ['http://auth.test/x?y', 'POST', undefined],
  )
  const refused = await rig.ask('auth.test')
  assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer'])
  assert.equal((await rig.ask('auth.test', '/', { headers: { cookie: 'session=forbidden' } })).status, 403)
  assert.equal((await rig.ask('auth.test', '/', { headers: { cookie: 'session=broken' } })).status, 500)
  const sign = await rig.ask('sign.test', '/x?y')
  assert.deepEqual([sign.status, sign.headers.location], [302, 'https://sign.test/start?rd=%2Fx%3Fy'])
  assert.equal((await rig.ask('plain.test', '/x')).headers.location, 'https://login.test/start?rd=http://plain.test%2Fx')
  assert.equal(questions.at(-1)!.method, 'POST')
  assert.equal(seen.length, 1, 'none of those refused came through')
})

test('an authentication service that is away lets nobody in', async (t) => {
  const rig = await ingressRig(t)
  rig.serve('a', await rig.backend(echo('a')))
  await rig.given({ rules: [rule('auth.test', 'a')] }, { 'auth-url': 'http://auth.example.test:1/' })
  assert.equal((await rig.ask('auth.test')).status, 500)
})

test('limit-connections counts requests under way, limit-rpm those of a minute', async (t) => {
  const rig = await ingressRig(t)
  const waiting: (() => void)[] = []
  rig.serve('slow', await rig.backend((_, response) => void waiting.push(() => response.end('done'))))
  rig.serve('a', await rig.backend(echo('a')))
  await rig.given({ rules: [rule('two.test', 'slow')] }, { 'limit-connections': '2' })
  await rig.given({ rules: [rule('rpm.test', 'a')] }, { 'limit-rpm': '2', 'limit-burst-multiplier': '1' })
  await rig.given({ rules: [rule('free.test', 'a')] }, { 'limit-rpm': '1', 'limit-burst-multiplier': '1', 'limit-whitelist': '127.0.0.0/8' })
  const two = [rig.ask('two.test'), rig.ask('two.test')]
  await waitFor(() => waiting.length === 2)
  assert.equal((await rig.ask('two.test')).status, 503)
  for (const end of waiting.splice(0)) end()
  assert.deepEqual(
    (await Promise.all(two)).map((each) => each.status),
    [200, 200],
  )
  const again = rig.ask('two.test')
  await waitFor(() => waiting.length === 1)
  waiting[0]!()
  assert.equal((await again).status, 200, 'those that have ended no longer count')
  const statuses = async (host: string) => {
    const all = []
    for (let index = 0; index < 5; index++) all.push((await rig.ask(host)).status)
    return all
  }
  assert.deepEqual(await statuses('rpm.test'), [200, 200, 200, 503, 503])
  assert.deepEqual(await statuses('free.test'), [200, 200, 200, 200, 200])
})

test("custom-http-errors and default-backend show somebody else's page", async (t) => {
  const rig = await ingressRig(t)
  const seen: IncomingMessage[] = []
  rig.serve('broken', await rig.backend((_, response) => response.writeHead(Number(_.url!.slice(1))).end('raw')))
  rig.serve('none')
  rig.serve(
    'errors',
    await rig.backend((incoming, response) => {
      seen.push(incoming)
      response.writeHead(Number(incoming.headers['x-code'])).end('a nice page')
    }),
  )
  await rig.given({ rules: [rule('err.test', 'broken')] }, { 'custom-http-errors': '404,503', 'default-backend': 'errors' })
  await rig.given({ rules: [rule('none.test', 'none')] }, { 'default-backend': 'errors' })
  const reply = await rig.ask('err.test', '/404', { headers: { accept: 'text/html' } })
  assert.deepEqual([reply.status, reply.body], [404, 'a nice page'])
  const { headers, url } = seen[0]!
  assert.deepEqual(
    [url, headers['x-code'], headers['x-format'], headers['x-original-uri'], headers['x-namespace'], headers['x-ingress-name'], headers['x-service-name']],
    ['/', '404', 'text/html', '/404', 'default', 'i1', 'broken'],
  )
  assert.equal((await rig.ask('err.test', '/500')).body, 'raw')
  const own = { 'custom-http-errors': '404,503', 'default-backend': 'errors', 'disable-proxy-intercept-errors': 'true' }
  await rig.given({ rules: [rule('own.test', 'broken')] }, own)
  assert.equal((await rig.ask('own.test', '/404')).body, 'raw')
  assert.deepEqual([(await rig.ask('none.test', '/x')).body, seen.at(-1)!.headers['x-code'], seen.at(-1)!.url], ['a nice page', '503', '/x'])
})

test('app-root, server-alias, from-to-www-redirect and x-forwarded-prefix', async (t) => {
  const rig = await ingressRig(t)
  const seen: IncomingMessage[] = []
  rig.serve('a', await rig.backend(echo('a', seen)))
  await rig.given({ rules: [rule('root.test', 'a')] }, { 'app-root': '/app', 'server-alias': 'other.test, *.more.test' })
  await rig.given({ rules: [rule('www.site.test', 'a'), rule('bare.test', 'a')] }, { 'from-to-www-redirect': 'true' })
  await rig.given({ rules: [rule('prefix.test', 'a', '/api(/|$)(.*)', 'ImplementationSpecific')] }, { 'rewrite-target': '/$2', 'x-forwarded-prefix': '/api' })
  const root = await rig.ask('root.test')
  assert.deepEqual([root.status, root.headers.location], [302, 'http://root.test/app'])
  assert.equal((await rig.ask('other.test', '/x')).body, 'a GET /x')
  assert.equal((await rig.ask('y.more.test', '/x')).body, 'a GET /x')
  const www = await rig.ask('site.test', '/x?y')
  assert.deepEqual([www.status, www.headers.location], [308, 'http://www.site.test/x?y'])
  assert.equal((await rig.ask('www.bare.test')).headers.location, 'http://bare.test')
  assert.equal((await rig.ask('prefix.test', '/api/x')).body, 'a GET /x')
  assert.equal(seen.at(-1)!.headers['x-forwarded-prefix'], '/api')
})

test('a session cookie says what its annotations say, and a canary keeps its clients', async (t) => {
  const rig = await ingressRig(t)
  rig.serve('a', await rig.backend(echo('a')))
  rig.serve('b', await rig.backend(echo('b')))
  const sticky = { affinity: 'cookie', 'session-cookie-name': 'at' }
  await rig.given(
    { rules: [rule('sticky.test', 'a', '/shop')] },
    { ...sticky, 'session-cookie-max-age': '60', 'session-cookie-samesite': 'Lax', 'session-cookie-secure': 'true', 'session-cookie-domain': 'sticky.test' },
  )
  const [cookie] = (await rig.ask('sticky.test', '/shop')).headers['set-cookie'] ?? []
  assert.match(cookie!, /^at=[0-9a-f]{32}; Max-Age=60; Domain=sticky\.test; Path=\/shop; Secure; HttpOnly; SameSite=Lax$/)
  await rig.given({ rules: [rule('half.test', 'a')] }, sticky)
  await rig.given({ rules: [rule('half.test', 'b')] }, { canary: 'true', 'canary-weight': '50' })
  for (let turn = 0; turn < 6; turn++) {
    const first = await rig.ask('half.test')
    const [given] = first.headers['set-cookie'] ?? []
    const later = await Promise.all(Array.from({ length: 4 }, () => rig.ask('half.test', '/', { headers: { cookie: given!.split(';')[0]! } })))
    assert.deepEqual(new Set(later.map((each) => each.body)), new Set([first.body]))
  }
})

test('a pattern that could hold up the proxy, or is none, takes its Ingress out with an event', async (t) => {
  const rig = await ingressRig(t)
  rig.serve('a', await rig.backend(echo('a')))
  await rig.given({ rules: [rule('evil.test', 'a', '/(a+)+$', 'ImplementationSpecific')] }, { 'use-regex': 'true' })
  await rig.given({ rules: [rule('look.test', 'a', '/(?!api)', 'ImplementationSpecific')] }, { 'use-regex': 'true' })
  assert.equal((await rig.ask('evil.test', `/${'a'.repeat(8000)}!`)).status, 404)
  assert.equal((await rig.ask('look.test')).status, 404)
  const told = await waitFor(() => rig.fake.all(events).find(({ reason }) => reason === 'Rejected')?.message)
  assert.match(told, /Cannot be executed in linear time/)
})

test('annotations that mean nothing here are let be, unknown ones named in an event, dangerous ones refused', async (t) => {
  const rig = await ingressRig(t)
  rig.serve('a', await rig.backend(echo('a')))
  await rig.given({ rules: [rule('buffer.test', 'a')] }, { 'proxy-buffering': 'off', 'proxy-buffer-size': '8k', 'proxy-send-timeout': '10' })
  await rig.given({ rules: [rule('subset.test', 'a')] }, { 'upstream-hash-by-subset': 'true' })
  await rig.given({ rules: [rule('inject.test', 'a')] }, { 'upstream-vhost': 'a\r\nx: y' })
  await rig.given({ rules: [rule('tls.test', 'a')] }, { 'auth-tls-secret': 'default/ca' })
  const statuses = await Promise.all(['buffer.test', 'subset.test', 'inject.test', 'tls.test'].map(async (host) => (await rig.ask(host)).status))
  assert.deepEqual(statuses, [200, 200, 404, 403], 'where certificates cannot be checked nobody comes in')
  const told = await waitFor(() => {
    const all = rig.fake.all(events)
    return all.length >= 2 && all.map(({ message }) => message).join('\n')
  })
  assert.match(told, /not supported: upstream-hash-by-subset/)
  assert.match(told, /upstream-vhost has an invalid value "a\\r\\nx: y"/)
  assert.doesNotMatch(told, /buffer/)
})

test('every annotation of ingress-nginx has its effect, needs none, or its author is told', () => {
  const told = (annotations: Record<string, string>) => {
    const named = Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`nginx.ingress.kubernetes.io/${name}`, value]))
    const ingress = { metadata: { name: 'i', uid: 'u', resourceVersion: '1', annotations: named }, spec: {}, status: { loadBalancer: {} } }
    return { snippets: refusedAnnotations(ingress), unknown: unknownAnnotations(ingress) }
  }
  assert.deepEqual(told(Object.fromEntries(upstreamAnnotations.map((name) => [name, 'true']))), {
    snippets: ['auth-snippet', 'configuration-snippet', 'modsecurity-snippet', 'server-snippet', 'stream-snippet'],
    unknown:
      'enable-opentelemetry fastcgi-index fastcgi-params-configmap load-balance modsecurity-transaction-id proxy-http-version proxy-ssl-ciphers proxy-ssl-protocols proxy-ssl-verify-depth ssl-ciphers upstream-hash-by-subset upstream-hash-by-subset-size'.split(
        ' ',
      ),
  })
  const asItIs = { 'enable-opentelemetry': 'false', 'load-balance': 'round_robin', 'proxy-http-version': '1.1' }
  assert.deepEqual(told(asItIs), { snippets: [], unknown: [] })
})

/** Every annotation of ingress-nginx 1.15 (its annotations-risk.md). */
const upstreamAnnotations =
  `affinity affinity-canary-behavior affinity-mode allowlist-source-range app-root auth-always-set-cookie auth-cache-duration auth-cache-key
  auth-keepalive auth-keepalive-requests auth-keepalive-share-vars auth-keepalive-timeout auth-method auth-proxy-set-headers auth-realm
  auth-request-redirect auth-response-headers auth-secret auth-secret-type auth-signin auth-signin-redirect-param auth-snippet
  auth-tls-error-page auth-tls-match-cn auth-tls-pass-certificate-to-upstream auth-tls-secret auth-tls-verify-client auth-tls-verify-depth
  auth-type auth-url backend-protocol canary canary-by-cookie canary-by-header canary-by-header-pattern canary-by-header-value canary-weight
  canary-weight-total client-body-buffer-size configuration-snippet connection-proxy-header cors-allow-credentials cors-allow-headers
  cors-allow-methods cors-allow-origin cors-expose-headers cors-max-age custom-headers custom-http-errors default-backend
  denylist-source-range disable-proxy-intercept-errors enable-access-log enable-cors enable-global-auth enable-modsecurity
  enable-opentelemetry enable-owasp-core-rules enable-rewrite-log fastcgi-index fastcgi-params-configmap force-ssl-redirect
  from-to-www-redirect http2-push-preload limit-allowlist limit-burst-multiplier limit-connections limit-rate limit-rate-after limit-rpm
  limit-rps load-balance mirror-host mirror-request-body mirror-target modsecurity-snippet modsecurity-transaction-id
  opentelemetry-operation-name opentelemetry-trust-incoming-span permanent-redirect permanent-redirect-code preserve-trailing-slash
  proxy-body-size proxy-buffer-size proxy-buffering proxy-buffers-number proxy-busy-buffers-size proxy-connect-timeout proxy-cookie-domain
  proxy-cookie-path proxy-http-version proxy-max-temp-file-size proxy-next-upstream proxy-next-upstream-timeout proxy-next-upstream-tries
  proxy-read-timeout proxy-redirect-from proxy-redirect-to proxy-request-buffering proxy-send-timeout proxy-ssl-ciphers proxy-ssl-name
  proxy-ssl-protocols proxy-ssl-secret proxy-ssl-server-name proxy-ssl-verify proxy-ssl-verify-depth relative-redirects rewrite-target satisfy
  server-alias server-snippet service-upstream session-cookie-change-on-failure session-cookie-conditional-samesite-none session-cookie-domain
  session-cookie-expires session-cookie-max-age session-cookie-name session-cookie-path session-cookie-samesite session-cookie-secure
  ssl-ciphers ssl-passthrough ssl-prefer-server-ciphers ssl-redirect stream-snippet temporal-redirect temporal-redirect-code upstream-hash-by
  upstream-hash-by-subset upstream-hash-by-subset-size upstream-vhost use-port-in-redirects use-regex x-forwarded-prefix`.split(/\s+/)

/** Sends bytes and answers with all that comes until the other side ends. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(seen))
  })
}

test('requests that two programs could read differently, and headers that claim what is not so, do not get through', async (t) => {
  const rig = await ingressRig(t)
  const seen: IncomingMessage[] = []
  rig.serve('a', await rig.backend(echo('a', seen)))
  await rig.given({ rules: [rule('raw.test', 'a')] })
  const status = async (text: string) => /^HTTP\/1\.1 (\d+)/.exec(await raw(rig.proxy.httpPort, text))?.[1]
  const close = 'Connection: close\r\n'
  const bad: [what: string, text: string][] = [
    ['both lengths', `POST / HTTP/1.1\r\nHost: raw.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n${close}\r\n0\r\n\r\n`],
    ['two lengths', `POST / HTTP/1.1\r\nHost: raw.test\r\nContent-Length: 3\r\nContent-Length: 4\r\n${close}\r\nabcd`],
    ['an unknown encoding', `POST / HTTP/1.1\r\nHost: raw.test\r\nTransfer-Encoding: chunked, gzip\r\n${close}\r\n0\r\n\r\n`],
    ['a space before the colon', `GET / HTTP/1.1\r\nHost: raw.test\r\nX-A : b\r\n${close}\r\n`],
    ['a bare line feed', `GET / HTTP/1.1\nHost: raw.test\n\n`],
    ['a folded header', `GET / HTTP/1.1\r\nHost: raw.test\r\nX-A: b\r\n c\r\n${close}\r\n`],
    ['no host', `GET / HTTP/1.1\r\n${close}\r\n`],
    ['two hosts', `GET / HTTP/1.1\r\nHost: raw.test\r\nhost: other.test\r\n${close}\r\n`],
    ['a host that is none', `GET / HTTP/1.1\r\nHost: raw.test/@x\r\n${close}\r\n`],
    ['headers without end', `GET / HTTP/1.1\r\nHost: raw.test\r\nX-A: ${'x'.repeat(40_000)}\r\n${close}\r\n`],
    ['a path out of the root', `GET /../../etc HTTP/1.1\r\nHost: raw.test\r\n${close}\r\n`],
  ]
  for (const [what, text] of bad) assert.match((await status(text)) ?? 'closed', /^(4\d\d|closed)$/, what)
  assert.equal(seen.length, 0)
  const claims = 'X_Forwarded_For: 1.2.3.4\r\nX-Forwarded-For: 1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nProxy: http://x\r\nX-Request-ID: a b"\r\n'
  assert.equal(await status(`GET http://raw.test/abs HTTP/1.1\r\nHost: other.test\r\n${claims}Connection: close, X-Real-IP\r\n\r\n`), '200')
  const { headers, url } = seen[0]!
  assert.deepEqual([url, headers.host, headers['x-forwarded-for'], headers['x-real-ip']], ['/abs', 'raw.test', '127.0.0.1', '127.0.0.1'])
  assert.deepEqual([headers.x_forwarded_for, headers.proxy, headers['x-original-forwarded-for']], [undefined, undefined, '1.2.3.4'])
  assert.match(String(headers['x-request-id']), /^[0-9a-f]{32}$/)
})

test('trailers of plain HTTP pass', async (t) => {
  const rig = await ingressRig(t)
  rig.serve(
    'trailing',
    await rig.backend((_, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('body')
      response.addTrailers({ 'x-sum': '42' })
      response.end()
    }),
  )
  await rig.given({ rules: [rule('trailing.test', 'trailing')] })
  assert.deepEqual((await rig.ask('trailing.test')).trailers, { 'x-sum': '42' })
})

test('the access log has a line a request in the format of ingress-nginx, metrics its names, and healthz answers', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'ingress-log-'))
  t.after(() => rm(directory, { recursive: true }))
  let flush = () => {}
  const clock = {
    now: () => Date.UTC(2026, 10, 28, 20, 5, 49),
    after(_: number, callback: () => void) {
      flush = callback
      return { cancel() {} }
    },
  }
  const rig = await ingressRig(t, { accessLog: join(directory, 'access.log'), statusPort: 0, clock })
  rig.serve('a', await rig.backend(echo('a')))
  await rig.given({ rules: [rule('log.test', 'a', '/p')] })
  await rig.given({ rules: [rule('quiet.test', 'a')] }, { 'enable-access-log': 'false' })
  await rig.ask('log.test', '/p?q=1', { headers: { 'user-agent': 'me "and" you', 'x-request-id': 'id-1', authorization: `Basic ${btoa('user:secret')}` } })
  await rig.ask('quiet.test')
  await rig.ask('nobody.test')
  flush()
  const text = await waitForFile(join(directory, 'access.log'))
  const [first, second, ...rest] = text.trimEnd().split('\n')
  assert.match(
    first!,
    /^127\.0\.0\.1 - user \[28\/Nov\/2026:20:05:49 \+0000\] "GET \/p\?q=1 HTTP\/1\.1" 200 12 "-" "me \\x22and\\x22 you" \d+ \d\.\d{3} \[default-a-web\] \[\] 127\.0\.0\.1:\d+ 12 \d\.\d{3} 200 id-1$/,
  )
  assert.match(second!, /"GET \/ HTTP\/1\.1" 404 22 "-" "-" \d+ \d\.\d{3} \[\] \[\] - - - - [0-9a-f]{32}$/)
  assert.deepEqual(rest, [])
  assert.doesNotMatch(text, /secret/)
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${rig.proxy.statusPort}${path}`)).text()
  assert.equal(await get('/healthz'), 'ok')
  const metrics = await get('/metrics')
  const labels = 'host="log.test",status="200",method="GET",path="/p",namespace="default",ingress="i1",service="a",canary=""'
  for (const name of ['requests', 'request_duration_seconds_count', 'response_size_count']) {
    assert.match(metrics, new RegExp(`^nginx_ingress_controller_${name}\\{controller_class="k8ts.io/ingress",.*${labels}\\} 1$`, 'm'))
  }
})

async function waitForFile(path: string): Promise<string> {
  for (let turn = 0; turn < 2000; turn++) {
    const text = await readFile(path, 'utf8').catch(() => '')
    if (text !== '') return text
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`${path} does not come`)
}
