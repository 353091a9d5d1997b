/** One request from its arrival to the end of its answer, independent of sockets: HTTP/1.1 and HTTP/2 alike. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { type Duplex, pipeline, type Readable } from 'node:stream'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import {
  type Answer,
  corsHeaders,
  ownAnswer,
  passwordAnswer,
  type Ports,
  type RequestFacts,
  redirectAnswer,
  sourceSuffices,
  tlsRedirect,
  wwwRedirect,
} from './answer/answers.ts'
import { answerHeaders } from './answer/answer-headers.ts'
import { affinityCookie, affinityValue, chooseBackend, cookieOf, EndpointChooser, isAtHome } from './upstream/choose-endpoint.ts'
import { type ClientSocket, judgeClient } from './auth/client-auth.ts'
import { Concurrency } from './request/concurrency.ts'
import { expandedHeaders, headersIn } from './routes/configured-headers.ts'
import { Digests } from './auth/digest.ts'
import type { Exchange, Observer, UpstreamTry } from './exchange.ts'
import { askPermission, PermissionFault } from './auth/external-auth.ts'
import { requestHeaders, requestIdOf, withoutHops } from './request/forwarded-headers.ts'
import { hostEntry, isAddress, type Match, match, normalisePath, rewritten, routesOf, withCaptures } from './routes/match.ts'
import { Mirrors } from './request/mirror.ts'
import { Passwords } from './auth/passwords.ts'
import { RateLimit } from './request/rate-limit.ts'
import { BodyTooSlow, bodyOf, isTooLarge } from './request/body.ts'
import { factsOf, hostName } from './request/facts.ts'
import { sendAnswer } from './answer/send-answer.ts'
import { isInRanges } from './routes/source-ranges.ts'
import type { Backend, Endpoint, IngressState } from './types.ts'
import { Upstream } from './upstream/upstream.ts'
import { upstreamTlsOf } from './upstream/tls.ts'
import { type UpstreamAnswer, UpstreamError, type UpstreamResponse } from './upstream/types.ts'
import { expandVariables } from './routes/variables.ts'
import { writeAnswer, writeHead, writeRaw } from './answer/write-answer.ts'

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

export interface ProxyOptions {
  readonly state: IngressState
  readonly clock: Clock
  readonly log: Logger
  readonly observe?: Observer
  /** Where redirects lead. */
  readonly ports?: Ports
}

/** How a request came. */
export interface Connection {
  readonly scheme: 'http' | 'https'
  readonly port: number
  /** The client was asked for a certificate. */
  readonly asksClient: boolean
}

/** A request on its way. */
interface Errand {
  readonly request: IncomingMessage
  readonly facts: RequestFacts
  readonly connection: Connection
  readonly exchange: Exchange
  /** The client is gone. */
  isGone: boolean
  /** Gives up what is asked of an endpoint now. */
  cancel: () => void
  /** Headers that an authentication service added, and cookies of it for the client. */
  added: Readonly<Record<string, string | string[] | undefined>>
  cookies: readonly string[]
  leave?: () => void
}

interface Destination {
  readonly match: Match
  readonly backend: Backend
  readonly endpoints: readonly Endpoint[]
  readonly target: string
  /** For the default backend: what went wrong. */
  readonly extra: Readonly<Record<string, string>>
}

type Found = { readonly answer: Answer; readonly match?: Match } | Destination

export class IngressProxy {
  readonly #state: IngressState
  readonly #clock: Clock
  readonly #log: Logger
  readonly #observe: Observer
  readonly #ports: Ports
  readonly #rates: RateLimit
  readonly #concurrency = new Concurrency()
  readonly #chooser: EndpointChooser
  readonly #upstream: Upstream
  readonly #passwords: Passwords
  readonly #digests: Digests
  readonly #mirrors: Mirrors

  constructor({ state, clock, log, observe = () => {}, ports = { http: 0, https: 0 } }: ProxyOptions) {
    this.#ports = ports
    this.#state = state
    this.#clock = clock
    this.#log = log
    this.#observe = observe
    this.#rates = new RateLimit(clock)
    this.#passwords = new Passwords(clock)
    this.#digests = new Digests(clock)
    this.#upstream = new Upstream(clock)
    this.#mirrors = new Mirrors(state, this.#upstream)
    this.#chooser = new EndpointChooser(() => clock.now())
  }

