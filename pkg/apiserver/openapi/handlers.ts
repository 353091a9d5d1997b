/** Serves the documents: /openapi/v2, /openapi/v3 and what lies below it, with ETags and addresses by hash. */
import { notAcceptable } from '#apimachinery/status-error.ts'
import { pathNotFound } from '../response.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'
import type { OpenApiV2Document, OpenApiV3Document } from './types.ts'
import { openApiV3Index } from './v3.ts'

export interface OpenApiSources {
  /** Asked for at each request, so that documents may come and go with custom resources. */
  readonly v2: () => OpenApiV2Document
  readonly v3: () => readonly OpenApiV3Document[]
}

export interface OpenApiHandlers {
  /** For the exact path /openapi/v2. */
  readonly v2: Handler
  /** For /openapi/v3 and all below it. */
  readonly v3: Handler
}

const PROTOBUF_V2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const YEAR_SECONDS = 31_536_000

export function openApiHandlers({ v2, v3 }: OpenApiSources): OpenApiHandlers {
  return {
    v2: async (request) => answerV2(request, v2()),
    v3: async (request) => answerV3(request, v3()),
  }
}

/** Accepted media types, without their parameters; none given accepts all. */
function accepted(request: ApiRequest): string[] {
  const types = (request.headers.accept ?? '').split(',').map((each) => each.split(';')[0]!.trim())
  return types.filter((type) => type !== '').length === 0 ? ['*/*'] : types
}

const acceptsJson = (type: string): boolean => type === '*/*' || type === 'application/*' || type === 'application/json'
/** client-go writes "@", which is no valid media type; both are understood. */
const acceptsProtobuf = (type: string): boolean => type === PROTOBUF_V2 || type === 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

function answerV2(request: ApiRequest, document: OpenApiV2Document): ApiResponse {
  const choice = accepted(request).find((type) => acceptsJson(type) || acceptsProtobuf(type))
  if (choice === undefined) throw notAcceptable(`only the following media types are accepted: application/json, ${PROTOBUF_V2}`)
  const protobuf = acceptsProtobuf(choice)
  const headers = { etag: document.etag, vary: 'Accept', 'content-type': protobuf ? PROTOBUF_V2 : 'application/json', 'cache-control': 'no-cache, private' }
  if (request.headers['if-none-match'] === document.etag) return { status: 304, headers }
  return { status: 200, headers, body: protobuf ? document.protobuf() : document.json() }
}

function answerV3(request: ApiRequest, documents: readonly OpenApiV3Document[]): ApiResponse {
  if (!accepted(request).some(acceptsJson)) throw notAcceptable('only the following media types are accepted: application/json')
  const path = request.path.replace(/^\/openapi\/v3\/?/, '').replace(/\/+$/, '')
  if (path === '')
    return { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }, body: openApiV3Index(documents) }
  const document = documents.find((each) => each.path === path)
  return document === undefined ? pathNotFound() : answerDocument(request, document)
}

/** An address with the right hash never changes its answer; one with an old hash leads to the new. */
function answerDocument(request: ApiRequest, document: OpenApiV3Document): ApiResponse {
  const etag = `"${document.hash}"`
  const asked = request.query.get('hash')
  if (asked !== null && asked !== document.hash) {
    return { status: 301, headers: { location: `/openapi/v3/${document.path}?hash=${document.hash}` } }
  }
  const caching = asked === null ? 'no-cache, private' : `public, immutable, max-age=${YEAR_SECONDS}`
  const headers = { etag, vary: 'Accept', 'content-type': 'application/json', 'cache-control': caching }
  if (request.headers['if-none-match'] === etag) return { status: 304, headers }
  return { status: 200, headers, body: document.bytes() }
}
