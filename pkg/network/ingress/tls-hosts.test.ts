/** Hosts that want more of a connection than a certificate for their name, and HTTP/2 without TLS. */
import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer as createSecureServer, request } from 'node:https'
import { once } from 'node:events'
import { type AddressInfo, connect as connectPlain, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type TestContext, test } from 'node:test'
import { secrets } from '#api/gen/resources.ts'
import { clientHelloLimit, serverNameOf } from './tls/client-hello.ts'
import { encoded, type TestPair, testAuthority } from './tls/test-certificates.ts'
import { ingressRig, rule } from './test-rig.ts'

const ours = testAuthority('/O=us/CN=our CA')
const me = ours.sign('/O=us/CN=me')
const theirs = testAuthority('/CN=their CA').sign('/CN=stranger')
const secured = { 'ssl-redirect': 'true' }

interface AskOptions {
  readonly host: string
  readonly serverName?: string
  readonly client?: TestPair
  readonly headers?: Readonly<Record<string, string>>
}

async function rigOf(t: TestContext) {
  const rig = await ingressRig(t)
  rig.fake.seed(secrets, { metadata: { name: 'ca', namespace: 'default' }, data: encoded({ 'ca.crt': ours.cert }) })
  const seen: IncomingHttpHeaders[] = []
  const backend = await rig.backend((incoming, response) => {
    seen.push(incoming.headers)
    response.end('hello')
  })
  rig.serve('a', backend)
  const ask = ({ host, serverName = host, client, headers = {} }: AskOptions): Promise<{ status: number; body: string; location: string | undefined }> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: rig.proxy.httpsPort,
        servername: serverName,
        rejectUnauthorized: false,
        agent: false,
        headers: { host, ...headers },
        ...(client ? { cert: client.cert, key: client.key } : {}),
      })
      outgoing.on('error', reject)
      outgoing.on('response', async (response) => {
        let body = ''
        for await (const chunk of response) body += chunk
        resolve({ status: response.statusCode ?? 0, body, location: response.headers.location })
      })
      outgoing.end()
    })
  const status = async (options: AskOptions) => (await ask(options)).status
  return { ...rig, seen, status, askTls: ask }
}

test('a host that asks for certificates lets in whom its CA has signed, and tells the backend who it is', async (t) => {
  const { given, askTls, status, seen, ask } = await rigOf(t)
  await given({ rules: [rule('mtls.test', 'a')] }, { ...secured, 'auth-tls-secret': 'default/ca', 'auth-tls-pass-certificate-to-upstream': 'true' })
  await given({ rules: [rule('open.test', 'a')] })
  assert.equal(await status({ host: 'mtls.test', client: me, headers: { 'ssl-client-subject-dn': 'CN=admin' } }), 200)
  const { 'ssl-client-verify': verify, 'ssl-client-subject-dn': subject, 'ssl-client-issuer-dn': issuer, 'ssl-client-cert': cert } = seen[0]!
  assert.deepEqual([verify, subject, issuer, decodeURIComponent(String(cert))], ['SUCCESS', 'CN=me,O=us', 'CN=our CA,O=us', me.cert])
  const without = await askTls({ host: 'mtls.test' })
  assert.deepEqual([without.status, without.body], [400, 'No required SSL certificate was sent\n'])
  const strange = await askTls({ host: 'mtls.test', client: theirs })
  assert.deepEqual([strange.status, strange.body], [400, 'The SSL certificate error\n'])
  assert.equal(await status({ host: 'mtls.test', serverName: 'open.test', client: me }), 421, 'by a connection that was asked for nothing')
  assert.equal(await status({ host: 'open.test' }), 200)
  const plain = await ask('mtls.test', '/x')
  assert.deepEqual([plain.status, plain.headers.location], [308, 'https://mtls.test/x'], 'not in the clear')
  assert.equal(seen.length, 2)
})

