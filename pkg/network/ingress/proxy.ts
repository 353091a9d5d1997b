/** One request from its arrival to the end of its answer, independent of sockets: HTTP/1.1 and HTTP/2 alike. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Duplex, pipeline, type Readable, Transform } from 'node:stream'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { type Answer, corsHeaders, ownAnswer, type RequestFacts } from './answers.ts'
import { affinityValue, chooseBackend, cookieOf, EndpointChooser } from './choose-endpoint.ts'
import { requestHeaders, withoutHops } from './forwarded-headers.ts'
import { type Match, match, normalisePath, rewritten } from './match.ts'
import { RateLimit } from './rate-limit.ts'
import type { Endpoint, IngressState, LocationOptions } from './types.ts'
import { Upstream, type UpstreamAnswer, UpstreamError } from './upstream.ts'

/** As nginx's proxy_next_upstream_tries in ingress-nginx. */
const maxAttempts = 3
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])
/** Bodies up to this size are kept, to be sent again when an endpoint dies. */
const keptBodyBytes = 64 * 1024

export interface ProxyOptions {
  readonly state: IngressState
  readonly clock: Clock
  readonly log: Logger
}

type Found = { readonly answer: Answer } | { readonly match: Match; readonly endpoints: readonly Endpoint[]; readonly target: string }

export class IngressProxy {
  readonly #state: IngressState
  readonly #log: Logger
  readonly #rates: RateLimit
  readonly #chooser: EndpointChooser
  readonly #upstream = new Upstream()

  constructor({ state, clock, log }: ProxyOptions) {
    this.#state = state
    this.#log = log
    this.#rates = new RateLimit(clock)
    this.#chooser = new EndpointChooser(() => clock.now())
  }

  async handle(request: IncomingMessage, response: ServerResponse, scheme: 'http' | 'https', port: number): Promise<void> {
    const facts = factsOf(request, scheme)
    const gone = new AbortController()
    response.on('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    try {
      const found = this.#find(facts)
      if ('answer' in found) return answer(request, response, found.answer)
      const { options } = found.match.location
      const length = Number(request.headers['content-length'] ?? 0)
      if (options.bodyLimitBytes > 0 && length > options.bodyLimitBytes) return answer(request, response, { status: 413 })
      const body = await bodyOf(request, options)
      const { result, endpoint } = await this.#attempt(found, request, facts, port, body, gone.signal)
      if (result.kind === 'upgrade') {
        // Only asked for by `upgrade`; an endpoint that switches unasked is broken.
        result.socket.destroy()
        return answer(request, response, { status: 502 })
      }
      const { response: upstream } = result
      response.writeHead(upstream.statusCode ?? 502, { ...withoutHops(upstream.headers), ...this.#addedHeaders(found.match, facts, endpoint) })
      pipeline(upstream, response, (error) => {
        if (error) response.destroy()
      })
    } catch (error) {
      if (gone.signal.aborted) return
      this.#report(facts, error)
      if (response.headersSent) response.destroy()
      else answer(request, response, failureOf(error))
    }
  }

  /** WebSocket and whatever else is asked for by Upgrade. */
  async upgrade(request: IncomingMessage, client: Duplex, head: Buffer, scheme: 'http' | 'https', port: number): Promise<void> {
    const facts = factsOf(request, scheme)
    const gone = new AbortController()
    client.on('error', () => gone.abort())
    client.on('close', () => gone.abort())
    try {
      const found = this.#find(facts)
      if ('answer' in found) return writeRaw(client, found.answer.status, found.answer.headers ?? {})
      const switching = { connection: 'Upgrade', upgrade: request.headers.upgrade ?? 'websocket' }
      const { result } = await this.#attempt(found, request, facts, port, null, gone.signal, switching)
      if (result.kind === 'response') {
        writeRaw(client, result.response.statusCode ?? 502, withoutHops(result.response.headers), result.response)
        return
      }
      writeHead(client, 101, { ...withoutHops(result.response.headers), connection: 'Upgrade', upgrade: result.response.headers.upgrade ?? switching.upgrade })
      if (result.head.length > 0) client.write(result.head)
      if (head.length > 0) result.socket.write(head)
      pipeline(client, result.socket, () => result.socket.destroy())
      pipeline(result.socket, client, () => client.destroy())
    } catch (error) {
      if (gone.signal.aborted) return
      this.#report(facts, error)
      writeRaw(client, failureOf(error).status, {})
    }
  }

  close(): void {
    this.#upstream.close()
  }

  #find(facts: RequestFacts): Found {
    const path = normalisePath(facts.target)
    if (path === undefined) return { answer: { status: 400 } }
    const found = match(this.#state.table, hostName(facts.host), path)
    if (!found) return { answer: { status: 404, body: 'default backend - 404\n' } }
    const own = ownAnswer(found, facts, this.#state, this.#rates)
    if (own) return { answer: own }
    const backend = chooseBackend(found.location, facts.headers)
    const endpoints = backend ? this.#chooser.order(backend, this.#state.endpointsOf(backend), facts.headers, found.location.options.affinity) : []
    if (endpoints.length === 0) return { answer: { status: 503 } }
    return { match: found, endpoints, target: rewritten(found.location, facts.target, path) }
  }

  async #attempt(
    { match: { location }, endpoints, target }: Extract<Found, { match: Match }>,
    request: IncomingMessage,
    facts: RequestFacts,
    port: number,
    body: Readable | Buffer | null,
    signal: AbortSignal,
    extra: Record<string, string> = {},
  ): Promise<{ result: UpstreamAnswer; endpoint: Endpoint }> {
    const { options } = location
    const headers = { ...requestHeaders(request.headers, facts, port, options.upstreamHost), ...extra }
    if (Buffer.isBuffer(body)) headers['content-length'] = String(body.length)
    for (let attempt = 1; ; attempt++) {
      // With fewer endpoints than attempts, the same one is asked again: it may have closed an idle connection only.
      const endpoint = endpoints[(attempt - 1) % endpoints.length]!
      try {
        const result = await this.#upstream.send(endpoint, { method: request.method ?? 'GET', target, headers, options }, body, signal)
        return { result, endpoint }
      } catch (error) {
        if (!(error instanceof UpstreamError) || signal.aborted) throw error
        if (error.untouched) this.#chooser.failed(endpoint)
        const again = error.untouched || (idempotent.has(request.method ?? '') && (body === null || Buffer.isBuffer(body)))
        if (!again || attempt >= maxAttempts) throw error
      }
    }
  }

  #addedHeaders({ location: { options }, routes }: Match, facts: RequestFacts, endpoint: Endpoint): Record<string, string> {
    const headers: Record<string, string> = options.cors ? corsHeaders(options.cors, facts) : {}
    if (facts.scheme === 'https' && routes.tls) headers['strict-transport-security'] = 'max-age=31536000; includeSubDomains'
    const { affinity } = options
    if (affinity && cookieOf(facts.headers, affinity.cookie) !== affinityValue(endpoint)) {
      const age = affinity.maxAgeSeconds === undefined ? '' : `; Max-Age=${affinity.maxAgeSeconds}`
      headers['set-cookie'] = `${affinity.cookie}=${affinityValue(endpoint)}; Path=${affinity.path}${age}; HttpOnly`
    }
    return headers
  }

  #report({ method, host, target }: RequestFacts, error: unknown): void {
    if (isTooLarge(error)) return
    this.#log.warn('no answer from a backend', { method, host, path: target.split('?', 1)[0], error: (error as Error).message })
  }
}

