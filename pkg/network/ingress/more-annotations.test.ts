import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import { hashSync } from 'bcryptjs'
import { events, secrets } from '#api/gen/resources.ts'
import { originOf } from './answer/answers.ts'
import { encoded } from './tls/test-certificates.ts'
import { ingressRig, rule, waitFor } from './test-rig.ts'

const named =
  (name: string): RequestListener =>
  (incoming, response) => {
    incoming.resume()
    response.end(name)
  }
const login = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } })

test('passwords are known by bcrypt in a file or a map, and satisfy any lets in those whose address is enough', async (t) => {
  const { fake, serve, backend, given, ask } = await ingressRig(t)
  serve('a', await backend(named('a')))
  const hash = hashSync('secret', 4).replace('$2b$', '$2y$')
  fake.seed(secrets, { metadata: { name: 'file', namespace: 'default' }, data: encoded({ auth: `you:x\nme:${hash}\n` }) })
  fake.seed(secrets, { metadata: { name: 'map', namespace: 'default' }, data: encoded({ me: hash }) })
  const auth = (secret: string, more: Record<string, string> = {}) => ({ 'auth-type': 'basic', 'auth-secret': secret, ...more })
  await given({ rules: [rule('file.test', 'a')] }, auth('file'))
  await given({ rules: [rule('map.test', 'a')] }, auth('default/map', { 'auth-secret-type': 'auth-map', 'auth-realm': 'of mine' }))
  await given({ rules: [rule('near.test', 'a')] }, auth('file', { satisfy: 'any', 'whitelist-source-range': '127.0.0.0/8' }))
  await given({ rules: [rule('far.test', 'a')] }, auth('file', { satisfy: 'any', 'whitelist-source-range': '192.0.2.0/24' }))
  await given({ rules: [rule('both.test', 'a')] }, auth('file', { 'whitelist-source-range': '127.0.0.0/8' }))
  const status = async (host: string, text?: string) => (await ask(host, '/', text === undefined ? {} : login(text))).status
  for (const host of ['file.test', 'map.test']) {
    assert.deepEqual(await Promise.all([status(host, 'me:secret'), status(host, 'me:wrong'), status(host, 'you:secret'), status(host)]), [200, 401, 401, 401])
  }
  assert.equal((await ask('map.test')).headers['www-authenticate'], 'Basic realm="of mine"')
  assert.deepEqual(
    [await status('near.test'), await status('far.test'), await status('far.test', 'me:secret'), await status('both.test')],
    [200, 401, 200, 401],
  )
})

test('a Secret of another namespace is not to be had by an annotation', async (t) => {
  const { fake, serve, backend, given, ask } = await ingressRig(t)
  serve('a', await backend(named('a')))
  const wishes: Record<string, string>[] = [
    { 'auth-type': 'basic', 'auth-secret': 'kube-system/users' },
    { 'auth-tls-secret': 'kube-system/ca' },
    { 'proxy-ssl-secret': 'kube-system/tls' },
  ]
  for (const [index, annotations] of wishes.entries()) {
    await given({ rules: [rule(`h${index}.test`, 'a')] }, annotations)
    assert.equal((await ask(`h${index}.test`)).status, index === 0 ? 503 : 404)
  }
  await waitFor(() => fake.all(events).filter(({ reason }) => reason === 'Rejected').length === 3)
})

