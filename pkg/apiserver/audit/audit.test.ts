import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { configMaps, namespaces, pods, secrets } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import type { RawRequest } from '#client/types.ts'
import { alice, fakeRequest, resourceAttributes } from '../test-rig.ts'
import { startTestApiServer } from '../testing.ts'
import type { AuthorizerAttributes } from '../types.ts'
import { Audit, batched, blocking, logBackend, parsePolicy, truncating, webhookBackend } from './index.ts'
import { evaluate } from './policy.ts'
import type { AuditBackend, AuditEvent, AuditSink } from './types.ts'

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
  assert.throws(() => parsePolicy('kind: Policy'), /unknown group version field audit\.k8s\.io\/__internal, Kind=Policy in policy: from file audit policy$/)
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
    ['configmaps', 'default', 'c', 'v1', undefined],
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
    [['ResponseStarted', {}]],
  )
})

function inDirectory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-audit-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}
const large = { kind: 'Event', annotations: { text: 'x'.repeat(700_000) } } as unknown as AuditEvent

test('the file is turned over by its size, and old ones go by number and age', async (t) => {
  const dir = inDirectory(t)
  const clock = new FakeClock()
  const path = join(dir, 'logs', 'audit.log')
  const common = { path, clock, log: silentLogger }
  for (let count = 0; count < 4; count++) {
    const backend = logBackend({ ...common, maxSize: 1, maxBackups: 2, maxAge: 1 })
    assert.equal(await backend.deliver([large]), true)
    await backend.close()
    await clock.advance(1000)
  }
  assert.equal(readdirSync(join(dir, 'logs')).length, 3)
  assert.deepEqual([statSync(path).mode & 0o777, statSync(join(dir, 'logs')).mode & 0o777], [0o600, 0o700])
  assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 1)
  await clock.advance(3 * 86_400_000)
  const backend = logBackend({ ...common, maxSize: 1, maxBackups: 9, maxAge: 1 })
  await backend.deliver([large])
  await backend.close()
  assert.equal(readdirSync(join(dir, 'logs')).length, 2)
  const endless = logBackend({ ...common, maxSize: 0 })
  await endless.deliver([large, large])
  await endless.close()
  assert.equal(readdirSync(join(dir, 'logs')).length, 2)
})

test('old files are packed where that is asked for, and count as one another', async (t) => {
  const dir = inDirectory(t)
  const clock = new FakeClock()
  const path = join(dir, 'audit.log')
  for (let count = 0; count < 4; count++) {
    const backend = logBackend({ path, clock, log: silentLogger, maxSize: 1, maxBackups: 2, compress: true })
    await backend.deliver([large])
    await backend.close()
    await clock.advance(1000)
  }
  assert.deepEqual(readdirSync(dir).sort(), ['audit-2026-01-01T00-00-02.000.log.gz', 'audit-2026-01-01T00-00-03.000.log.gz', 'audit.log'])
  assert.deepEqual(JSON.parse(gunzipSync(readFileSync(join(dir, 'audit-2026-01-01T00-00-02.000.log.gz'))).toString()), large)
})

test('the older format is one line of words', async (t) => {
  const path = join(inDirectory(t), 'audit.log')
  const backend = logBackend({ path, clock: new FakeClock(), log: silentLogger, format: 'legacy' })
  const event = {
    auditID: 'id-1',
    stage: 'ResponseComplete',
    verb: 'get',
    user: { username: 'ann', groups: ['a', 'b'] },
    requestURI: '/api/v1/pods?limit=5',
    userAgent: 'a "quoted"\u0001 agent',
    requestReceivedTimestamp: '2026-01-01T00:00:00.120000Z',
  } as unknown as AuditEvent
  const more = { impersonatedUser: { username: 'bob' }, sourceIPs: ['192.0.2.1'], objectRef: { namespace: 'n' }, responseStatus: { code: 200 } }
  await backend.deliver([event, { ...event, ...more, user: {} }])
  await backend.close()
  assert.deepEqual(readFileSync(path, 'utf8').split('\n'), [
    '2026-01-01T00:00:00.12Z AUDIT: id="id-1" stage="ResponseComplete" ip="<unknown>" method="get" user="ann" groups="\\"a\\",\\"b\\"" as="<self>" asgroups="<lookup>" user-agent="a \\"quoted\\"\\x01 agent" namespace="<none>" uri="/api/v1/pods?limit=5" response="<deferred>"',
    '2026-01-01T00:00:00.12Z AUDIT: id="id-1" stage="ResponseComplete" ip="192.0.2.1" method="get" user="<none>" groups="<none>" as="bob" asgroups="<lookup>" user-agent="a \\"quoted\\"\\x01 agent" namespace="n" uri="/api/v1/pods?limit=5" response="200"',
    '',
  ])
})

