/** The listeners: HTTP/1.1 in the clear, HTTP/1.1 and HTTP/2 over TLS. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Certificates } from './certificates.ts'
import type { IngressProxy } from './proxy.ts'

export interface ServerOptions {
  readonly addresses: readonly string[]
  readonly httpPort: number
  readonly httpsPort: number
  readonly proxy: IngressProxy
  readonly certificates: Certificates
  /** Shown to those who ask for a name without a certificate. */
  readonly fallback: { readonly cert: string; readonly key: string }
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
export async function listen({ addresses, httpPort, httpsPort, proxy, certificates, fallback }: ServerOptions): Promise<IngressServers> {
  const servers: (Server | Http2SecureServer)[] = []
  const sockets = new Set<Socket>()
  const ports: { http: number; https: number } = { http: httpPort, https: httpsPort }
  try {
    for (const address of addresses) await open(address)
  } catch (error) {
    close()
    throw error
  }

  async function open(address: string): Promise<void> {
    // A request as a whole may take as long as it likes, as long as something of it comes (request-body.ts, upstream.ts); its head may not.
    const http1 = { keepAliveTimeout: limits.idleMs, requestTimeout: 0, headersTimeout: limits.headersTimeoutMs, maxHeaderSize: limits.headerBytes }
    const plain = createServer(http1)
    ports.http = await start(plain, address, httpPort)
    wire(plain, 'http', ports.http)
    const secure = createSecureServer({
      allowHTTP1: true,
      ...http1,
      handshakeTimeout: limits.handshakeTimeoutMs,
      settings: { maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headerBytes },
      ...fallback,
      minVersion: 'TLSv1.2',
      SNICallback: (name, done) => done(null, certificates.contextFor(name)),
    })
    ports.https = await start(secure, address, httpsPort)
    wire(secure, 'https', ports.https)
    secure.on('sessionError', () => {})
    secure.on('session', closeWhenIdle)
  }

  function wire(server: Server | Http2SecureServer, scheme: 'http' | 'https', port: number): void {
    servers.push(server)
    server.maxConnections = limits.connections
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    // The compatibility classes of HTTP/2 have all that the proxy uses.
    server.on('request', (request: unknown, response: unknown) => void proxy.handle(request as IncomingMessage, response as ServerResponse, scheme, port))
    server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => void proxy.upgrade(request, socket, head, scheme, port))
  }

  function close(): void {
    for (const server of servers) {
      server.close()
    }
    for (const socket of sockets) socket.destroy()
  }
  return { httpPort: ports.http, httpsPort: ports.https, connections: () => sockets.size, close }
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
