import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { ingresses, secrets as secretResource } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { ask, type Seen, type Told } from './ingress-golden/ask.ts'
import { backend, endpoints, withoutEndpoints } from './ingress-golden/backends.ts'
import { cases, hostOf, secrets } from './ingress-golden/cases.ts'
import { ingressesOf } from './ingress-golden/ingresses.ts'
import { fallback, ingressRig } from '#network/ingress/test-rig.ts'

const recorded = JSON.parse(readFileSync(new URL('ingress-golden/recorded-1.15.json', import.meta.url), 'utf8')) as Record<string, Told[]>

/** Where we part from it on purpose, and why. */
const deliberate: Readonly<Record<string, string>> = {
  'a Prefix path with a slash at its end': 'the Ingress API says that /foo is under it; nginx sends there',
  'rewrite-target to the same path': 'what is under the path stays as it is, for Prefix as for the other types',
  'rewrite-target without a slash': 'a slash is put before it; nginx asks its backend for a path without one, which is no request',
  'a redirect behind a password': 'nobody is told where it leads who has not said who he is',
  'from-to-www-redirect': 'the usual ports are not written',
  'from-to-www-redirect from www': 'the usual ports are not written',
  'headers of the request': 'what Connection names goes no further (RFC 9110, 7.6.1)',
  'custom errors': 'the page of an error is asked for by GET, without the body that was sent to another',
  'auth-url': 'the client gets all cookies, not the first alone',
  'auth-url: "ftp://AUTH/"': 'it is told beforehand (503), not at each request (500)',
  'auth-request-redirect: "https://$host/back"': 'upstream lets in everybody, unasked',
  'auth-request-redirect: "$scheme://$http_host$request_uri"': 'upstream lets in everybody, unasked',
  'auth-always-set-cookie: "yes"': 'upstream lets in everybody, unasked',
  'session-cookie-name: "a b"': 'there is no such cookie, path or domain',
  'session-cookie-path: "/a b"': 'there is no such cookie, path or domain',
  'session-cookie-domain: "a b"': 'there is no such cookie, path or domain',
  'a canary alone': 'upstream makes it the backend of every host that nobody has',
  'two canaries': 'each counts; upstream knows the first alone',
  'paths at random, 59': 'where paths are patterns, what begins like a path that is both Prefix and Exact is the Prefix’s',
  'a canary of one path': 'it counts for that path; upstream has it for every path of the same Service',
}

test('every request is answered as ingress-nginx 1.15 answers it', async (t) => {
  // It stands still during a case: rates must not depend on how fast this machine is.
  let now = Date.UTC(2026, 0, 1)
  const rig = await ingressRig(t, { clock: { ...systemClock, now: () => now } })
  let heard: Seen | undefined
  let asked = ''
  for (const [name, count] of Object.entries(endpoints)) {
    const ports = await Promise.all(Array.from({ length: count }, () => rig.listen(backend(name, name === 'ask' ? (seen) => (heard = seen) : undefined))))
    if (name === 'ask') asked = `127.0.0.1:${ports[0]}`
    else rig.serve(name, ...ports)
  }
  rig.serve(withoutEndpoints)
  const seed = (name: string, values: Readonly<Record<string, string>>) =>
    rig.fake.seed(secretResource, {
      metadata: { name, namespace: 'default' },
      data: Object.fromEntries(Object.entries(values).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
    })
  for (const [name, values] of Object.entries(secrets)) seed(name, values)
  seed('tls', { 'tls.crt': fallback.cert, 'tls.key': fallback.key })
  const place = {
    httpPort: rig.proxy.httpPort,
    httpsPort: rig.proxy.httpsPort,
    asked,
    addresses: ['127.0.0.1'],
    takeAsked: () => {
      const seen = heard
      heard = undefined
      return seen
    },
  }
  const partings: object[] = []
  const kept = new Set<string>()
  for (const [index, each] of cases.entries()) {
    const { name, questions } = each
    now += 60_000
    const own = ingressesOf(each, hostOf(index), asked)
    for (const ingress of own) rig.fake.seed(ingresses, { ...ingress, metadata: { ...ingress.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } })
    await rig.settled()
    const theirs = recorded[name]!
    // nginx does not start with it, so there is nothing to be held against.
    const isRefused = theirs.some((told) => 'error' in told && told.error.startsWith('nginx refuses'))
    for (const [number, question] of questions.entries()) {
      const ours = JSON.parse(JSON.stringify(await ask(question, hostOf(index), place))) as Told
      if (isRefused || isDeepStrictEqual(ours, theirs[number])) continue
      if (name in deliberate) kept.add(name)
      else partings.push({ name, question, ours, theirs: theirs[number] })
    }
    for (const { metadata } of own) await rig.fake.delete(ingresses, metadata)
  }
  assert.deepEqual(partings, [])
  assert.deepEqual([...kept].sort(), Object.keys(deliberate).sort(), 'each of them parts indeed')
})
