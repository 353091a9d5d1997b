/** The listeners: HTTP/1.1 in the clear, HTTP/1.1 and HTTP/2 over TLS. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
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
  close(): void
}

/** Resolves when all listen; rejects when one cannot. */
export async function listen({ addresses, httpPort, httpsPort, proxy, certificates, fallback }: ServerOptions): Promise<IngressServers> {
  const servers: (Server | Http2SecureServer)[] = []
  const ports: { http: number; https: number } = { http: httpPort, https: httpsPort }
  try {
    for (const address of addresses) await open(address)
  } catch (error) {
    close()
    throw error
  }

  async function open(address: string): Promise<void> {
    const plain = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 })
    ports.http = await start(plain, address, httpPort)
    wire(plain, 'http', ports.http)
    const secure = createSecureServer({
      allowHTTP1: true,
      ...fallback,
      minVersion: 'TLSv1.2',
      SNICallback: (name, done) => done(null, certificates.contextFor(name)),
    })
    ports.https = await start(secure, address, httpsPort)
    wire(secure, 'https', ports.https)
    secure.on('sessionError', () => {})
  }

  function wire(server: Server | Http2SecureServer, scheme: 'http' | 'https', port: number): void {
    servers.push(server)
    // The compatibility classes of HTTP/2 have all that the proxy uses.
    server.on('request', (request: unknown, response: unknown) => void proxy.handle(request as IncomingMessage, response as ServerResponse, scheme, port))
    server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => void proxy.upgrade(request, socket, head, scheme, port))
  }

  function close(): void {
    for (const server of servers) {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
    }
  }
  return { httpPort: ports.http, httpsPort: ports.https, close }
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
