/** /openapi/v2 and /openapi/v3, built anew when kinds come or go, and only when asked for. */
import {
  buildOpenApiV2,
  buildOpenApiV3,
  ClientNodeDescriptions,
  type OpenApiV2Document,
  type OpenApiV2Extension,
  type OpenApiV3Document,
  openApiV3Index,
} from '../openapi/index.ts'
import type { Aggregated } from './groups.ts'
import { notAcceptable } from '#apimachinery/status-error.ts'
import { pathNotFound } from '../response.ts'
import type { DefinitionTable } from '../registry/definitions.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

const protobufV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
/** A document under its hash never changes. */
const forever = 'public, immutable'

export function openApiHandler(definitions: DefinitionTable, version: string, aggregated: () => Aggregated | undefined): Handler {
  const options = { version, descriptions: new ClientNodeDescriptions() }
  let generation = ''
  let v2: OpenApiV2Document
  let v3: readonly OpenApiV3Document[] = []
  let extensions: readonly OpenApiV2Extension[] = []
  return async (request) => {
    const others = aggregated()
    const more = others?.size ? others : undefined
    const { path } = request
    const wanted = path === '/openapi/v2' ? ((await more?.openApiV2()) ?? []) : extensions
    const now = `${definitions.generation}/${more?.generation ?? 0}`
    if (generation !== now || !sameItems(wanted, extensions)) {
      generation = now
      extensions = wanted
      const replaced = new Set(more?.versions().map((each) => `${each.group}/${each.version}`))
      const own = definitions.all().filter((each) => !replaced.has(`${each.group}/${each.version}`))
      v2 = buildOpenApiV2(own, options, extensions)
      v3 = buildOpenApiV3(own, options)
    }
    if (path === '/openapi/v2') return showV2(request, v2)
    const all = more ? [...v3, ...(await more.openApiV3())] : v3
    if (path === '/openapi/v3') return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: openApiV3Index(all) }
    const document = all.find((each) => path === `/openapi/v3/${each.path}`)
    if (!path.startsWith('/openapi/v3/')) return pathNotFound()
    return document ? showV3(request, document) : { status: 404, headers: {}, body: '' }
  }
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at])
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
