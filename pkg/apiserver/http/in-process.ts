/** The client's transport for callers in this process: the same chain, no TLS, a user that is taken at its word. */
import type { RawRequest, RawResponse, Transport } from '#client/types.ts'
import type { Clock } from '#base/clock.ts'
import { buildRequest } from '../request.ts'
import type { ApiResponse, Handler, UserInfo } from '../types.ts'

export function inProcessTransport(handler: Handler, clock: Clock, user: UserInfo): Transport {
  return {
    async request(raw) {
      raw.signal?.throwIfAborted()
      const body = toBytes(raw.body)
      const controller = new AbortController()
      const abort = () => controller.abort()
      raw.signal?.addEventListener('abort', abort, { once: true })
      const request = buildRequest({
        method: raw.method,
        url: raw.path,
        headers: lowerCased(raw.headers ?? {}),
        signal: controller.signal,
        remoteAddress: '127.0.0.1',
        receivedAtMs: clock.now(),
        body: async () => body,
        async *bodyStream() {
          if (body.length > 0) yield body
        },
        trustedUser: user,
      })
      const response = await handler(request)
      response.whenSent?.()
      if (!isStream(response)) raw.signal?.removeEventListener('abort', abort)
      return rawResponse(response, raw.signal)
    },
    close() {},
  }
}

function lowerCased(headers: NonNullable<RawRequest['headers']>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function toBytes(body: RawRequest['body']): Uint8Array {
  if (body === undefined) return new Uint8Array()
  return typeof body === 'string' ? Buffer.from(body) : body
}

function isStream({ body }: ApiResponse): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

function rawResponse({ status, headers, body }: ApiResponse, signal: AbortSignal | undefined): RawResponse {
  async function* stream(): AsyncGenerator<Uint8Array> {
    if (body === undefined) return
    if (typeof body === 'string') yield Buffer.from(body)
    else if (body instanceof Uint8Array) yield body
    else if (Symbol.asyncIterator in body) {
      for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
        if (signal?.aborted) return
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      }
    } else yield* body
  }
  const bytes = async (): Promise<Uint8Array> => {
    if (body instanceof Uint8Array) return body
    const blocks: Uint8Array[] = []
    for await (const block of stream()) blocks.push(block)
    return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)
  }
  return {
    status,
    headers,
    bytes,
    async text() {
      if (typeof body === 'string') return body
      return Buffer.from(await bytes()).toString('utf8')
    },
    stream,
  }
}
