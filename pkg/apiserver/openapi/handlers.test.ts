import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigMapSchema } from '#api/gen/core/v1.ts'
import type { ApiRequest } from '../types.ts'
import { buildOpenApiV2, buildOpenApiV3, openApiHandlers } from './index.ts'

const definitions = [{ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', singular: 'configmap', namespaced: true, schema: ConfigMapSchema }]
const options = { version: 'v1.36.0' }
const [v2, v3] = [buildOpenApiV2(definitions, options), buildOpenApiV3(definitions, options)]
const handlers = openApiHandlers({ v2: () => v2, v3: () => v3 })

function ask(path: string, headers: Record<string, string> = {}): ApiRequest {
  const url = new URL(path, 'http://localhost')
  return { method: 'GET', path: url.pathname, query: url.searchParams, headers } as unknown as ApiRequest
}

test('version 2 is answered in JSON or protobuf, and not again to who has it', async () => {
  const json = await handlers.v2(ask('/openapi/v2'))
  assert.equal(json.headers['content-type'], 'application/json')
  const protobuf = await handlers.v2(ask('/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' }))
  assert.equal(protobuf.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
  assert.equal((await handlers.v2(ask('/openapi/v2', { 'if-none-match': v2.etag }))).status, 304)
  await assert.rejects(handlers.v2(ask('/openapi/v2', { accept: 'text/html' })), { code: 406 })
})

test('a document of version 3 by its hash is for ever, by an old hash it is elsewhere', async () => {
  const index = JSON.parse(String((await handlers.v3(ask('/openapi/v3'))).body))
  const address: string = index.paths['api/v1'].serverRelativeURL
  const answer = await handlers.v3(ask(address))
  assert.equal(answer.status, 200)
  assert.match(answer.headers['cache-control'] ?? '', /immutable/)
  const old = await handlers.v3(ask('/openapi/v3/api/v1?hash=OLD'))
  assert.deepEqual([old.status, old.headers.location], [301, address])
  assert.equal((await handlers.v3(ask('/openapi/v3/apis/none/v1'))).status, 404)
})
