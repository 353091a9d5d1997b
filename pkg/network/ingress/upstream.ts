/** Requests to endpoints over kept connections. */
import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http'
import { Agent as TlsAgent, request as httpsRequest } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import type { Endpoint, LocationOptions } from './types.ts'

export interface UpstreamRequest {
  readonly method: string
  readonly target: string
  readonly headers: OutgoingHttpHeaders
  readonly options: LocationOptions
}

/** How far a failed attempt got, by which it may be made again elsewhere or not. */
export class UpstreamError extends Error {
  /** Nothing was sent: certain not to have been processed. */
  readonly untouched: boolean
  readonly timedOut: boolean

  constructor(message: string, { untouched, timedOut = false, cause }: { untouched: boolean; timedOut?: boolean; cause?: unknown }) {
    super(message, { cause })
    this.untouched = untouched
    this.timedOut = timedOut
  }
}

export type UpstreamAnswer =
  | { readonly kind: 'response'; readonly response: IncomingMessage }
  | { readonly kind: 'upgrade'; readonly response: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }

/** Kept idle for less than servers commonly do (Node.js: 5 s), so that a request seldom meets a connection that is being closed. */
const idleMs = 4_000
const agentOptions = { keepAlive: true, maxFreeSockets: 1024, timeout: idleMs, scheduling: 'lifo' } as const

export class Upstream {
  readonly #plain = new Agent(agentOptions)
  // Backends show certificates that no client would know; nginx does not check them either.
  readonly #tls = new TlsAgent({ ...agentOptions, rejectUnauthorized: false })

  /** Resolves with the head of the answer. `body` is read only once there is a connection; null for none. */
  send(
    endpoint: Endpoint,
    { method, target, headers, options }: UpstreamRequest,
    body: Readable | Buffer | null,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      const secure = options.backendProtocol === 'HTTPS'
      let connected = false
      let timedOut = false
      const outgoing: ClientRequest = (secure ? httpsRequest : httpRequest)({
        host: endpoint.address,
        port: endpoint.port,
        method,
        path: target,
        headers,
        setHost: false,
        agent: secure ? this.#tls : this.#plain,
        signal,
      })
      const fail = (message: string) => {
        timedOut = true
        outgoing.destroy(new Error(message))
      }
      const connectTimer = setTimeout(() => fail('connect timeout'), options.connectTimeoutMs)
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
        if (!socket.connecting) begin()
        else socket.once(secure ? 'secureConnect' : 'connect', begin)
      })
      outgoing.on('response', (response) => resolve({ kind: 'response', response }))
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

  close(): void {
    this.#plain.destroy()
    this.#tls.destroy()
  }
}