test('what of a certificate is asked for: its depth, its name, its authority, or nothing', async (t) => {
  const { given, status, seen, fake, settled, askTls } = await rigOf(t)
  const [first, second] = [ours.sign('/CN=one', { isAuthority: true }), ours.sign('/CN=one', { isAuthority: true }).sign('/CN=two', { isAuthority: true })]
  const [near, far] = [first.sign('/CN=near'), second.sign('/CN=far')]
  const chained = ({ chain, key }: typeof near) => ({ cert: chain, key })
  const tls = (name: string, more: Record<string, string>) => given({ rules: [rule(name, 'a')] }, { ...secured, 'auth-tls-secret': 'ca', ...more })
  await tls('deep.test', {})
  await tls('deeper.test', { 'auth-tls-verify-depth': '2' })
  assert.deepEqual([await status({ host: 'deep.test', client: chained(near) }), await status({ host: 'deep.test', client: chained(far) })], [200, 400])
  assert.equal(await status({ host: 'deeper.test', client: chained(far) }), 200)
  await tls('named.test', { 'auth-tls-match-cn': 'CN=(me|you)' })
  assert.deepEqual([await status({ host: 'named.test', client: me }), await status({ host: 'named.test', client: chained(near) })], [200, 403])
  await tls('optional.test', { 'auth-tls-verify-client': 'optional' })
  await tls('any.test', { 'auth-tls-verify-client': 'optional_no_ca' })
  await tls('off.test', { 'auth-tls-verify-client': 'off' })
  seen.length = 0
  assert.deepEqual([await status({ host: 'optional.test' }), await status({ host: 'optional.test', client: theirs })], [200, 400])
  assert.equal(await status({ host: 'any.test', client: theirs }), 200)
  assert.equal(await status({ host: 'off.test' }), 200)
  assert.deepEqual(
    seen.map((headers) => headers['ssl-client-verify']),
    ['NONE', 'FAILED:UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined],
  )
  await tls('page.test', { 'auth-tls-error-page': 'https://help.test/certificates' })
  const page = await askTls({ host: 'page.test' })
  assert.deepEqual([page.status, page.location], [302, 'https://help.test/certificates'])
  const stored = structuredClone(fake.peek(secrets, 'default', 'ca')!)
  await fake.update(secrets, { ...stored, data: encoded({ 'ca.crt': testAuthority('/CN=another CA').cert }) })
  await settled()
  assert.equal(await status({ host: 'deep.test', client: me }), 400, 'the CA has changed')
  await fake.update(secrets, { ...fake.peek(secrets, 'default', 'ca')!, data: {} })
  await settled()
  await assert.rejects(status({ host: 'deep.test', client: me }), 'without a CA there is no connection')
})

test('ssl-passthrough hands connections on as they are, by the name that they ask for', async (t) => {
  const { given, serve, listen, askTls } = await rigOf(t)
  const own = ours.sign('/CN=secret.test', { dnsName: 'secret.test' })
  serve('secret', await listen(createSecureServer({ cert: own.cert, key: own.key }, (_, response) => response.end('the backend itself'))))
  await given({ rules: [rule('secret.test', 'secret')] }, { 'ssl-passthrough': 'true' })
  await given({ rules: [rule('other.test', 'a')] })
  assert.equal((await askTls({ host: 'secret.test' })).body, 'the backend itself')
  assert.equal((await askTls({ host: 'other.test' })).body, 'hello')
})

test('an endpoint that speaks TLS is shown our certificate, and must show a good one where that is asked for', async (t) => {
  const { given, serve, listen, ask, fake } = await rigOf(t)
  const own = ours.sign('/CN=backend', { dnsName: 'backend.test' })
  const server = createSecureServer({ cert: own.cert, key: own.key, ca: ours.cert, requestCert: true, rejectUnauthorized: false }, (incoming, response) =>
    response.end((incoming.socket as unknown as { getPeerX509Certificate(): { subject: string } | undefined }).getPeerX509Certificate()?.subject ?? 'nobody'),
  )
  serve('secure', await listen(server))
  fake.seed(secrets, { metadata: { name: 'client', namespace: 'default' }, data: encoded({ 'tls.crt': me.cert, 'tls.key': me.key, 'ca.crt': ours.cert }) })
  const backend = { 'backend-protocol': 'HTTPS', 'proxy-ssl-secret': 'default/client' }
  await given({ rules: [rule('shown.test', 'secure')] }, backend)
  await given({ rules: [rule('good.test', 'secure')] }, { ...backend, 'proxy-ssl-verify': 'on', 'proxy-ssl-name': 'backend.test' })
  await given({ rules: [rule('wrong.test', 'secure')] }, { ...backend, 'proxy-ssl-verify': 'on', 'proxy-ssl-name': 'elsewhere.test' })
  await given({ rules: [rule('unchecked.test', 'secure')] }, { 'backend-protocol': 'HTTPS' })
  const answers = await Promise.all(['shown.test', 'good.test', 'wrong.test', 'unchecked.test'].map((host) => ask(host)))
  assert.deepEqual(
    answers.map(({ status, body }) => (status === 200 ? body : status)),
    ['O=us\nCN=me', 'O=us\nCN=me', 502, 'nobody'],
  )
})

test('HTTP/2 comes in without TLS from the first byte on, beside HTTP/1.1, and goes on to gRPC backends', async (t) => {
  const { given, serve, listen, proxy, ask } = await rigOf(t)
  const grpc = createHttp2Server()
  grpc.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.pipe(stream)
  })
  serve('grpc', await listen(grpc))
  await given({ rules: [rule('grpc.test', 'grpc')] }, { 'backend-protocol': 'GRPC' })
  await given({ rules: [rule('http.test', 'a')] })
  const session = connectHttp2(`http://127.0.0.1:${proxy.httpPort}`)
  t.after(() => session.destroy())
  const call = session.request({ ':method': 'POST', ':path': '/s/m', ':authority': 'grpc.test', 'content-type': 'application/grpc', te: 'trailers' })
  let trailers: IncomingHttpHeaders = {}
  call.on('trailers', (received) => {
    trailers = received
  })
  call.end('message')
  let text = ''
  for await (const chunk of call) text += chunk
  assert.deepEqual([text, trailers['grpc-status']], ['message', '0'])
  const stream = session.request({ ':path': '/', ':authority': 'http.test' })
  let page = ''
  for await (const chunk of stream) page += chunk
  assert.equal(page, 'hello')
  assert.equal((await ask('http.test')).body, 'hello')
})

