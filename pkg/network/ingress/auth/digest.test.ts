import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { secrets } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { Digests } from './digest.ts'
import { encoded } from '../tls/test-certificates.ts'
import { ingressRig, rule } from '../test-rig.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const auth = { type: 'digest', secret: 'default/users', kind: 'auth-file', realm: 'staff' } as const
/** As htdigest writes it. */
const secret = md5('me:staff:pass word')

function nonceOf(challenge = ''): string {
  return /nonce="([^"]+)"/.exec(challenge)?.[1] ?? ''
}

interface Given {
  readonly nonce: string
  readonly uri?: string
  readonly user?: string
  readonly password?: string
  readonly count?: number
  readonly qop?: string
  readonly method?: string
}

function credentials({ nonce, uri = '/', user = 'me', password = 'pass word', count = 1, qop = 'auth', method = 'GET' }: Given): string {
  const nc = count.toString(16).padStart(8, '0')
  const response = md5(`${md5(`${user}:staff:${password}`)}:${nonce}:${nc}:abc:${qop}:${md5(`${method}:${uri}`)}`)
  return `Digest username="${user}", realm="staff", nonce="${nonce}", uri="${uri}", qop=${qop}, nc=${nc}, cnonce="abc", response="${response}", algorithm=MD5`
}

function rig() {
  const clock = new FakeClock()
  const digests = new Digests(clock)
  const ask = (authorization?: string, target = '/') =>
    digests.refusal(auth, { method: 'GET', scheme: 'http', host: 'a.test', target, client: '192.0.2.1', headers: { authorization } }, (user) =>
      user === 'me' ? secret : undefined,
    )
  const challenge = (...args: Parameters<typeof ask>) => ask(...args)?.headers?.['www-authenticate'] ?? 'let in'
  return { clock, ask, challenge, nonce: () => nonceOf(challenge()) }
}

test('a stranger is told how to say who he is', () => {
  const { ask } = rig()
  const refusal = ask()
  assert.equal(refusal?.status, 401)
  assert.match(refusal.headers?.['www-authenticate'] ?? '', /^Digest algorithm="MD5", qop="auth", realm="staff", nonce="[\da-f]{60}"$/)
})

for (const { name, given } of [
  { name: 'a wrong password', given: { password: 'wrong' } },
  { name: 'somebody unknown', given: { user: 'you' } },
  { name: 'what was said for another path', given: { uri: '/other' } },
  { name: 'what was said for another method', given: { method: 'POST' } },
  { name: 'a kind of protection that was not offered', given: { qop: 'auth-int' } },
])
  test(`${name} lets nobody in`, () => {
    const { challenge, nonce } = rig()
    assert.match(challenge(credentials({ nonce: nonce(), ...given })), /^Digest (?!.*stale)/)
  })

test('what cannot be read is no word of anybody', () => {
  const { challenge } = rig()
  for (const text of ['Digest', 'Digest username', 'Digest username="me", username="you"', 'Basic bWU6eA==', 'Digest username="m'])
    assert.match(challenge(text), /^Digest /)
})

test('a nonce serves for a minute, each count once, and is then stale, which browsers answer by themselves', async () => {
  const { clock, ask, challenge, nonce } = rig()
  const one = nonce()
  assert.equal(ask(credentials({ nonce: one, count: 1 })), undefined)
  assert.equal(ask(credentials({ nonce: one, count: 3 })), undefined)
  assert.equal(ask(credentials({ nonce: one, count: 2 })), undefined, 'requests may overtake one another')
  assert.match(challenge(credentials({ nonce: one, count: 2 })), /stale="true"$/, 'said again by somebody who heard it')
  assert.match(challenge(credentials({ nonce: `${one.slice(0, -1)}x` })), /stale="true"$/, "not this process's nonce")
  await clock.advance(60_000)
  assert.match(challenge(credentials({ nonce: one, count: 4 })), /stale="true"$/)
})

test('digest authentication by a file and by a map of users, of an Ingress', async (t) => {
  const { fake, serve, backend, given, ask } = await ingressRig(t)
  serve('a', await backend((incoming, response) => response.end(incoming.headers.authorization === undefined ? 'not told' : 'told')))
  fake.seed(secrets, { metadata: { name: 'file', namespace: 'default' }, data: encoded({ auth: `you:staff:x\nme:other:y\nme:staff:${secret}\n` }) })
  fake.seed(secrets, { metadata: { name: 'map', namespace: 'default' }, data: encoded({ me: `staff:${secret}` }) })
  const annotations = { 'auth-type': 'digest', 'auth-realm': 'staff' }
  await given({ rules: [rule('file.test', 'a')] }, { ...annotations, 'auth-secret': 'file' })
  await given({ rules: [rule('map.test', 'a')] }, { ...annotations, 'auth-secret': 'map', 'auth-secret-type': 'auth-map' })
  for (const host of ['file.test', 'map.test']) {
    const stranger = await ask(host, '/a?b=c')
    assert.equal(stranger.status, 401)
    const nonce = nonceOf(stranger.headers['www-authenticate'])
    const authorization = credentials({ nonce, uri: '/a?b=c' })
    assert.deepEqual(await ask(host, '/a?b=c', { headers: { authorization } }).then(({ status, body }) => [status, body]), [200, 'not told'])
    assert.equal((await ask(host, '/a?b=c', { headers: { authorization } })).status, 401, 'once only')
  }
})
