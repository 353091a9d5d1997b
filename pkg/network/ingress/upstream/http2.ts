/** Endpoints that speak gRPC: HTTP/2 from the first byte (GRPC) or over TLS (GRPCS), bodies both ways at once, trailers at the end. */
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import type { Readable } from 'node:stream'
import type { Endpoint } from '../types.ts'
import { plainTls, type UpstreamTls } from './tls.ts'
import { type UpstreamAnswer, UpstreamError, type UpstreamRequest } from './types.ts'

/** Endpoints with a session at a time; the one unused for longest is closed first. */
const sessionLimit = 1024
const idleMs = 60_000

interface Kept {
  readonly session: ClientHttp2Session
  streams: number
}

export class Http2Upstream {
  readonly #sessions = new Map<string, Kept>()

  async send(
    endpoint: Endpoint,
    { method, target, headers, options, tls = plainTls }: UpstreamRequest,
    body: Readable | Buffer | null,
    onCancel: (cancel: () => void) => void,
  ): Promise<UpstreamAnswer> {
    const secure = options.backendProtocol === 'GRPCS'
    const kept = await this.#session(endpoint, secure ? tls : undefined, options.connectTimeoutMs)
    return new Promise((resolve, reject) => {
      const { host, 'content-length': length, ...rest } = headers
      const own: OutgoingHttpHeaders = {
        ...rest,
        ...(length !== undefined && body !== null ? { 'content-length': length } : {}),
        ':method': method,
        ':path': target,
        ':scheme': secure ? 'https' : 'http',
        ':authority': String(host ?? ''),
        te: 'trailers',
      }
      let timedOut = false
      const stream = kept.session.request(own, { endStream: body === null })
      kept.streams++
      onCancel(() => stream.close(constants.NGHTTP2_CANCEL))
      stream.setTimeout(options.readTimeoutMs, () => {
        timedOut = true
        stream.close(constants.NGHTTP2_CANCEL)
      })
      let trailers: IncomingHttpHeaders = {}
      let answered = false
      const failed = (cause?: Error) => {
        if (body !== null && !Buffer.isBuffer(body)) body.unpipe(stream)
        if (answered) return
        // Refused before anything was done, by the protocol's own word (RFC 9113, 8.7).
        const untouched = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM && (body === null || Buffer.isBuffer(body))
        reject(new UpstreamError(cause?.message ?? 'the stream was closed', { untouched, timedOut, cause }))
      }
      stream.on('trailers', (received) => {
        trailers = received
      })
      stream.on('response', (received) => {
        answered = true
        resolve({ kind: 'response', response: { status: received[':status'] ?? 502, headers: received, body: stream, trailers: () => trailers } })
      })
      stream.on('error', failed)
      stream.on('close', () => {
        kept.streams--
        failed()
      })
      if (Buffer.isBuffer(body)) stream.end(body)
      else if (body !== null) {
        body.once('error', () => stream.close(constants.NGHTTP2_CANCEL))
        body.pipe(stream)
      }
    })
  }

  #session({ address, port }: Endpoint, tls: UpstreamTls | undefined, timeoutMs: number): Promise<Kept> {
    const origin = `${tls ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${port}`
    const key = `${origin} ${tls?.key ?? ''}`
    const known = this.#sessions.get(key)
    if (known && !known.session.closed && !known.session.destroyed) {
      this.#sessions.delete(key)
      this.#sessions.set(key, known)
      return Promise.resolve(known)
    }
    return new Promise((resolve, reject) => {
      const session = connect(origin, { servername: '', ...tls?.options })
      const timer = setTimeout(() => session.destroy(new Error('connect timeout')), timeoutMs)
      const kept: Kept = { session, streams: 0 }
      session.on('connect', () => {
        clearTimeout(timer)
        this.#keep(key, kept)
        resolve(kept)
      })
      session.on('error', (cause) => {
        clearTimeout(timer)
        reject(new UpstreamError(cause.message, { untouched: true, timedOut: cause.message === 'connect timeout', cause }))
      })
      session.on('close', () => this.#forget(key, session))
      session.on('goaway', () => this.#forget(key, session))
      session.setTimeout(idleMs, () => {
        if (kept.streams === 0) session.close()
      })
    })
  }

  #keep(key: string, kept: Kept): void {
    // Two may have connected at once; the earlier one ends with its streams.
    this.#sessions.get(key)?.session.close()
    this.#sessions.set(key, kept)
    if (this.#sessions.size <= sessionLimit) return
    const [oldest, other] = this.#sessions.entries().next().value!
    this.#sessions.delete(oldest)
    other.session.close()
  }

  #forget(key: string, session: ClientHttp2Session): void {
    if (this.#sessions.get(key)?.session === session) this.#sessions.delete(key)
  }

  close(): void {
    for (const { session } of this.#sessions.values()) session.destroy()
  }
}
