/** The listeners: HTTP/1.1 and HTTP/2 in the clear (from its first byte on) and over TLS, which some hosts end elsewhere or ask for certificates. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createSecureServer, createServer as createHttp2Server, type Http2SecureServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Certificates } from './tls/certificates.ts'
import { serverNameOf } from './tls/client-hello.ts'
import { decideByFirstBytes, toServer } from './tls/first-bytes.ts'
import { hostEntry } from './routes/match.ts'
import { passThrough } from './tls/passthrough.ts'
import type { Connection, IngressProxy } from './proxy.ts'
import type { IngressState } from './types.ts'

export interface ServerOptions {
  readonly addresses: readonly string[]
  readonly httpPort: number
  readonly httpsPort: number
  readonly proxy: IngressProxy
  readonly state: IngressState
  readonly certificates: Certificates
}

export interface IngressServers {
  readonly httpPort: number
  readonly httpsPort: number
  /** How many clients are connected. */
  connections(): number
  close(): void
}

/** Bounds of what clients may take (nginx's client_header_timeout, keepalive_timeout, worker_connections, http2_max_concurrent_streams). */
const limits = { headersTimeoutMs: 60_000, handshakeTimeoutMs: 60_000, idleMs: 75_000, connections: 16_384, streams: 128, headerBytes: 32 * 1024 }

/** Resolves when all listen; rejects when one cannot. */
export async function listen({ addresses, httpPort, httpsPort, proxy, state, certificates }: ServerOptions): Promise<IngressServers> {
  const servers: AnyServer[] = []
  const sockets = new Set<Socket>()
  const ports: { http: number; https: number } = { http: httpPort, https: httpsPort }
  try {
    for (const address of addresses) await open(address)
  } catch (error) {
    close()
    throw error
  }

  async function open(address: string): Promise<void> {
    // A request as a whole may take as long as it likes, as long as something of it comes (request/body.ts, upstream/); its head may not.
    const http1 = { keepAliveTimeout: limits.idleMs, requestTimeout: 0, headersTimeout: limits.headersTimeoutMs, maxHeaderSize: limits.headerBytes }
    const http2 = { settings: { maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headerBytes } }
    const plain = createServer(http1)
    ports.http = await start(plain, address, httpPort)
    const plainHttp2 = createHttp2Server(http2)
    for (const server of [plain, plainHttp2]) wire(server, { scheme: 'http', port: ports.http, asksClient: false })
    decideByFirstBytes(plain, {
      isNeeded: () => true,
      decide: (bytes) => (isHttp2(bytes) ? (socket) => plainHttp2.emit('connection', socket) : isHttp2(bytes) === false ? toServer : undefined),
      patienceMs: limits.headersTimeoutMs,
    })
    const tls = { allowHTTP1: true, ...http1, handshakeTimeout: limits.handshakeTimeoutMs, ...http2, ...certificates.fallback, minVersion: 'TLSv1.2' } as const
    const secure = createSecureServer({ ...tls, SNICallback: (name, done) => done(null, certificates.contextFor(name)) })
    ports.https = await start(secure, address, httpsPort)
    // A server of its own, as a TLS server asks all its clients for certificates or none. Whether one is good is for the proxy to say.
    const asking = createSecureServer({
      ...tls,
      requestCert: true,
      rejectUnauthorized: false,
      SNICallback: (name, done) => {
        const context = certificates.askingContextFor(name)
        done(context ? null : new Error('no certificate can be checked'), context)
      },
    })
    // It never listens, but its clients' slow heads are to be noticed all the same.
    asking.emit('listening')
    wire(secure, { scheme: 'https', port: ports.https, asksClient: false })
    wire(asking, { scheme: 'https', port: ports.https, asksClient: true })
    decideByFirstBytes(secure, {
      isNeeded: () => state.table.looksAtNames,
      decide(bytes) {
        const name = serverNameOf(bytes)
        if (name === undefined) return undefined
        const routes = hostEntry(state.table.hosts, name)
        const { passthrough } = routes ?? {}
        if (passthrough) return (socket) => void passThrough(socket, passthrough, state)
        return routes?.clientAuth && name !== '' ? (socket) => asking.emit('connection', socket) : toServer
      },
      patienceMs: limits.handshakeTimeoutMs,
    })
    for (const server of [plain, secure]) count(server)
  }

  function count(server: Server | Http2SecureServer): void {
    server.maxConnections = limits.connections
    server.prependListener('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  }

  function wire(server: AnyServer, connection: Connection): void {
    servers.push(server)
    // The compatibility classes of HTTP/2 have all that the proxy uses.
    server.on('request', (request: unknown, response: unknown) => void proxy.handle(request as IncomingMessage, response as ServerResponse, connection))
    server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => void proxy.upgrade(request, socket, head, connection))
    server.on('sessionError', () => {})
    server.on('session', closeWhenIdle)
    server.on('error', () => {})
  }

  function close(): void {
    for (const server of servers) {
      server.close()
    }
    for (const socket of sockets) socket.destroy()
  }
  return { httpPort: ports.http, httpsPort: ports.https, connections: () => sockets.size, close }
}

type AnyServer = Server | Http2Server | Http2SecureServer

const preface = Buffer.from('PRI * HTTP/2.0\r\n')

/** Nothing while it may still become one (RFC 9113, 3.4). */
function isHttp2(bytes: Buffer): boolean | undefined {
  const length = Math.min(bytes.length, preface.length)
  if (bytes.compare(preface, 0, length, 0, length) !== 0) return false
  return bytes.length >= preface.length ? true : undefined
}

/** An HTTP/2 connection without a stream ends; one with a silent stream, such as a subscription over gRPC, stays. */
function closeWhenIdle(session: ServerHttp2Session): void {
  let streams = 0
  session.on('stream', (stream) => {
    streams++
    stream.once('close', () => streams--)
  })
  session.setTimeout(limits.idleMs, () => {
    if (streams === 0) session.close()
  })
}

function start(server: Server | Http2SecureServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve((server.address() as AddressInfo).port)
    })
  })
}
