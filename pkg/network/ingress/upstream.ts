/** Requests to endpoints over kept connections: HTTP/1.1 here, gRPC's HTTP/2 in `upstream-http2.ts`. */
import { Agent, type ClientRequest, request as httpRequest } from 'node:http'
import { Agent as TlsAgent, request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import type { Endpoint } from './types.ts'
import { Http2Upstream } from './upstream-http2.ts'
import { plainTls, type UpstreamTls } from './upstream-tls.ts'
import { type UpstreamAnswer, UpstreamError, type UpstreamRequest } from './upstream-types.ts'

/** Kept idle for less than servers commonly do (Node.js: 5 s), so that a request seldom meets a connection that is being closed. */
const idleMs = 4_000
const agentLimit = 256
const agentOptions = { keepAlive: true, maxFreeSockets: 1024, timeout: idleMs, scheduling: 'lifo' } as const

export class Upstream {
  readonly #plain = new Agent(agentOptions)
  /** One for each way of TLS, since connections of one way are of no use to another; the one unused for longest goes first. */
  readonly #tls = new Map<string, TlsAgent>()
  readonly #http2 = new Http2Upstream()

  /** Resolves with the head of the answer. `body` is read only once there is a connection; null for none. `onCancel` is told how to give up. */
  send(endpoint: Endpoint, request: UpstreamRequest, body: Readable | Buffer | null, onCancel: (cancel: () => void) => void): Promise<UpstreamAnswer> {
    const protocol = request.options.backendProtocol
    if (protocol === 'GRPC' || protocol === 'GRPCS') return this.#http2.send(endpoint, request, body, onCancel)
    return this.#sendHttp1(endpoint, request, body, onCancel)
  }

  #sendHttp1(
    endpoint: Endpoint,
    { method, target, headers, options, tls = plainTls }: UpstreamRequest,
    body: Readable | Buffer | null,
    onCancel: (cancel: () => void) => void,
  ): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      const secure = options.backendProtocol === 'HTTPS'
      let connected = false
      let timedOut = false
      let connectTimer: NodeJS.Timeout | undefined
      const outgoing: ClientRequest = (secure ? httpsRequest : httpRequest)({
        host: endpoint.address,
        port: endpoint.port,
        method,
        path: target,
        headers,
        setHost: false,
        agent: secure ? this.#agentFor(tls) : this.#plain,
      })
      onCancel(() => outgoing.destroy())
      const fail = (message: string) => {
        timedOut = true
        outgoing.destroy(new Error(message))
      }
      const begin = () => {
        connected = true
        clearTimeout(connectTimer)
        outgoing.setTimeout(options.readTimeoutMs, () => fail('read timeout'))
        if (body === null) outgoing.end()
        else if (Buffer.isBuffer(body)) outgoing.end(body)
        else {
          body.once('error', (error) => outgoing.destroy(error))
          body.pipe(outgoing)
        }
      }
      outgoing.on('socket', (socket) => {
        if (!socket.connecting) return begin()
        connectTimer = setTimeout(() => fail('connect timeout'), options.connectTimeoutMs)
        socket.once(secure ? 'secureConnect' : 'connect', begin)
      })
      outgoing.on('response', (response) =>
        resolve({
          kind: 'response',
          response: { status: response.statusCode ?? 502, headers: response.headers, body: response, trailers: () => response.trailers },
        }),
      )
      outgoing.on('upgrade', (response, socket, head) => {
        outgoing.setTimeout(0)
        resolve({ kind: 'upgrade', response, socket, head })
      })
      outgoing.on('error', (cause: NodeJS.ErrnoException) => {
        clearTimeout(connectTimer)
        if (body !== null && !Buffer.isBuffer(body)) body.unpipe(outgoing)
        // A kept connection that was closed as we wrote on it: the other end had ended before our request came.
        const stale = outgoing.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')
        const read = body !== null && !Buffer.isBuffer(body) && connected
        reject(new UpstreamError(cause.message, { untouched: !read && (!connected || (stale && body === null)), timedOut, cause }))
      })
    })
  }

  #agentFor({ key, options }: UpstreamTls): TlsAgent {
    const agent = this.#tls.get(key) ?? new TlsAgent({ ...agentOptions, ...options })
    this.#tls.delete(key)
    this.#tls.set(key, agent)
    if (this.#tls.size > agentLimit) {
      const [oldest, other] = this.#tls.entries().next().value!
      this.#tls.delete(oldest)
      other.destroy()
    }
    return agent
  }

  close(): void {
    this.#plain.destroy()
    for (const agent of this.#tls.values()) agent.destroy()
    this.#http2.close()
  }
}