  async handle(request: IncomingMessage, response: ServerResponse, connection: Connection): Promise<void> {
    const facts = factsOf(request, connection.scheme)
    if (!facts) {
      writeAnswer(request, response, { status: 400 })
      return
    }
    const errand = this.#errand(request, facts, connection)
    response.on('close', () => {
      if (!response.writableFinished) {
        errand.isGone = true
        errand.cancel()
      }
      this.#end(errand, response.headersSent ? response.statusCode : 499)
    })
    let found: Found | undefined
    try {
      found = await this.#find(errand)
      if ('answer' in found) return await this.#refuse(found, errand, response)
      const { options } = found.match.location
      const length = Number(request.headers['content-length'] ?? 0)
      if (options.bodyLimitBytes > 0 && length > options.bodyLimitBytes) return await this.#refuse({ ...found, answer: { status: 413 } }, errand, response)
      const body = bodyOf(request, options)
      errand.exchange.requestBytes += length
      const { result, endpoint, attempt } = await this.#attempt(found, errand, body instanceof Promise ? await body : body)
      if (result.kind === 'upgrade') {
        // Only asked for by `upgrade`; an endpoint that switches unasked is broken.
        result.socket.destroy()
        return await this.#refuse({ ...found, answer: { status: 502 } }, errand, response)
      }
      if (options.interceptErrors && options.customErrors.includes(result.response.status) && found.backend !== options.fallback) {
        result.response.body.resume()
        return await this.#refuse({ ...found, answer: { status: result.response.status } }, errand, response)
      }
      this.#send(result.response, attempt, response, errand, this.#addedHeaders(found, errand, endpoint, result.response.status))
    } catch (error) {
      if (errand.isGone) return
      this.#report(facts, error)
      if (response.headersSent) response.destroy()
      else await this.#refuse({ ...found, answer: failureOf(error) }, errand, response)
    }
  }

  /** WebSocket and whatever else is asked for by Upgrade. */
  async upgrade(request: IncomingMessage, client: Duplex, head: Buffer, connection: Connection): Promise<void> {
    const facts = factsOf(request, connection.scheme)
    if (!facts) return writeRaw(client, 400, {})
    const errand = this.#errand(request, facts, connection)
    let status = 499
    const gone = () => {
      errand.isGone = true
      errand.cancel()
      this.#end(errand, status)
    }
    client.on('error', gone)
    client.on('close', gone)
    try {
      const found = await this.#find(errand)
      if ('answer' in found) {
        status = found.answer.status
        return writeRaw(client, status, found.answer.headers ?? {})
      }
      const switching = { connection: 'Upgrade', upgrade: request.headers.upgrade ?? 'websocket' }
      const { result } = await this.#attempt({ ...found, extra: { ...found.extra, ...switching } }, errand, null)
      if (result.kind === 'response') {
        status = result.response.status
        writeRaw(client, status, withoutHops(result.response.headers), result.response.body)
        return
      }
      status = 101
      errand.cancel = () => result.socket.destroy()
      if (errand.isGone) return errand.cancel()
      writeHead(client, 101, { ...withoutHops(result.headers), connection: 'Upgrade', upgrade: result.headers.upgrade ?? switching.upgrade })
      if (result.head.length > 0) client.write(result.head)
      if (head.length > 0) result.socket.write(head)
      pipeline(client, result.socket, () => result.socket.destroy())
      pipeline(result.socket, client, () => client.destroy())
    } catch (error) {
      if (errand.isGone) return
      this.#report(facts, error)
      status = failureOf(error).status
      writeRaw(client, status, {})
    }
  }

  close(): void {
    this.#upstream.close()
    this.#passwords.close()
  }

