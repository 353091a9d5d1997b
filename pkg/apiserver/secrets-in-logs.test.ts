import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { mutatingWebhookConfigurations, serviceAccounts } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { openStore } from '#storage/open.ts'
import type { Store } from '#storage/types.ts'
import { assembleApiServer } from './assemble.ts'
import { Audit, parsePolicy } from './audit/index.ts'
import type { AuditEvent } from './audit/types.ts'
import { fakeRequest } from './test-rig.ts'

const password = 'correct-horse-battery'
const encoded = Buffer.from(password).toString('base64')
const bearer = 'static-bearer-token-0123456789'

/** A store that fails in the midst of a write, as a broken disk would have it. */
function breakable(store: Store): { store: Store; break(): void } {
  let isBroken = false
  const put: Store['put'] = (key, value, options) => {
    if (isBroken && key.includes('/secrets/')) throw new Error('the disk is gone')
    return store.put(key, value, options)
  }
  return {
    store: new Proxy(store, {
      get: (target, name) => {
        if (name === 'put') return put
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    break: () => {
      isBroken = true
    },
  }
}

test('neither objects, tokens nor passwords get into a log, the audit log or an event, whatever goes wrong', async () => {
  const lines: string[] = []
  const log = createLogger({ component: 'test', level: 'debug', write: (line) => void lines.push(line) })
  const { store, break: breakStore } = breakable(await openStore({ kind: 'memory' }))
  const { privateKey: serviceAccountKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  // A policy as docs/encryption.md would have it.
  const audited: string[] = []
  const policy = parsePolicy('{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"Metadata"}]}', 'policy')
  const sink = { name: 'memory', dropped: 0, write: (event: AuditEvent) => void audited.push(JSON.stringify(event)), close: async () => {} }
  const assembled = assembleApiServer({
    store,
    log,
    audit: new Audit({ policy, sinks: [sink] }, systemClock),
    serviceAccountKey,
    staticTokens: [{ token: bearer, user: { name: 'ann', groups: [] } }],
  })
  await assembled.ready
  const { client, server } = assembled
  const path = '/api/v1/namespaces/default/secrets'
  const post = async (body: string, headers: Record<string, string> = {}, at = path) => {
    const response = await client.request({ method: 'POST', path: at, headers: { 'content-type': 'application/json', ...headers }, body })
    return { status: response.status, text: await response.text() }
  }
  const secret = (name: string) => JSON.stringify({ metadata: { name }, stringData: { password } })
  assert.equal((await post(secret('a'))).status, 201)
  assert.equal((await post(secret('a'))).status, 409)
  assert.equal((await post(secret('a').slice(0, -1))).status, 400)
  assert.equal((await post(JSON.stringify({ metadata: { name: 'b' }, data: { '*': encoded } }))).status, 422)
  assert.equal(
    (await post(JSON.stringify({ metadata: { name: 'b' }, type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': password } }))).status,
    422,
  )
  const send = async (method: string, at: string, type: string, body: string) =>
    (await client.request({ method, path: `${path}/${at}`, headers: { 'content-type': type }, body })).status
  assert.equal(await send('PATCH', 'a', 'application/merge-patch+json', JSON.stringify({ stringData: { more: password } })), 200)
  assert.equal(await send('PATCH', 'a', 'application/json-patch+json', JSON.stringify([{ op: 'test', path: '/data/more', value: `${encoded}x` }])), 422)
  const applied = (data: object) => JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'e' }, ...data })
  assert.equal(await send('PATCH', 'e?fieldManager=one', 'application/apply-patch+yaml', applied({ stringData: { password } })), 201)
  assert.equal(await send('PATCH', 'e?fieldManager=two', 'application/apply-patch+yaml', applied({ stringData: { password: `${password}2` } })), 409)
  assert.equal(await send('PATCH', 'e?fieldManager=two', 'application/apply-patch+yaml', applied({ data: { password: [encoded] } })), 500)
  // Somebody unknown, with a token that is none, and somebody known who may not.
  const asked = (authorization: string) => server.handler(fakeRequest(path, { headers: { authorization } }))
  assert.equal((await asked(`Bearer ${bearer}-wrong`)).status, 401)
  assert.equal((await asked(`Bearer ${bearer}`)).status, 403)
  await client.create(serviceAccounts, { metadata: { name: 'sa', namespace: 'default' } })
  const token = JSON.parse((await post('{"spec":{}}', {}, '/api/v1/namespaces/default/serviceaccounts/sa/token')).text).status.token as string
  assert.ok(token.split('.').length === 3)
  assert.equal((await asked(`Bearer ${token.slice(0, -4)}`)).status, 401)
  // A webhook that is not there is sent the object.
  await client.create(mutatingWebhookConfigurations, {
    metadata: { name: 'gone' },
    webhooks: [
      {
        name: 'gone.example.com',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Ignore',
      },
    ],
  } as never)
  assert.equal((await post(secret('c'))).status, 201)
  breakStore()
  assert.equal((await post(secret('d'))).status, 500)
  const told = await client.request({ method: 'GET', path: '/api/v1/events' })
  const events = await told.text()
  await assembled.close()
  assert.ok(
    audited.some((line) => line.includes('"resource":"secrets"') && line.includes('"verb":"patch"')),
    'the audit log should have been written to',
  )
  const text = [...lines, ...audited, events].join('\n')
  assert.match(text, /the disk is gone/, 'the log should have been written to')
  for (const each of [password, encoded, bearer, token, token.split('.')[2]!.slice(0, 20)]) assert.ok(!text.includes(each), `the log has ${each}`)
  assert.equal(await store.get('/registry/core/secrets/default/d'), undefined)
})