test('proxy-next-upstream says after what another endpoint is asked, and of which requests', async (t) => {
  const { serve, backend, given, ask } = await ingressRig(t)
  let asked = 0
  const busy = await backend((incoming, response) => {
    incoming.resume()
    asked++
    response.statusCode = 503
    response.end('busy')
  })
  serve('two', busy, await backend(named('good')))
  await given({ rules: [rule('plain.test', 'two')] })
  await given({ rules: [rule('retried.test', 'two')] }, { 'proxy-next-upstream': 'error timeout http_503' })
  await given({ rules: [rule('any.test', 'two')] }, { 'proxy-next-upstream': 'http_503 non_idempotent' })
  await given({ rules: [rule('wrong.test', 'two')] }, { 'proxy-next-upstream': 'sometimes' })
  const statuses = async (host: string, method = 'GET') =>
    new Set(await Promise.all(Array.from({ length: 6 }, async () => (await ask(host, '/', { method, ...(method === 'POST' ? { body: 'x' } : {}) })).status)))
  assert.deepEqual(await statuses('plain.test'), new Set([200, 503]))
  assert.deepEqual(await statuses('retried.test'), new Set([200]))
  assert.deepEqual(await statuses('retried.test', 'POST'), new Set([200, 503]))
  assert.deepEqual(await statuses('any.test', 'POST'), new Set([200]))
  assert.deepEqual(await statuses('wrong.test'), new Set([200, 503]))
  assert.ok(asked > 4)
})

test('upstream-hash-by keeps equal requests at one endpoint, whoever else comes or goes', async (t) => {
  const { serve, backend, given, ask } = await ingressRig(t)
  serve('three', await backend(named('x')), await backend(named('y')), await backend(named('z')))
  await given({ rules: [rule('hashed.test', 'three')] }, { 'upstream-hash-by': '$request_uri' })
  const at = async (path: string) => new Set(await Promise.all(Array.from({ length: 5 }, async () => (await ask('hashed.test', path)).body)))
  const seen = new Set<string>()
  for (let index = 0; index < 16; index++) {
    const bodies = await at(`/${index}`)
    assert.equal(bodies.size, 1)
    for (const each of bodies) seen.add(each)
  }
  assert.ok(seen.size > 1)
})

test('redirects and cookies of backends are told in the words of the outside', async (t) => {
  const { serve, backend, given, ask } = await ingressRig(t)
  const port = await backend((_, response) => {
    response.writeHead(302, {
      location: 'http://inner.test:8080/app/next',
      'set-cookie': ['a=1; Path=/app/x; Domain=.inner.test; HttpOnly', 'b=2; path=/other; domain=else.test'],
    })
    response.end()
  })
  serve('a', port)
  await given(
    { rules: [rule('outer.test', 'a')] },
    {
      'proxy-redirect-from': 'http://inner.test:8080/app',
      'proxy-redirect-to': '$scheme://$host',
      'proxy-cookie-domain': 'inner.test outer.test',
      'proxy-cookie-path': '/app /',
    },
  )
  const { headers } = await ask('outer.test')
  assert.equal(headers.location, 'http://outer.test/next')
  assert.deepEqual(headers['set-cookie'], ['a=1; Path=//x; Domain=.outer.test; HttpOnly', 'b=2; path=/other; domain=else.test'])
})

test('limit-rate sends no more than that, AUTO_HTTP asks as it was asked', async (t) => {
  const { serve, backend, given, ask } = await ingressRig(t)
  serve('a', await backend((_, response) => response.end(Buffer.alloc(40 * 1024, 'x'))))
  await given({ rules: [rule('slow.test', 'a')] }, { 'limit-rate': '200', 'limit-rate-after': '10' })
  await given({ rules: [rule('auto.test', 'a')] }, { 'backend-protocol': 'AUTO_HTTP' })
  const started = performance.now()
  assert.equal((await ask('slow.test')).body.length, 40 * 1024)
  assert.ok(performance.now() - started > 50, 'thirty of its forty KiB take more than a tenth of a second')
  assert.equal((await ask('auto.test')).body.length, 40 * 1024)
})

test('redirects lead to the ports that are served; the usual ones are not written', () => {
  const ports = { http: 8000, https: 8443 }
  assert.equal(originOf('https', 'a.test:8000', ports), 'https://a.test:8443')
  assert.equal(originOf('http', '[fd00::1]:8000', ports), 'http://[fd00::1]:8000')
  assert.equal(originOf('https', 'a.test:80', { http: 80, https: 443 }), 'https://a.test')
  assert.equal(originOf('https', 'a.test', { http: 80, https: 443 }, true), 'https://a.test:443')
})