  #errand(request: IncomingMessage, facts: RequestFacts, connection: Connection): Errand {
    const exchange: Exchange = {
      facts,
      requestId: requestIdOf(request.headers),
      httpVersion: request.httpVersion,
      arrivedAt: this.#clock.now(),
      startedMs: performance.now(),
      requestBytes: facts.target.length + facts.method.length + 12,
      isCanary: false,
      tries: [],
      status: 0,
      bodyBytes: 0,
      durationMs: 0,
    }
    return { request, facts, connection, exchange, isGone: false, cancel: () => {}, added: {}, cookies: [] }
  }

  #end(errand: Errand, status: number): void {
    const { exchange } = errand
    errand.leave?.()
    if (exchange.status !== 0) return
    exchange.status = status
    exchange.durationMs = performance.now() - exchange.startedMs
    this.#observe(exchange)
  }

  async #find(errand: Errand): Promise<Found> {
    const { facts, exchange } = errand
    const path = normalisePath(facts.target)
    if (path === undefined) return { answer: { status: 400 } }
    const { table } = this.#state
    const host = hostName(facts.host)
    const redirect = hostEntry(table.hosts, host)?.redirectTo
    if (redirect !== undefined) return { answer: wwwRedirect(redirect, facts, this.#ports) }
    const found = match(table, host, path)
    if (!found) return { answer: facts.scheme === 'http' && routesOf(table, host)?.tls ? tlsRedirect(facts, this.#ports) : noBackend }
    const { location } = found
    const { options } = location
    exchange.location = location
    if (location.answer !== undefined) return { answer: { status: 200, body: location.answer } }
    const { clientAuth } = found.routes
    if (clientAuth) {
      const socket = errand.connection.asksClient ? (errand.request.socket as unknown as ClientSocket) : undefined
      const verdict = judgeClient(clientAuth, facts, socket, this.#state, this.#ports)
      if (verdict.answer) return { answer: verdict.answer, match: found }
      errand.added = verdict.headers
    }
    if (options.customHeaders !== undefined && headersIn(this.#state.configMap(options.customHeaders)) === undefined)
      return { answer: { status: 503 }, match: found }
    const own = ownAnswer(found, facts, this.#rates, this.#ports) ?? this.#limited(errand, found)
    if (own) return { answer: own, match: found }
    const refusal = sourceSuffices(options, facts) ? undefined : await this.#guarded(errand, found)
    if (refusal) return { answer: refusal, match: found }
    const redirected = redirectAnswer(location, facts, this.#ports)
    if (redirected) return { answer: redirected, match: found }
    return this.#destination(found, errand, path)
  }

  /** The refusal of somebody who does not say, or not rightly, who he is. */
  async #guarded(errand: Errand, { location: { options } }: Match): Promise<Answer | undefined> {
    const { facts, exchange } = errand
    if (options.auth) {
      const refusal = passwordAnswer(options.auth, facts, this.#state, { passwords: this.#passwords, digests: this.#digests })
      const answer = refusal instanceof Promise ? await refusal : refusal
      if (answer === undefined ? options.satisfyAny || !options.externalAuth : !(options.satisfyAny && options.externalAuth)) return answer
    }
    if (!options.externalAuth) return undefined
    const permission = await askPermission(options.externalAuth, facts, exchange.requestId, {
      state: this.#state,
      upstream: this.#upstream,
      onCancel: (cancel) => {
        errand.cancel = cancel
      },
    })
    if (permission.answer) return permission.answer
    errand.added = { ...errand.added, ...permission.headers }
    errand.cookies = permission.cookies
    return undefined
  }

  #destination(found: Match, { facts, exchange }: Errand, path: string): Found {
    const { location } = found
    const { options } = location
    const { affinity } = options
    const isAt = affinity && ((backend: Backend) => isAtHome(this.#state.endpointsOf(backend), facts.headers, affinity))
    const chosen = chooseBackend(location, facts.headers, undefined, isAt, (backend) => this.#state.endpointsOf(backend).length > 0)
    if (!chosen) return { answer: { status: 503 }, match: found }
    const { backend, isCanary } = chosen
    exchange.backend = backend
    exchange.isCanary = isCanary
    const hash = options.hashBy === undefined ? undefined : expandVariables(options.hashBy, facts)
    const { attempts } = options
    const target = rewritten(location, facts.target, path)
    if (isAddress(target)) return { answer: { status: 302, headers: { location: target } }, match: found }
    const prefix =
      options.rewriteTarget === undefined || options.forwardedPrefix === undefined ? undefined : withCaptures(options.forwardedPrefix, location, path)
    const order = (each: Backend) => this.#chooser.order(each, this.#state.endpointsOf(each), { attempts, affinity, headers: facts.headers, hash })
    const endpoints = order(backend)
    if (endpoints.length > 0) return { match: found, backend, endpoints, target, extra: prefix === undefined ? none : { 'x-forwarded-prefix': prefix } }
    const instead = options.fallback ? order(options.fallback) : []
    if (!options.fallback || instead.length === 0) return { answer: { status: 503 }, match: found }
    return { match: found, backend: options.fallback, endpoints: instead, target: facts.target, extra: errorHeaders(503, found, exchange) }
  }

  #limited(errand: Errand, { location: { ingress, options } }: Match): Answer | undefined {
    const { facts } = errand
    if (options.connectionLimit === 0 || (options.unlimitedSources && isInRanges(facts.client, options.unlimitedSources))) return undefined
    const leave = this.#concurrency.enter(`${ingress} ${facts.client}`, options.connectionLimit)
    if (!leave) return { status: 503 }
    errand.leave = leave
    return undefined
  }

  async #attempt(
    { match: { location }, endpoints, target, extra }: Destination,
    errand: Errand,
    body: Readable | Buffer | null,
  ): Promise<{ result: UpstreamAnswer; endpoint: Endpoint; attempt: UpstreamTry }> {
    const { request, facts, connection, exchange } = errand
    const { options } = location
    const { retry } = options
    const headers = Object.assign(
      requestHeaders(request.headers, facts, {
        port: connection.port,
        requestId: exchange.requestId,
        upstreamHost: options.upstreamHost === undefined ? undefined : expandVariables(options.upstreamHost, facts),
        hideAuthorization: options.auth !== undefined,
      }),
      errand.added,
      extra,
    )
    for (const name in errand.added) if (headers[name] === undefined) delete headers[name]
    if (Buffer.isBuffer(body)) headers['content-length'] = String(body.length)
    const mayRepeat = (retry.anyMethod || idempotent.has(request.method ?? '')) && (body === null || Buffer.isBuffer(body))
    const protocol = options.backendProtocol
    const asked = {
      method: request.method ?? 'GET',
      target,
      headers,
      options: {
        connectTimeoutMs: options.connectTimeoutMs,
        readTimeoutMs: options.readTimeoutMs,
        backendProtocol: protocol === 'AUTO_HTTP' ? (facts.scheme === 'https' ? 'HTTPS' : 'HTTP') : protocol,
      },
      ...(options.upstreamTls ? { tls: upstreamTlsOf(options.upstreamTls, this.#state) } : {}),
    } as const
    if (options.mirror && !('upgrade' in extra)) this.#mirrors.send(options.mirror, facts, headers, body)
    const startedMs = this.#clock.now()
    const mayGoOn = (count: number) => count < options.attempts && (retry.withinMs === 0 || this.#clock.now() - startedMs < retry.withinMs)
    for (let count = 1; ; count++) {
      // With fewer endpoints than attempts, the same one is asked again: it may have closed an idle connection only.
      const endpoint = endpoints[(count - 1) % endpoints.length]!
      const attempt: UpstreamTry = { endpoint, status: 502, headerMs: 0, totalMs: 0, bytes: 0 }
      exchange.tries.push(attempt)
      const began = performance.now()
      try {
        const place = endpoint.isName ? { address: await this.#state.resolve(endpoint.address), port: endpoint.port } : endpoint
        const result = await this.#upstream.send(place, asked, body, (cancel) => {
          errand.cancel = cancel
          if (errand.isGone) cancel()
        })
        attempt.headerMs = performance.now() - began
        attempt.status = result.kind === 'response' ? result.response.status : 101
        if (result.kind === 'response' && retry.statuses.includes(attempt.status) && mayRepeat && mayGoOn(count)) {
          result.response.body.on('error', () => {})
          result.response.body.resume()
          continue
        }
        return { result, endpoint, attempt }
      } catch (error) {
        attempt.totalMs = performance.now() - began
        if (!(error instanceof UpstreamError) || errand.isGone) throw error
        if (error.timedOut) attempt.status = 504
        if (error.untouched) this.#chooser.failed(endpoint)
        const again = (error.timedOut ? retry.timeouts : retry.errors) && (error.untouched || mayRepeat)
        if (!again || !mayGoOn(count)) throw error
      }
    }
  }

  #send(upstream: UpstreamResponse, attempt: UpstreamTry, response: ServerResponse, { exchange, request }: Errand, added: OutgoingHttpHeaders): void {
    const headers = withoutHops(upstream.headers)
    const options = exchange.location?.options
    if (options) answerHeaders(headers, options, exchange.facts)
    for (const name in added) {
      const before = name === 'set-cookie' ? headers[name] : undefined
      headers[name] = before === undefined ? added[name] : [before, added[name]!].flat().map(String)
    }
    const ended = (bytes: number) => {
      attempt.bytes = bytes
      exchange.bodyBytes = bytes
      attempt.totalMs = performance.now() - exchange.startedMs
    }
    sendAnswer(upstream, response, headers, request, { ended, pace: options?.pace, clock: this.#clock })
  }

  /** The proxy's own answer, or what the default backend has to say about that status. */
  async #refuse({ answer, match: found }: { answer: Answer; match?: Match }, errand: Errand, response: ServerResponse): Promise<void> {
    const { request, exchange } = errand
    const options = found?.location.options
    if (found && options?.customErrors.includes(answer.status) && options.interceptErrors && !options.fallback) answer = noBackend
    if (found && options?.fallback && options.customErrors.includes(answer.status)) {
      const endpoints = this.#chooser.order(options.fallback, this.#state.endpointsOf(options.fallback), { attempts: 1, headers: {} })
      const [endpoint] = endpoints
      if (endpoint) {
        const { host, client } = errand.facts
        const headers = {
          ...withoutHops(request.headers),
          host,
          'x-forwarded-for': client,
          ...errorHeaders(answer.status, found, exchange),
          'x-original-uri': errand.facts.target,
        }
        delete headers['content-length']
        const attempt: UpstreamTry = { endpoint, status: 502, headerMs: 0, totalMs: 0, bytes: 0 }
        const asked = {
          method: request.method === 'HEAD' ? 'HEAD' : 'GET',
          target: queryOf(errand.facts.target),
          headers,
          options: { ...options, backendProtocol: 'HTTP' as const },
        }
        const result = await this.#upstream.send(endpoint, asked, null, (cancel) => (errand.cancel = cancel)).catch(() => undefined)
        if (result?.kind === 'response') {
          exchange.tries.push(attempt)
          attempt.status = result.response.status
          this.#send(result.response, attempt, response, errand, { ...answer.headers })
          return
        }
      }
    }
    const headers = {
      ...(errand.facts.scheme === 'https' ? { 'strict-transport-security': strictTransport } : {}),
      ...(options?.cors ? corsHeaders(options.cors, errand.facts) : {}),
      ...answer.headers,
    }
    exchange.bodyBytes = writeAnswer(request, response, { ...answer, headers })
  }

  #addedHeaders({ match: { location } }: Destination, { facts, cookies }: Errand, endpoint: Endpoint, status: number): OutgoingHttpHeaders {
    const { options } = location
    const headers: OutgoingHttpHeaders = options.cors ? corsHeaders(options.cors, facts) : {}
    if (facts.scheme === 'https') headers['strict-transport-security'] = strictTransport
    const custom = options.customHeaders === undefined ? undefined : headersIn(this.#state.configMap(options.customHeaders))
    if (custom) Object.assign(headers, expandedHeaders(custom, facts))
    const { affinity } = options
    // nginx adds headers to answers of these statuses, unless told "always".
    const all = options.externalAuth?.alwaysSetCookie || [200, 201, 204, 206, 301, 302, 303, 304, 307, 308].includes(status) ? [...cookies] : []
    if (affinity && cookieOf(facts.headers, affinity.cookie) !== affinityValue(endpoint)) {
      all.push(
        affinityCookie(affinity, endpoint, {
          path: location.path,
          secure: facts.scheme === 'https',
          now: this.#clock.now(),
          userAgent: facts.headers['user-agent'] as string | undefined,
        }),
      )
    }
    if (all.length > 0) headers['set-cookie'] = all
    return headers
  }

  #report({ method, host, target }: RequestFacts, error: unknown): void {
    if (isTooLarge(error) || error instanceof BodyTooSlow) return
    this.#log.warn('no answer from a backend', { method, host, path: target.split('?', 1)[0], error: (error as Error).message })
  }
}

const none = {}
const noBackend: Answer = { status: 404, body: 'default backend - 404\n' }

const queryOf = (target: string): string => (target.includes('?') ? `/${target.slice(target.indexOf('?'))}` : '/')
const strictTransport = 'max-age=31536000; includeSubDomains'

/** What ingress-nginx tells the default backend of a request that failed. */
function errorHeaders(status: number, { location }: Match, { facts, requestId, backend }: Exchange): Record<string, string> {
  const [namespace = '', name = ''] = location.ingress.split('/')
  return {
    'x-code': String(status),
    ...(typeof facts.headers.accept === 'string' ? { 'x-format': facts.headers.accept } : {}),
    'x-namespace': namespace,
    'x-ingress-name': name,
    'x-service-name': backend?.service ?? '',
    'x-service-port': String(backend?.port ?? ''),
    'x-request-id': requestId,
  }
}

function failureOf(error: unknown): Answer {
  // As with nginx, a fault of its own, not of the backend.
  if (error instanceof PermissionFault) return { status: 500 }
  if (isTooLarge(error)) return { status: 413 }
  if (error instanceof BodyTooSlow) return { status: 408 }
  return { status: error instanceof UpstreamError && error.timedOut ? 504 : 502 }
}