class BodyTooLarge extends Error {}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && (error instanceof BodyTooLarge || error.cause instanceof BodyTooLarge)
}

/** A small body whole, so that it can be sent twice; a large one as it comes, cut off at the limit. */
async function bodyOf(request: IncomingMessage, { bodyLimitBytes }: LocationOptions): Promise<Readable | Buffer | null> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  const isHttp2 = request.httpVersionMajor >= 2
  if (!isHttp2 && length === undefined && encoding === undefined) return null
  if (length !== undefined && Number(length) <= keptBodyBytes) {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }
  if (isHttp2 && length === undefined && (request.method === 'GET' || request.method === 'HEAD')) return null
  if (bodyLimitBytes === 0) return request
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length
      done(size > bodyLimitBytes ? new BodyTooLarge('the body is too large') : null, chunk)
    },
  })
  // Not a pipeline, which would end the connection before the refusal is sent.
  request.pipe(counted)
  request.once('close', () => {
    if (!request.complete) counted.destroy(new Error('the client is gone'))
  })
  return counted
}

function factsOf(request: IncomingMessage, scheme: 'http' | 'https'): RequestFacts {
  const { headers } = request
  const host = String(headers.host ?? headers[':authority' as 'host'] ?? '')
  return {
    method: request.method ?? 'GET',
    scheme,
    host,
    target: request.url ?? '/',
    client: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    headers,
  }
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
}

function failureOf(error: unknown): Answer {
  if (isTooLarge(error)) return { status: 413 }
  return { status: error instanceof UpstreamError && error.timedOut ? 504 : 502 }
}

function answer(request: IncomingMessage, response: ServerResponse, { status, headers = {}, body }: Answer): void {
  if (response.headersSent || response.destroyed) return
  const text = status === 204 ? '' : (body ?? `${status} ${statusTexts[status] ?? ''}\n`)
  // What is left of the body is not read: the connection has no further use.
  const close = request.httpVersionMajor < 2 && !request.complete ? { connection: 'close' } : {}
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text), ...headers, ...close })
  response.end(request.method === 'HEAD' ? undefined : text)
}

const statusTexts: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Authorization Required',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
}

function writeHead(client: Duplex, status: number, headers: object): void {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`))
  client.write(
    `HTTP/1.1 ${status} ${status === 101 ? 'Switching Protocols' : (statusTexts[status] ?? 'OK')}\r\n${lines.join('\r\n')}${lines.length ? '\r\n' : ''}\r\n`,
  )
}

/** An answer to a request for an upgrade that did not come to one; the connection ends with it. */
function writeRaw(client: Duplex, status: number, headers: object, body?: Readable): void {
  if (client.destroyed) return
  writeHead(client, status, { ...headers, connection: 'close' })
  if (body) pipeline(body, client, () => client.destroy())
  else client.end()
}
