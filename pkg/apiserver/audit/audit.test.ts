import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { configMaps, namespaces, pods, secrets } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import type { RawRequest } from '#client/types.ts'
import { alice, fakeRequest, resourceAttributes } from '../test-rig.ts'
import { startTestApiServer } from '../testing.ts'
import type { AuthorizerAttributes } from '../types.ts'
import { Audit, logSink, parsePolicy, truncating, webhookSink } from './index.ts'
import { evaluate } from './policy.ts'
import type { AuditEvent, AuditSink } from './types.ts'

function policy(rules: string, more = ''): ReturnType<typeof parsePolicy> {
  return parsePolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${more}rules:\n${rules}`)
}
function collecting(): AuditSink & { events: AuditEvent[] } {
  const events: AuditEvent[] = []
  return { name: 'log', dropped: 0, events, write: (event) => void events.push(JSON.parse(JSON.stringify(event))), close: async () => {} }
}
const path = (at: string): AuthorizerAttributes => ({ ...resourceAttributes(alice, 'get', ''), isResourceRequest: false, path: at })

test('the first rule that matches decides', () => {
  const rows: [string, AuthorizerAttributes, string][] = [
    ['- {level: Metadata, users: [bob]}\n- {level: Request}', resourceAttributes(alice, 'get', 'pods'), 'Request'],
    ['- {level: Metadata, userGroups: [dev]}', resourceAttributes(alice, 'get', 'pods'), 'Metadata'],
    ['- {level: Metadata, verbs: [list]}', resourceAttributes(alice, 'get', 'pods'), 'None'],
    ['- {level: Metadata, namespaces: [""]}', resourceAttributes(alice, 'get', 'nodes'), 'Metadata'],
    ['- {level: Metadata, namespaces: [a]}', resourceAttributes(alice, 'get', 'pods', { namespace: 'b' }), 'None'],
    ['- {level: Metadata, resources: [{group: ""}]}', resourceAttributes(alice, 'get', 'pods'), 'Metadata'],
    ['- {level: Metadata, resources: [{resources: [pods]}]}', resourceAttributes(alice, 'get', 'pods/log'), 'None'],
    ['- {level: Metadata, resources: [{resources: ["pods/*"]}]}', resourceAttributes(alice, 'get', 'pods/log'), 'Metadata'],
    ['- {level: Metadata, resources: [{resources: ["*/log"]}]}', resourceAttributes(alice, 'get', 'pods/log'), 'Metadata'],
    ['- {level: Metadata, resources: [{resources: [pods], resourceNames: [a]}]}', resourceAttributes(alice, 'get', 'pods', { name: 'b' }), 'None'],
    ['- {level: Metadata, resources: [{group: "*", resources: ["*"]}]}', resourceAttributes(alice, 'get', 'deployments', { group: 'apps' }), 'Metadata'],
    ['- {level: Metadata, resources: [{resources: [pods]}]}', path('/healthz'), 'None'],
    ['- {level: Metadata, nonResourceURLs: ["/health*"]}', path('/healthz'), 'Metadata'],
    ['- {level: Metadata, nonResourceURLs: ["/health"]}', path('/healthz'), 'None'],
  ]
  for (const [rules, attributes, level] of rows) assert.equal(evaluate(policy(rules), attributes).level, level, rules)
  const merged = evaluate(
    policy('- {level: Request, omitStages: [Panic], omitManagedFields: false}', 'omitStages: [RequestReceived]\nomitManagedFields: true\n'),
    path('/'),
  )
  assert.deepEqual([merged.omitStages, merged.omitManagedFields], [['RequestReceived', 'Panic'], false])
})

test('a policy that cannot be is refused with the field', () => {
  const rows: [string, RegExp][] = [
    ['- {level: All}', /rules\[0\]\.level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"/],
    ['- {users: [a]}', /rules\[0\]\.level: Required value/],
    ['- {level: None, nonResourceURLs: [health]}', /rules must begin with a '\/' character/],
    ['- {level: None, nonResourceURLs: ["/a"], namespaces: [b]}', /cannot apply to both regular resources and non-resource URLs/],
    ['- {level: None, omitStages: [Done]}', /allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic/],
  ]
  for (const [rules, message] of rows) assert.throws(() => policy(rules), message)
  assert.throws(() => parsePolicy('kind: Policy'), /no kind "Policy" is registered for version ""/)
})

test('a request leaves its stages, and bodies only as the policy says', async () => {
  const sink = collecting()
  const rules =
    '- {level: Metadata, resources: [{resources: [secrets]}]}\n- {level: RequestResponse, resources: [{resources: [configmaps, pods]}]}\n- {level: None}'
  const audit = new Audit({ policy: policy(rules, 'omitManagedFields: true\n'), sinks: [sink] }, new FakeClock())
  await using control = await startTestApiServer({
    audit,
    authorizer: { name: 'all', authorize: ({ verb }) => ({ decision: verb === 'delete' ? 'no-opinion' : 'allow', reason: 'because' }) },
  })
  const { client } = control
  sink.events.length = 0
  await client.create(secrets, { metadata: { name: 's', namespace: 'default' }, data: { password: 'aHVudGVyMg==' } })
  assert.deepEqual(
    sink.events.map(({ stage }) => stage),
    ['RequestReceived', 'ResponseComplete'],
  )
  assert.equal(JSON.stringify(sink.events).includes('aHVudGVyMg'), false)
  sink.events.length = 0

  const request: RawRequest = {
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps',
    headers: { 'user-agent': 'test/1', 'x-forwarded-for': '192.0.2.1' },
    body: '{"metadata":{"name":"c"},"data":{"a":"1"}}',
  }
  await client.request(request)
  const done = sink.events[1] as any
  assert.deepEqual(
    [done.level, done.verb, done.requestURI, done.userAgent, done.sourceIPs],
    ['RequestResponse', 'create', request.path, 'test/1', ['192.0.2.1', '127.0.0.1']],
  )
  assert.deepEqual(done.requestObject.data, { a: '1' })
  assert.equal(done.responseObject.metadata.name, 'c')
  assert.equal(done.responseObject.metadata.managedFields, undefined)
  assert.equal(done.responseStatus.code, 201)
  assert.deepEqual(done.annotations, { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'because' })
  assert.deepEqual(
    [done.objectRef.resource, done.objectRef.namespace, done.objectRef.name, done.objectRef.apiVersion, done.objectRef.uid],
    ['configmaps', 'default', 'c', 'v1', done.responseObject.metadata.uid],
  )
  assert.match(done.requestReceivedTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  sink.events.length = 0

  await assert.rejects(client.delete(configMaps, { namespace: 'default', name: 'c' }))
  assert.equal((sink.events[1] as any).responseStatus.reason, 'Forbidden')
  assert.equal(sink.events[1]?.annotations?.['authorization.k8s.io/decision'], 'forbid')
  sink.events.length = 0

  const stop = new AbortController()
  const watching = client.watch(configMaps, { namespace: 'default', signal: stop.signal })
  for await (const _ of watching) stop.abort()
  assert.deepEqual(
    sink.events.map(({ stage }) => stage),
    ['RequestReceived', 'ResponseStarted', 'ResponseComplete'],
  )
  sink.events.length = 0

  await client.list(namespaces)
  assert.deepEqual(sink.events, [])
  await assert.rejects(client.get(pods, { namespace: 'default', name: 'none' }))
  assert.deepEqual(
    sink.events.map(({ responseStatus }) => (responseStatus as any)?.reason),
    [undefined, 'NotFound'],
  )
  const text = audit.metrics().join('\n')
  assert.match(text, /apiserver_audit_level_total\{level="Metadata"\} [1-9]/)
})

test('an impersonated user stands beside the real one, and who was not let in has no name', async () => {
  const sink = collecting()
  const audit = new Audit({ policy: policy('- {level: Metadata}'), sinks: [sink] }, new FakeClock())
  await using control = await startTestApiServer({ audit, anonymous: false })
  sink.events.length = 0
  await control.client.request({ method: 'GET', path: '/version', headers: { 'impersonate-user': 'bob' } })
  const event = (sink.events as any[]).find(({ impersonatedUser, stage }) => impersonatedUser && stage === 'ResponseComplete')
  assert.equal(event.authenticationMetadata.impersonationConstraint, 'impersonate:user-info')
  assert.deepEqual([event.user.username, event.impersonatedUser.username], ['system:apiserver', 'bob'])
  sink.events.length = 0
  assert.equal((await control.server.handler(fakeRequest('/version'))).status, 401)
  assert.deepEqual(
    sink.events.filter(({ stage }) => stage === 'ResponseStarted').map(({ stage, user }) => [stage, user]),
    [['ResponseStarted', { username: '' }]],
  )
})

test('the file is turned over by its size, and old ones go by number and age', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-audit-'))
  try {
    const clock = new FakeClock()
    const path = join(dir, 'audit.log')
    const event = (text: string) => ({ kind: 'Event', annotations: { text } }) as unknown as AuditEvent
    for (let count = 0; count < 4; count++) {
      const sink = logSink({ path, maxSize: 1, maxBackups: 2, maxAge: 1, clock, log: silentLogger })
      sink.write(event('x'.repeat(700_000)))
      await sink.close()
      await clock.advance(1000)
    }
    assert.equal(readdirSync(dir).length, 3)
    assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 1)
    await clock.advance(3 * 86_400_000)
    const sink = logSink({ path, maxSize: 1, maxBackups: 9, maxAge: 1, clock, log: silentLogger })
    sink.write(event('x'.repeat(700_000)))
    await sink.close()
    assert.equal(readdirSync(dir).length, 2)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('batches go to the webhook when they are full or old; a server that is down costs no more than the buffer', async () => {
  const clock = new FakeClock()
  const batches: number[] = []
  let status = 200
  const answer = { headers: {}, bytes: async () => new Uint8Array(), text: async () => '', async *stream() {} }
  const transport = {
    request: async ({ body }: RawRequest) => {
      const list = JSON.parse(body as string)
      assert.equal(list.kind, 'EventList')
      batches.push(list.items.length)
      return { ...answer, status }
    },
    close() {},
  }
  const sink = webhookSink({ transport, clock, log: silentLogger, maxBatchSize: 2, bufferSize: 3, maxBatchWaitMs: 1000 })
  const event = { kind: 'Event' } as unknown as AuditEvent
  sink.write(event)
  assert.deepEqual(batches, [])
  await clock.advance(1000)
  assert.deepEqual(batches, [1])
  status = 503
  for (let count = 0; count < 9; count++) sink.write(event)
  assert.equal(sink.dropped, 4)
  await clock.advance(200_000)
  assert.ok(sink.dropped > 4)
  await sink.close()
  assert.equal(sink.dropped, 9)
})

test('batches to the webhook are held back by their rate and cut by their bytes', async () => {
  const clock = new FakeClock()
  const batches: number[] = []
  const transport = {
    request: async ({ body }: RawRequest) => {
      batches.push(JSON.parse(body as string).items.length)
      return { status: 200, headers: {}, bytes: async () => new Uint8Array(), text: async () => '', async *stream() {} }
    },
    close() {},
  }
  const throttle = { perSecond: 1, burst: 2 }
  const sink = webhookSink({ transport, clock, log: silentLogger, maxBatchSize: 1, throttle })
  const event = { kind: 'Event', annotations: { text: 'x'.repeat(100) } } as unknown as AuditEvent
  for (let count = 0; count < 4; count++) sink.write(event)
  await clock.advance(0)
  assert.deepEqual(batches, [1, 1])
  await clock.advance(1000)
  assert.deepEqual(batches, [1, 1, 1])
  await clock.advance(1000)
  assert.equal(batches.length, 4)
  await sink.close()
  batches.length = 0
  const cut = webhookSink({ transport, clock, log: silentLogger, maxBatchBytes: 300, throttle: undefined })
  for (let count = 0; count < 5; count++) cut.write(event)
  await cut.close()
  assert.deepEqual(batches, [2, 2, 1])
})

test('an event that is too large loses its bodies, and what is too large without them is dropped', () => {
  const sink = collecting()
  const small = truncating(sink, 300)
  const event = (level: string, more: object) => ({ kind: 'Event', level, ...more }) as unknown as AuditEvent
  small.write(event('Request', { requestObject: { kind: 'ConfigMap' } }))
  small.write(event('RequestResponse', { requestObject: 'x'.repeat(200), responseObject: 'y'.repeat(200), annotations: { a: 'b' } }))
  small.write(event('Request', { requestURI: 'x'.repeat(400) }))
  small.write(event('Metadata', { requestURI: 'x'.repeat(400) }))
  const truncated = { 'audit.k8s.io/truncated': 'true' }
  assert.deepEqual(sink.events, [
    event('Request', { requestObject: { kind: 'ConfigMap' } }),
    event('RequestResponse', { annotations: { a: 'b', ...truncated } }),
  ])
  assert.equal(small.dropped, 2)
})

test('a long answer is kept whole for who asks for answers', async () => {
  const sink = collecting()
  const audit = new Audit({ policy: policy('- {level: RequestResponse, verbs: [list]}\n- {level: None}'), sinks: [sink] }, new FakeClock())
  await using control = await startTestApiServer({ audit })
  const data = { content: 'x'.repeat(900_000) }
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await control.client.create(configMaps, { metadata: { name, namespace: 'default' }, data })
  sink.events.length = 0
  await control.client.list(configMaps, { namespace: 'default' })
  const done = sink.events.find(({ stage }) => stage === 'ResponseComplete') as any
  assert.equal(done.responseObject.items.length, 6)
})
