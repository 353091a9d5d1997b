import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigMapSchema } from '#api/gen/core/v1.ts'
import type { DefinitionTable } from '../registry/definitions.ts'
import type { ApiRequest } from '../types.ts'
import { encodeGnosticV3 } from '../openapi/index.ts'
import { openApiHandler } from './openapi.ts'

const definitions = [{ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', singular: 'configmap', namespaced: true, schema: ConfigMapSchema }]
const handler = openApiHandler({ generation: 1, all: () => definitions } as unknown as DefinitionTable, 'v1.36.0', () => undefined)

function ask(path: string, headers: Record<string, string> = {}) {
  const url = new URL(path, 'http://localhost')
  return handler({ method: 'GET', path: url.pathname, query: url.searchParams, headers } as unknown as ApiRequest)
}

test('version 2 is answered in JSON or protobuf, and not again to who has it', async () => {
  const json = await ask('/openapi/v2')
  assert.equal(json.headers['content-type'], 'application/json')
  const protobuf = await ask('/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' })
  assert.equal(protobuf.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
  assert.equal((await ask('/openapi/v2', { 'if-none-match': json.headers.etag! })).status, 304)
  assert.equal((await ask('/openapi/v2', { accept: 'text/html' })).status, 406)
})

test('a document of version 3 is answered in JSON or protobuf, whichever is named first', async () => {
  const type = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'
  const protobuf = await ask('/openapi/v3/api/v1', { accept: `${type}, application/json` })
  assert.deepEqual([protobuf.status, protobuf.headers['content-type'], protobuf.headers.vary], [200, type, 'Accept'])
  const json = await ask('/openapi/v3/api/v1', { accept: `application/json, ${type}` })
  assert.deepEqual(protobuf.body, encodeGnosticV3(JSON.parse(String(json.body))))
  assert.equal(json.headers.etag, protobuf.headers.etag)
  assert.equal((await ask('/openapi/v3/api/v1', { accept: type.replace('v3.', 'v2.') })).status, 406)
})

test('a document of version 3 by its hash is for ever, by an old hash it is elsewhere', async () => {
  const index = JSON.parse(String((await ask('/openapi/v3')).body))
  const address: string = index.paths['api/v1'].serverRelativeURL
  const answer = await ask(address)
  assert.equal(answer.status, 200)
  assert.match(answer.headers['cache-control'] ?? '', /immutable/)
  const old = await ask('/openapi/v3/api/v1?hash=OLD')
  assert.deepEqual([old.status, old.headers.location], [301, address])
  assert.equal((await ask('/openapi/v3/apis/none/v1')).status, 404)
  assert.equal((await ask('/openapi/v3/api/v1', { accept: 'application/yaml' })).status, 406)
})