test('heads that come in pieces are put together, and what is no head is nobody’s', async (t) => {
  const { given, proxy } = await rigOf(t)
  await given({ rules: [rule('mtls.test', 'a')] }, { 'auth-tls-secret': 'ca' })
  const hello = await clientHello('mtls.test')
  for (let length = 0; length < hello.length; length++) assert.equal(serverNameOf(hello.subarray(0, length)), undefined)
  assert.equal(serverNameOf(hello), 'mtls.test')
  // Two records for one message.
  const [body, half] = [hello.subarray(5), Math.floor((hello.length - 5) / 2)]
  const record = (part: Buffer) => Buffer.concat([hello.subarray(0, 3), Buffer.from([part.length >> 8, part.length & 255]), part])
  assert.equal(serverNameOf(Buffer.concat([record(body.subarray(0, half)), record(body.subarray(half))])), 'mtls.test')
  for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n'), Buffer.concat([hello.subarray(0, 60), Buffer.alloc(hello.length - 60, 255)])])
    assert.equal(serverNameOf(bytes), '')
  assert.equal(serverNameOf(Buffer.concat([Buffer.from([22, 3, 1, 255, 255]), Buffer.alloc(clientHelloLimit)])), '')
  const socket = connectPlain(proxy.httpsPort, '127.0.0.1')
  t.after(() => socket.destroy())
  const answered = once(socket, 'data')
  for (const byte of hello) {
    socket.write(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal((await answered)[0][0], 22, 'a ServerHello')
})

/** What a client says first. */
function clientHello(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const listener = createServer((socket) =>
      socket.once('data', (data) => {
        resolve(data as Buffer)
        socket.destroy()
        listener.close()
      }),
    )
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo
      connectTls({ port, host: '127.0.0.1', servername }).on('error', () => {})
    })
  })
}