/** A backend whose deliveries end when the test says so. */
function manual(): AuditBackend & { events: AuditEvent[]; end(ok: boolean): void } {
  const events: AuditEvent[] = []
  const waiting: ((ok: boolean) => void)[] = []
  return {
    name: 'log',
    events,
    deliver: (more) => {
      events.push(...more)
      return new Promise((resolve) => waiting.push(resolve))
    },
    end: (ok) => waiting.shift()!(ok),
    close: async () => {},
  }
}

for (const [mode, strict] of [
  ['blocking', false],
  ['blocking-strict', true],
] as const) {
  test(`in mode ${mode} an answer waits for its event${strict ? ', and what could not be recorded is not served' : ', and is given without it'}`, async () => {
    const backend = manual()
    const audit = new Audit(
      { policy: policy('- {level: Metadata, nonResourceURLs: ["/version"]}\n- {level: None}'), sinks: [blocking(backend, strict)] },
      new FakeClock(),
    )
    await using control = await startTestApiServer({ audit })
    let answered: { status: number; text(): Promise<string> } | undefined
    const answer = control.client.request({ method: 'GET', path: '/version' }).then((response) => {
      answered = response
    })
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    await turn()
    assert.deepEqual([backend.events.map(({ stage }) => stage), answered], [['RequestReceived'], undefined])
    backend.end(false)
    if (!strict) {
      await turn()
      assert.deepEqual([backend.events.map(({ stage }) => stage), answered], [['RequestReceived', 'ResponseComplete'], undefined])
      backend.end(true)
    }
    await answer
    assert.equal(answered!.status, strict ? 500 : 200)
    if (strict) assert.equal(await answered!.text(), 'Internal Server Error: "/version": failed to store audit event\n')
    assert.match(
      audit.metrics().join('\n'),
      new RegExp(`apiserver_audit_error_total\\{plugin="log"\\} 1\\n[^]*apiserver_audit_requests_rejected_total ${strict ? 1 : 0}`),
    )
  })
}

const batching = { bufferSize: 10_000, maxBatchSize: 400, maxBatchWaitMs: 30_000, maxUnderWay: 16, log: silentLogger }

/** A server that answers with `status`, and what it was sent. */
function webhookServer(): { batches: number[]; status: number; transport: { request(raw: RawRequest): Promise<any>; close(): void } } {
  const server = {
    batches: [] as number[],
    status: 200,
    transport: {
      request: async ({ body }: RawRequest) => {
        const list = JSON.parse(body as string)
        assert.equal(list.kind, 'EventList')
        server.batches.push(list.items.length)
        return { status: server.status, headers: {}, bytes: async () => new Uint8Array(), text: async () => '', async *stream() {} }
      },
      close() {},
    },
  }
  return server
}

test('batches go to the webhook when they are full or old; a server that is down costs no more than the buffer', async () => {
  const clock = new FakeClock()
  const server = webhookServer()
  const backend = webhookBackend({ transport: server.transport, clock, log: silentLogger })
  const sink = batched(backend, { ...batching, clock, maxBatchSize: 2, bufferSize: 3, maxBatchWaitMs: 1000, maxUnderWay: 1 })
  const event = { kind: 'Event' } as unknown as AuditEvent
  sink.write(event)
  assert.deepEqual(server.batches, [])
  await clock.advance(1000)
  assert.deepEqual(server.batches, [1])
  server.status = 400
  for (let count = 0; count < 9; count++) sink.write(event)
  assert.equal(sink.dropped, 4)
  await clock.advance(200_000)
  assert.ok(sink.dropped > 4)
  // Whatever it answers, it is asked five times.
  assert.equal(server.batches.filter((count) => count === 2).length, 10)
  await sink.close()
  assert.equal(sink.dropped, 9)
})

test('a slow webhook holds up no other batch, and each event is delivered once before the end', async () => {
  const clock = new FakeClock()
  const backend = manual()
  const sink = batched(backend, { ...batching, clock, maxBatchSize: 1, maxUnderWay: 2 })
  const event = (auditID: string) => ({ auditID }) as unknown as AuditEvent
  for (const id of ['a', 'b', 'c']) sink.write(event(id))
  await clock.advance(0)
  assert.deepEqual(backend.events, [event('a'), event('b')])
  backend.end(true)
  await clock.advance(0)
  assert.deepEqual(backend.events, [event('a'), event('b'), event('c')])
  sink.write(event('d'))
  const closing = sink.close()
  for (let count = 0; count < 3; count++) {
    backend.end(true)
    await clock.advance(0)
  }
  await closing
  assert.deepEqual(backend.events, [event('a'), event('b'), event('c'), event('d')])
  assert.equal(sink.dropped, 0)
})

test('batches to the webhook are held back by their rate and cut by their bytes', async () => {
  const clock = new FakeClock()
  const { batches, transport } = webhookServer()
  const sink = batched(webhookBackend({ transport, clock, log: silentLogger }), { ...batching, clock, maxBatchSize: 1, throttle: { perSecond: 1, burst: 2 } })
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
  const cut = batched(webhookBackend({ transport, clock, log: silentLogger, maxBatchBytes: 300 }), { ...batching, clock })
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
