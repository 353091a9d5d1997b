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
import { pathNotFound } from '../response.ts'
import type { DefinitionTable } from '../registry/definitions.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

const protobuf = (version: 2 | 3): string => `application/com.github.proto-openapi.spec.v${version}.v1.0+protobuf`
/** A document under its hash never changes. */
const forever = 'public, immutable'

export function openApiHandler(definitions: DefinitionTable, version: string, aggregated: () => Aggregated | undefined): Handler {
  const options = { version: version.replace(/^v?(\d+\.\d+).*/, '$1'), build: version, descriptions: new ClientNodeDescriptions() }
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

/** Media types without their parameters, as they were asked for; none given accepts all. */
function accepted({ headers: { accept = '*/*' } }: ApiRequest): string[] {
  return accept.split(',').map((clause) => clause.split(';')[0]!.trim())
}

const isJson = (type: string): boolean => type === 'application/json' || type === 'application/*' || type === '*/*'
/** client-go writes "@", which is no valid media type; both are understood. */
const isProtobuf = (type: string, version: 2 | 3): boolean =>
  type === protobuf(version) || type === `application/com.github.proto-openapi.spec.v${version}@v1.0+protobuf`

function showV2(request: ApiRequest, document: OpenApiV2Document): ApiResponse {
  const type = accepted(request).find((each) => isJson(each) || isProtobuf(each, 2))
  if (type === undefined) return { status: 406, headers: { vary: 'Accept' }, body: '' }
  const { etag } = document
  const headers = { etag, vary: 'Accept' }
  if (request.headers['if-none-match'] === etag) return { status: 304, headers }
  return isJson(type)
    ? { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body: document.json() }
    : { status: 200, headers: { ...headers, 'content-type': protobuf(2) }, body: document.protobuf() }
}

function showV3(request: ApiRequest, document: OpenApiV3Document): ApiResponse {
  const type = accepted(request).find((each) => isJson(each) || isProtobuf(each, 3))
  if (type === undefined) return { status: 406, headers: { vary: 'Accept' }, body: '' }
  const headers = { etag: `"${document.hash}"`, vary: 'Accept', 'content-type': isJson(type) ? 'application/json' : protobuf(3) }
  const asked = request.query.get('hash') || undefined
  if (asked !== undefined && asked !== document.hash)
    return { status: 301, headers: { ...headers, location: `/openapi/v3/${document.path}?hash=${document.hash}` }, body: '' }
  if (request.headers['if-none-match'] === headers.etag) return { status: 304, headers }
  const caching: Record<string, string> =
    asked === undefined ? {} : { 'cache-control': forever, expires: new Date(Date.now() + 365 * 86_400_000).toUTCString() }
  return { status: 200, headers: { ...headers, ...caching }, body: isJson(type) ? document.bytes() : document.protobuf() }
}
