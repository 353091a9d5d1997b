/** Builds the ApiRequest that every adapter at the edge hands to the chain. */
import { badRequest } from '#apimachinery/status-error.ts'
import type { ApiRequest, RequestContext, RequestInfo, UpgradeSocket, UserInfo } from './types.ts'

export interface RequestInit {
  readonly method: string
  /** Path with query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly remoteAddress: string
  readonly receivedAtMs: number
  body(): Promise<Uint8Array>
  bodyStream(): AsyncIterable<Uint8Array>
  readonly clientCertificate?: Uint8Array | undefined
  readonly upgrade?: UpgradeSocket | undefined
  readonly trustedUser?: UserInfo | undefined
}

const noInfo: RequestInfo = {
  isResourceRequest: false,
  path: '',
  verb: '',
  apiPrefix: '',
  group: '',
  version: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  parts: [],
}
export const anonymousUser: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

export function buildRequest(init: RequestInit): ApiRequest {
  const mark = init.url.indexOf('?')
  const context: RequestContext = { info: noInfo, user: anonymousUser, auditId: '', warnings: [], receivedAtMs: init.receivedAtMs }
  if (init.trustedUser) context.trustedUser = init.trustedUser
  return {
    method: init.method,
    path: mark < 0 ? init.url : init.url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : init.url.slice(mark + 1)),
    uri: init.url,
    headers: init.headers,
    body: init.body,
    bodyStream: init.bodyStream,
    signal: init.signal,
    remoteAddress: init.remoteAddress,
    clientCertificate: init.clientCertificate,
    upgrade: init.upgrade,
    context,
  }
}

/** A query parameter that is a whole number; absent: undefined. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  const value = BigInt(text.replace('+', ''))
  if (value !== BigInt.asIntN(64, value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`)
  return Number(value)
}
