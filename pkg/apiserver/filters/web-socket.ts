/**
 * Innermost: an answer that can be told in messages is, when the request asks for a WebSocket. What the handshake of
 * golang.org/x/net/websocket refuses is refused here, after the handler has said that there is something to send.
 */
import { Readable } from 'node:stream'
import { isWebSocketRequest, sendMessages } from '../http/web-socket.ts'
import { isAsync } from '../http/respond.ts'
import { webSocketTokenPrefix } from '../authn/bearer-token.ts'
import type { ApiRequest, ApiResponse, Filter } from '../types.ts'

const version = '13'
const base64Protocol = 'base64.binary.k8s.io'
/** The subprotocols of streams of bytes; without any it is as with the first. */
const byteProtocols: ReadonlySet<string> = new Set(['binary.k8s.io', base64Protocol])

export const webSocket: Filter = async (request, next) => {
  const response = await next(request)
  const { body, messages } = response
  if (messages === undefined || body === undefined || !isAsync(body) || !isWebSocketRequest(request)) return response
  const handshake = shakeHands(request, messages)
  if ('status' in handshake) {
    discard(body)
    return handshake
  }
  const { protocol } = handshake
  const failure = sendMessages(request.upgrade!, { body, messages, protocol, base64: protocol === base64Protocol })
  if (!failure) return { status: 101, headers: {}, upgraded: true }
  discard(body)
  return refused(400, failure.message)
}

function shakeHands({ headers }: ApiRequest, messages: NonNullable<ApiResponse['messages']>): ApiResponse | { readonly protocol: string | undefined } {
  if (!headers['sec-websocket-key']) return refused(400, 'mismatch challenge/response')
  if (headers['sec-websocket-version'] !== version) return refused(400, 'missing or bad WebSocket Version', { 'sec-websocket-version': version })
  const offered = offeredProtocols(headers['sec-websocket-protocol'])
  if (messages === 'bytes') {
    const protocol = offered.find((each) => byteProtocols.has(each))
    return protocol === undefined && offered.length > 0 ? refused(403) : { protocol }
  }
  // Watches know of no subprotocol: the one that is offered is taken, and there is no choice among several.
  if (!isOrigin(headers.origin)) return refused(403)
  return offered.length > 1 ? refused(400) : { protocol: offered[0] }
}

/** Without the token, unless there is nothing beside it. */
function offeredProtocols(header: string | undefined): readonly string[] {
  if (!header?.trim()) return []
  const all = header.split(',').map((each) => each.trim())
  const others = all.filter((each) => !each.startsWith(webSocketTokenPrefix))
  return others.length > 0 ? others : all
}

/** There must be one, of any site; "null" is none. */
function isOrigin(origin: string | undefined): boolean {
  return origin !== undefined && (origin.startsWith('/') || URL.canParse(origin))
}

function refused(status: number, body = '', headers: Record<string, string> = {}): ApiResponse {
  return { status, headers, body }
}

/** What nobody will read gives back what it holds. */
function discard(body: AsyncIterable<unknown>): void {
  if (body instanceof Readable) body.destroy()
  else void body[Symbol.asyncIterator]().return?.()
}
