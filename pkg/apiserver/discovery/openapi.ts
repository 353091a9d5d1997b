/** /openapi/v2 and /openapi/v3, built anew when kinds come or go, and only when asked for. */
import { buildOpenApiV2, buildOpenApiV3, ClientNodeDescriptions, type OpenApiV2Document, type OpenApiV3Document, openApiV3Index } from '../openapi/index.ts'
import { notAcceptable } from '#apimachinery/status-error.ts'
import { pathNotFound } from '../response.ts'
import type { DefinitionTable } from '../registry/definitions.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

const protobufV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
/** A document under its hash never changes. */
const forever = 'public, immutable'

export function openApiHandler(definitions: DefinitionTable, version: string): Handler {
  const options = { version, descriptions: new ClientNodeDescriptions() }
  let generation = -1
  let v2: OpenApiV2Document
  let v3: readonly OpenApiV3Document[] = []
  return async (request) => {
    if (generation !== definitions.generation) {
      generation = definitions.generation
      v2 = buildOpenApiV2(definitions.all(), options)
      v3 = buildOpenApiV3(definitions.all(), options)
    }
    const path = request.path.replace(/\/+$/, '')
    if (path === '/openapi/v2') return showV2(request, v2)
    if (path === '/openapi/v3') return { status: 200, headers: { 'content-type': 'application/json' }, body: openApiV3Index(v3) }
    const document = v3.find((each) => path === `/openapi/v3/${each.path}`)
    return document ? showV3(request, document) : pathNotFound()
  }
}

function showV2(request: ApiRequest, document: OpenApiV2Document): ApiResponse {
  const accept = request.headers.accept ?? '*/*'
  const { etag } = document
  if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag } }
  const headers = { etag, vary: 'Accept' }
  for (const clause of accept.split(',')) {
    const type = clause.split(';')[0]!.trim()
    if (type.startsWith('application/com.github.proto-openapi.spec.v2')) {
      return { status: 200, headers: { ...headers, 'content-type': protobufV2 }, body: document.protobuf() }
    }
    if (type === 'application/json' || type === '*/*' || type === 'application/*') {
      return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body: document.json() }
    }
  }
  throw notAcceptable(`only the following media types are accepted: application/json, ${protobufV2}`)
}

function showV3(request: ApiRequest, document: OpenApiV3Document): ApiResponse {
  const etag = `"${document.hash}"`
  if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag } }
  const asked = request.query.get('hash')
  if (asked !== null && asked !== document.hash) {
    return { status: 301, headers: { location: `/openapi/v3/${document.path}?hash=${document.hash}` } }
  }
  const caching: Record<string, string> = asked === null ? {} : { 'cache-control': forever, expires: new Date(Date.now() + 365 * 86_400_000).toUTCString() }
  return { status: 200, headers: { etag, vary: 'Accept', 'content-type': 'application/json', ...caching }, body: document.bytes() }
}
