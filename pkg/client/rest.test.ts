import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, deployments, nodes, pods } from '#api/gen/resources.ts'
import { isExpired, isNotFound, notFound, StatusError } from '#apimachinery/status-error.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createClient } from './rest.ts'
import type { RawRequest, RawResponse, Transport } from './types.ts'

interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly chunks?: readonly string[]
}

function recording(answers: readonly Answer[]): Transport & { readonly sent: RawRequest[] } {
  const queue = [...answers]
  const sent: RawRequest[] = []
  return {
    sent,
    async request(raw): Promise<RawResponse> {
      sent.push(raw)
      const { status = 200, headers = {}, body = {}, chunks } = queue.shift() ?? {}
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return {
        status,
        headers,
        bytes: async () => Buffer.from(text),
        text: async () => text,
        stream: async function* () {
          for (const chunk of chunks ?? [text]) yield Buffer.from(chunk)
        },
      }
    },
    close() {},
  }
}

test('Each verb goes to the path upstream serves it at', async () => {
  const transport = recording([{}, { body: { metadata: {}, items: [{ metadata: { name: 'a' } }] } }, {}, {}, {}, {}, {}])
  const client = createClient(transport)
  await client.get(pods, { namespace: 'n', name: 'a' })
  const list = await client.list(deployments, { labelSelector: 'app=x', limit: 5 })
  await client.create(pods, { metadata: { namespace: 'n', name: 'a' } }, { subresource: 'binding', dryRun: true })
  await client.update(nodes, { metadata: { name: 'm' } }, { subresource: 'status' })
  await client.patch(pods, { namespace: 'n', name: 'a' }, { metadata: {} }, { type: 'apply', fieldManager: 'me', force: true })
  await client.delete(pods, { namespace: 'n', name: 'a' }, { gracePeriodSeconds: 0 })
  await client.deleteCollection(pods, { namespace: 'n', labelSelector: 'a=b' })
  assert.deepEqual(
    transport.sent.map(({ method, path }) => `${method} ${path}`),
    [
      'GET /api/v1/namespaces/n/pods/a',
      'GET /apis/apps/v1/deployments?labelSelector=app%3Dx&limit=5',
      'POST /api/v1/namespaces/n/pods/a/binding?dryRun=All',
      'PUT /api/v1/nodes/m/status',
      'PATCH /api/v1/namespaces/n/pods/a?fieldManager=me&force=true',
      'DELETE /api/v1/namespaces/n/pods/a',
      'DELETE /api/v1/namespaces/n/pods?labelSelector=a%3Db',
    ],
  )
  assert.equal(list.items[0]?.kind, 'Deployment')
  assert.equal(transport.sent[4]?.headers?.['content-type'], 'application/apply-patch+yaml')
  assert.deepEqual(JSON.parse(String(transport.sent[5]?.body)), { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 })
})

test('Markup in a body is escaped, as clients of Go do it', async () => {
  const transport = recording([{}])
  await createClient(transport).create(configMaps, { metadata: { namespace: 'n', name: 'a' }, data: { a: '<&>' } })
  assert.match(String(transport.sent[0]?.body), /"a":"\\u003c\\u0026\\u003e"/)
})

test('A Status in the answer is thrown as the StatusError it describes', async () => {
  const status = notFound({ group: '', resource: 'pods' }, 'a').toStatus()
  const client = createClient(recording([{ status: 404, body: status }]))
  await assert.rejects(client.get(pods, { namespace: 'n', name: 'a' }), (error) => isNotFound(error) && (error as Error).message === 'pods "a" not found')
})

test('An answer that is no Status still becomes a StatusError with the code', async () => {
  const client = createClient(recording([{ status: 502, body: 'bad gateway' }]))
  await assert.rejects(client.list(pods), (error) => error instanceof StatusError && error.code === 502 && error.message.includes('bad gateway'))
})

test('A watch yields events cut anywhere, and throws the Status of an ERROR event', async () => {
  const added = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'ä' } } })
  const gone = JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } })
  const text = `${added}\n${added}\n${gone}\n`
  const chunks = [text.slice(0, 10), text.slice(10, added.length + 5), text.slice(added.length + 5)]
  const client = createClient(recording([{ chunks }]))
  const seen: string[] = []
  await assert.rejects(async () => {
    for await (const event of client.watch(pods, { namespace: 'n', resourceVersion: '5' })) seen.push(`${event.type} ${event.object.metadata.name}`)
  }, isExpired)
  assert.deepEqual(seen, ['ADDED ä', 'ADDED ä'])
})

test('A request refused with Retry-After is sent again after that time', async () => {
  const clock = new FakeClock()
  const transport = recording([{ status: 429, headers: { 'retry-after': '2' } }, { body: { metadata: { name: 'm' } } }])
  const client = createClient(transport, { clock })
  const answer = client.get(nodes, { name: 'm' })
  await clock.advance(1999)
  assert.equal(transport.sent.length, 1)
  await clock.advance(1)
  assert.equal((await answer).metadata.name, 'm')
})

test('A name without a namespace is refused before anything is sent', async () => {
  const client = createClient(recording([]))
  await assert.rejects(async () => client.get(pods, { name: 'a' }), /an empty namespace may not be set/)
})
