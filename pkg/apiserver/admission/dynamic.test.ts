import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings, mutatingWebhookConfigurations, services } from '#api/gen/resources.ts'
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings, validatingWebhookConfigurations } from '#api/gen/resources.ts'
import type { ConfigMap } from '#api/gen/core/v1.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import type { StatusError } from '#apimachinery/status-error.ts'
import { createInformerFactory } from '#client/informer.ts'
import { startTestApiServer, type TestApiServer } from '../testing.ts'
import { Audit, parsePolicy } from '../audit/index.ts'
import type { AuditEvent } from '../audit/types.ts'
import { createAdmissionPlugins } from './index.ts'
import { startTestWebhook } from './test-webhook.ts'

/** Webhooks and policies alone; they read from the server itself, since the informers are not started. */
async function start(): Promise<TestApiServer> {
  const control = await startTestApiServer()
  const { client, server } = control
  const informers = createInformerFactory(client, { clock: systemClock, log: silentLogger })
  const authorizer = { name: 'test', authorize: ({ verb }: { verb: string }) => ({ decision: verb === 'shine' ? 'allow' : 'deny', reason: '' }) as const }
  const all = createAdmissionPlugins({ client, informers, clock: systemClock, authorizer, kinds: server.kinds })
  server.use({ admission: all.filter(({ name }) => /Webhook|AdmissionPolicy/.test(name)) })
  return control
}

