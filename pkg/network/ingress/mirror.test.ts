import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { configMaps } from '#api/gen/resources.ts'
import { ingressRig, rule, waitFor } from './test-rig.ts'

interface Seen {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A server that keeps what it is asked. */
function witness() {
  const seen: Seen[] = []
  return {
    seen,
    listener: async (incoming: IncomingMessage, response: { end(text: string): void }) => {
      let body = ''
      for await (const chunk of incoming) body += chunk
      seen.push({ line: `${incoming.method} ${incoming.url}`, headers: incoming.headers, body })
      response.end('seen')
    },
  }
}

test('every request is shown to a mirror as well, with its body or without, and its answer is nobody’s', async (t) => {
  const { serve, backend, given, ask } = await ingressRig(t)
  const [main, copy] = [witness(), witness()]
  serve('a', await backend(main.listener))
  const port = await backend(copy.listener)
  await given({ rules: [rule('a.test', 'a')] }, { 'mirror-target': `http://copies.test:${port}$request_uri` })
  await given(
    { rules: [rule('b.test', 'a')] },
    { 'mirror-target': `http://copies.test:${port}/to$uri`, 'mirror-host': 'named.test', 'mirror-request-body': 'off' },
  )
  const [small, large] = ['small', 'x'.repeat(200_000)]
  for (const body of [small, large]) {
    const reply = await ask('a.test', '/path?q=1', { method: 'POST', body, headers: { 'x-mine': 'yes', 'content-length': String(body.length) } })
    assert.deepEqual([reply.status, reply.body], [200, 'seen'])
  }
  await waitForCount(copy.seen, 2)
  assert.deepEqual(
    copy.seen
      .map(({ line, headers, body }) => [line, headers.host, headers['x-mine'], headers['x-forwarded-host'], body.length])
      .sort((a, b) => Number(a[4]) - Number(b[4])),
    [small, large].map((body) => ['POST /path?q=1', 'copies.test', 'yes', 'a.test', body.length]),
  )
  copy.seen.length = 0
  await ask('b.test', '/path?q=1', { method: 'POST', body: small })
  await waitForCount(copy.seen, 1)
  assert.deepEqual(
    copy.seen.map(({ line, headers, body }) => [line, headers.host, body]),
    [['POST /to/path', 'named.test', '']],
  )
  assert.equal(main.seen.length, 3)
})

test('a mirror that is not there, or never reads, is noticed by nobody', async (t) => {
  const { serve, backend, given, ask } = await ingressRig(t)
  serve('a', await backend(witness().listener))
  const deaf = await backend((incoming) => incoming.pause())
  await given({ rules: [rule('gone.test', 'a')] }, { 'mirror-target': 'http://127.0.0.1:1$request_uri' })
  await given({ rules: [rule('deaf.test', 'a')] }, { 'mirror-target': `http://127.0.0.1:${deaf}$request_uri` })
  const body = 'x'.repeat(900_000)
  for (const host of ['gone.test', 'deaf.test']) assert.equal((await ask(host, '/', { method: 'POST', body })).status, 200, host)
})

test('every answer gets the headers of a ConfigMap; without it, or with one that cannot be, nobody is answered', async (t) => {
  const { fake, serve, backend, given, ask } = await ingressRig(t)
  serve('a', await backend((_, response) => response.writeHead(200, { server: 'own', 'x-kept': 'yes' }).end()))
  const put = (name: string, data: Record<string, string>) => fake.seed(configMaps, { metadata: { name, namespace: 'default' }, data })
  put('headers', { Server: 'mine', 'X-Asked': '$scheme://$host' })
  put('framing', { 'Transfer-Encoding': 'chunked' })
  put('broken', { 'X-A': 'a\r\nX-B: b' })
  for (const name of ['default/headers', 'framing', 'broken', 'missing'])
    await given({ rules: [rule(`${name.replace('default/', '')}.test`, 'a')] }, { 'custom-headers': name })
  await given({ rules: [rule('foreign.test', 'a')] }, { 'custom-headers': 'kube-system/headers' })
  const { status, headers } = await ask('headers.test')
  assert.deepEqual([status, headers.server, headers['x-asked'], headers['x-kept']], [200, 'mine', 'http://headers.test', 'yes'])
  for (const [host, expected] of [
    ['framing.test', 503],
    ['broken.test', 503],
    ['missing.test', 503],
    ['foreign.test', 404],
  ] as const)
    assert.equal((await ask(host)).status, expected, host)
})

test('who is asked for permission gets the headers of a ConfigMap; without it nobody comes in', async (t) => {
  const { fake, serve, backend, given, ask } = await ingressRig(t)
  const judge = witness()
  serve('a', await backend(witness().listener))
  const port = await backend(judge.listener)
  fake.seed(configMaps, { metadata: { name: 'asked', namespace: 'default' }, data: { 'X-Site': 'of $host', Accept: 'text/plain' } })
  const auth = { 'auth-url': `http://judge.test:${port}/` }
  await given({ rules: [rule('a.test', 'a')] }, { ...auth, 'auth-proxy-set-headers': 'asked' })
  await given({ rules: [rule('b.test', 'a')] }, { ...auth, 'auth-proxy-set-headers': 'missing' })
  assert.deepEqual([(await ask('a.test')).status, (await ask('b.test')).status], [200, 503])
  assert.deepEqual(
    judge.seen.map(({ headers }) => [headers['x-site'], headers.accept]),
    [['of a.test', 'text/plain']],
  )
})

async function waitForCount(seen: readonly Seen[], count: number): Promise<void> {
  await waitFor(() => seen.length >= count)
}