const rule = { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }
const hook = (clientConfig: object, more: object = {}) => ({
  name: 'hook.example.com',
  clientConfig,
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...more,
})
const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({ metadata: { name, namespace: 'default' }, data }) as ConfigMap
const patchOf = (...operations: object[]) => ({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') })
const failure = async (promise: Promise<unknown>): Promise<StatusError> => {
  try {
    await promise
  } catch (error) {
    return error as StatusError
  }
  throw new Error('it was accepted')
}

test('a mutating webhook changes what is written, and is asked again when another changed it after', async () => {
  await using control = await start()
  const { client } = control
  await using first = await startTestWebhook(({ object }) =>
    patchOf({ op: 'add', path: '/data', value: { ...object.data, seen: String(Number(object.data?.seen ?? 0) + 1) } }),
  )
  await using second = await startTestWebhook(() => patchOf({ op: 'add', path: '/data/second', value: 'x' }))
  await client.create(mutatingWebhookConfigurations, {
    metadata: { name: 'all' },
    webhooks: [
      hook({ url: first.url, caBundle: first.caBundle }, { name: 'first.example.com', reinvocationPolicy: 'IfNeeded' }),
      hook({ url: second.url, caBundle: second.caBundle }, { name: 'second.example.com' }),
    ],
  } as never)
  const created = await client.create(configMaps, map('a', { own: '1' }))
  assert.deepEqual(created.data, { own: '1', second: 'x', seen: '2' })
  const [request] = first.requests
  assert.deepEqual(request.kind, { group: '', version: 'v1', kind: 'ConfigMap' })
  assert.deepEqual(request.resource, { group: '', version: 'v1', resource: 'configmaps' })
  assert.deepEqual(
    [request.operation, request.namespace, request.name, request.dryRun, request.userInfo.username],
    ['CREATE', 'default', 'a', false, 'system:apiserver'],
  )
})

test('the audit log is told what webhooks changed and which of them failed, and of patches where bodies are kept', async () => {
  await using control = await start()
  const { client, server } = control
  await using adds = await startTestWebhook(() => patchOf({ value: '<b>', path: '/data/added', op: 'add' }))
  const url = { url: 'https://127.0.0.1:1/hook' }
  await client.create(mutatingWebhookConfigurations, {
    metadata: { name: 'm' },
    webhooks: [
      hook({ url: adds.url, caBundle: adds.caBundle }, { name: 'adds.example.com' }),
      hook(url, { name: 'lost.example.com', failurePolicy: 'Ignore' }),
    ],
  } as never)
  const other = { ...rule, resources: ['secrets'] }
  await client.create(validatingWebhookConfigurations, {
    metadata: { name: 'v' },
    webhooks: [hook(url, { name: 'none.example.com', rules: [other] }), hook(url, { name: 'some.example.com', failurePolicy: 'Ignore' })],
  } as never)
  const written = async (level: string): Promise<Readonly<Record<string, string>>> => {
    const events: AuditEvent[] = []
    const sink = { name: 'test', dropped: 0, write: (event: AuditEvent) => void events.push(event), close: async () => {} }
    const policy = parsePolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: ${level}}]`)
    server.use({ audit: new Audit({ policy, sinks: [sink] }, systemClock) })
    await client.create(configMaps, map(level.toLowerCase(), { own: '1' }))
    const found = events.find(({ stage, verb }) => stage === 'ResponseComplete' && verb === 'create')!.annotations!
    return Object.fromEntries(Object.entries(found).filter(([key]) => key.includes('webhook')))
  }
  const place = 'webhook.admission.k8s.io/round_0_index_'
  const notes = {
    [`mutation.${place}0`]: '{"configuration":"m","webhook":"adds.example.com","mutated":true}',
    [`failed-open.mutation.${place}1`]: 'lost.example.com',
    [`mutation.${place}1`]: '{"configuration":"m","webhook":"lost.example.com","mutated":false}',
    [`failed-open.validating.${place}0`]: 'some.example.com',
  }
  assert.deepEqual(await written('Metadata'), notes)
  const patch = '[{"op":"add","path":"/data/added","value":"\\u003cb\\u003e"}]'
  assert.deepEqual(await written('Request'), {
    ...notes,
    [`patch.${place}0`]: `{"configuration":"m","webhook":"adds.example.com","patch":${patch},"patchType":"JSONPatch"}`,
  })
})

test('a validating webhook refuses in its own words, warns, and is called through its Service', async () => {
  await using control = await start()
  const { client } = control
  await using webhook = await startTestWebhook(({ object }) =>
    object.data?.bad ? { allowed: false, status: { message: 'no bad data', code: 403 } } : { allowed: true, warnings: ['mind the gap'] },
  )
  // Endpoints may not be on the loopback, so the Service is a name for it; certificates are checked for the Service all the same.
  await client.create(services, { metadata: { name: 'hook', namespace: 'default' }, spec: { type: 'ExternalName', externalName: 'localhost' } } as never)
  const service = { namespace: 'default', name: 'hook', path: '/check', port: webhook.port }
  await client.create(validatingWebhookConfigurations, {
    metadata: { name: 'v' },
    webhooks: [hook({ service, caBundle: webhook.caBundle }, { matchConditions: [{ name: 'named', expression: "object.metadata.name != 'exempt'" }] })],
  } as never)
  const error = await failure(client.create(configMaps, map('a', { bad: '1' })))
  assert.equal(error.message, 'admission webhook "hook.example.com" denied the request: no bad data')
  assert.equal(error.code, 403)
  await client.create(configMaps, map('exempt', { bad: '1' }))
  const response = await client.request({
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', ...map('b') })),
  })
  assert.match(response.headers.warning ?? '', /299 - "mind the gap"/)
})

test('a connecting request is shown to webhooks as the options it asks by', async () => {
  await using control = await start()
  const { client, server } = control
  const reached = async () => ({ status: 200, headers: {} })
  const doors = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'services/proxy']
  server.use({ connectHandlers: Object.fromEntries(doors.map((door) => [door, reached])) })
  await using hears = await startTestWebhook(() => ({ allowed: false, status: { message: 'not this way' } }))
  const rules = [{ operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/*', 'services/proxy'] }]
  const webhooks = [hook({ url: hears.url, caBundle: hears.caBundle }, { rules })]
  await client.create(validatingWebhookConfigurations, { metadata: { name: 'doors' }, webhooks } as never)
  const pod = '/api/v1/namespaces/default/pods/p'
  const cases: [string, object][] = [
    [`${pod}/attach?stdin=true&stdout=0&container=c`, { kind: 'PodAttachOptions', apiVersion: 'v1', stdin: true, container: 'c' }],
    [`${pod}/exec?tty=&command=a&command=b`, { kind: 'PodExecOptions', apiVersion: 'v1', tty: true, command: ['a', 'b'] }],
    [`${pod}/portforward?ports=1,2&ports=3`, { kind: 'PodPortForwardOptions', apiVersion: 'v1', ports: [1, 2, 3] }],
    [`${pod}/proxy/a/b/`, { kind: 'PodProxyOptions', apiVersion: 'v1', path: '/a/b/' }],
    ['/api/v1/namespaces/default/services/s:80/proxy', { kind: 'ServiceProxyOptions', apiVersion: 'v1' }],
  ]
  const ask = async (path: string) => JSON.parse(await (await client.request({ method: 'GET', path, headers: {} })).text())
  for (const [path, object] of cases) {
    assert.equal((await ask(path)).message, 'admission webhook "hook.example.com" denied the request: not this way')
    const request = hears.requests.at(-1)!
    assert.deepEqual([request.operation, request.kind.kind, request.object, request.options], ['CONNECT', (object as { kind: string }).kind, object, null])
  }
  assert.equal((await ask(`${pod}/attach?dryRun=All`)).message, 'dryRun is not supported')
  const wrong = await ask(`${pod}/portforward?ports=http`)
  assert.equal(wrong.message, 'cannot convert to []int32: strconv.ParseUint: parsing "http": invalid syntax')
})

test('a webhook that cannot be asked fails the request, or is passed over', async () => {
  await using control = await start()
  const { client } = control
  const configure = (failurePolicy: string, clientConfig: object) =>
    client.create(validatingWebhookConfigurations, {
      metadata: { name: failurePolicy.toLowerCase() },
      webhooks: [hook(clientConfig, { failurePolicy })],
    } as never)
  await configure('Ignore', { url: 'https://127.0.0.1:1/hook' })
  await client.create(configMaps, map('a'))
  await configure('Fail', { url: 'https://127.0.0.1:1/hook' })
  assert.equal(
    (await failure(client.create(configMaps, map('b')))).message,
    'Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://127.0.0.1:1/hook?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
  )
  await client.delete(validatingWebhookConfigurations, { name: 'fail' })
  await configure('Fail', { service: { namespace: 'default', name: 'none' } })
  assert.equal(
    (await failure(client.create(configMaps, map('b')))).message,
    'Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://none.default.svc:443/?timeout=10s": service "none" not found',
  )
})

test('a dry run does not reach webhooks with side effects, and strangers are not trusted', async () => {
  await using control = await start()
  const { client } = control
  await using webhook = await startTestWebhook(() => ({ allowed: true }))
  await client.create(validatingWebhookConfigurations, { metadata: { name: 'v' }, webhooks: [hook({ url: webhook.url })] } as never)
  assert.match(
    (await failure(client.create(configMaps, map('a')))).message,
    /tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
  )
  assert.equal(webhook.requests.length, 0)
})

test('a validating policy refuses, warns, and takes its parameters', async () => {
  await using control = await start()
  const { client } = control
  await client.create(configMaps, map('limits', { max: '2' }))
  await client.create(validatingAdmissionPolicies, {
    metadata: { name: 'small' },
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: { resourceRules: [rule] },
      matchConditions: [{ name: 'not-limits', expression: "object.metadata.name != 'limits'" }],
      variables: [
        { name: 'size', expression: 'size(object.data)' },
        { name: 'double', expression: 'variables.size * 2' },
      ],
      validations: [
        { expression: 'variables.size <= int(params.data.max)', messageExpression: "'%d entries, %s allowed'.format([variables.size, params.data.max])" },
        {
          expression: "!has(object.data.secret) || authorizer.group('').resource('secrets').namespace('default').check('shine').allowed()",
          message: 'no',
          reason: 'Forbidden',
        },
        { expression: "namespaceObject.metadata.name == 'default' && request.operation == 'CREATE' && oldObject == null" },
      ],
    },
  } as never)
  const bind = (name: string, validationActions: string[]) =>
    client.create(validatingAdmissionPolicyBindings, {
      metadata: { name },
      spec: { policyName: 'small', paramRef: { name: 'limits', namespace: 'default', parameterNotFoundAction: 'Deny' }, validationActions },
    } as never)
  await bind('deny', ['Deny'])
  await client.create(configMaps, map('a', { a: '1', secret: '2' }))
  const error = await failure(client.create(configMaps, map('b', { a: '1', b: '2', c: '3' })))
  assert.equal(error.message, `configmaps "b" is forbidden: ValidatingAdmissionPolicy 'small' with binding 'deny' denied request: 3 entries, 2 allowed`)
  assert.deepEqual([error.code, error.reason], [422, 'Invalid'])
  await client.delete(configMaps, { namespace: 'default', name: 'limits' })
  assert.match(
    (await failure(client.create(configMaps, map('c', { a: '1' })))).message,
    /failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction/,
  )
})

test('a mutating policy applies configurations and patches', async () => {
  await using control = await start()
  const { client } = control
  await client.create(mutatingAdmissionPolicies, {
    metadata: { name: 'label' },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'by': 'policy', 'name': string(object.metadata.name)}}}" },
        },
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression:
              "[JSONPatch{op: 'add', path: '/data', value: {'who': request.userInfo.username}}, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/x'), value: '1'}]",
          },
        },
      ],
    },
  } as never)
  await client.create(mutatingAdmissionPolicyBindings, { metadata: { name: 'label' }, spec: { policyName: 'label' } } as never)
  const created = await client.create(configMaps, { ...map('a'), metadata: { name: 'a', namespace: 'default', labels: { own: '1' } } })
  assert.deepEqual(created.metadata.labels, { own: '1', by: 'policy', name: 'a', 'example.com/x': '1' })
  assert.deepEqual(created.data, { who: 'system:apiserver' })
})

test('expressions that do not compile are refused before they are stored', async () => {
  await using control = await start()
  const { client } = control
  const policy = (expression: string) => ({ metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression }] } })
  const message = async (text: string) => (await failure(client.create(validatingAdmissionPolicies, policy(text) as never))).message
  assert.match(
    await message('object.spec >'),
    /^ValidatingAdmissionPolicy\.admissionregistration\.k8s\.io "p" is invalid: spec\.validations\[0\]\.expression: Invalid value: "object\.spec >": compilation failed: ERROR: <input>:1:/,
  )
  assert.match(await message('nothing.here'), /undeclared reference to 'nothing' \(in container ''\)/)
  assert.match(await message("'text'"), /must evaluate to a? ?bool/)
})
