/**
 * One TLS listener for both protocols: ALPN decides, sockets go to node:http or to an h2 session.
 * Client certificates are asked for and verified, and not required.
 */
import type { ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Clock, Timer } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Listening, ListenOptions } from '../options.ts'
import type { Handler } from '../types.ts'
import { type Edge, isLasting } from './connection.ts'
import { createHttp1 } from './http1.ts'
import { serveHttp2 } from './http2.ts'

/** What is still open so long after the end was announced is cut. */
const closeGraceMs = 2000
/** Requests under way when the end is announced may take so long to finish. */
const finishMs = 10_000
const lookMs = 10
const handshakeTimeoutMs = 10_000

export async function listen(handler: Handler, clock: Clock, log: Logger, options: ListenOptions): Promise<Listening> {
  const { tls, hosts = ['127.0.0.1'] } = options
  const edge: Edge = { handler, clock, log, running: new Set(), closing: false }
  const http1 = createHttp1(edge)
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  const servers: Server[] = []

  const accept = (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') {
      const session = serveHttp2(edge, socket)
      sessions.add(session)
      session.on('close', () => sessions.delete(session))
    } else http1.emit('connection', socket)
  }
  let port = options.port
  for (const host of hosts) {
    const server = createServer(
      {
        ...contextOf(tls),
        ...(tls.clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false }),
        ALPNProtocols: ['h2', 'http/1.1'],
        handshakeTimeout: handshakeTimeoutMs,
      },
      accept,
    )
    server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
    servers.push(server)
    port = (server.address() as AddressInfo).port
  }

  return {
    port,
    get requests() {
      return edge.running.size
    },
    useCertificate({ cert, key }) {
      for (const server of servers) server.setSecureContext(contextOf({ ...tls, cert, key }))
    },
    async close() {
      edge.closing = true
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
      for (const running of edge.running) if (isLasting(running)) running.controller.abort()
      for (const session of sessions) session.close()
      http1.closeIdleConnections()
      await drained(edge, clock)
      const cut = clock.after(closeGraceMs, () => {
        for (const socket of sockets) socket.destroy()
      })
      // Idle keep-alive connections hold nothing worth waiting for.
      if (edge.running.size === 0) for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
      cut.cancel()
      http1.close()
    },
  }
}

function contextOf({ cert, key, clientCa }: ListenOptions['tls']) {
  return { cert, key, minVersion: 'TLSv1.2' as const, ...(clientCa === undefined ? {} : { ca: clientCa }) }
}

/** Until the requests that are no watches have their answers; not for ever. */
function drained({ running }: Edge, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const limit = clock.after(finishMs, () => done())
    let next: Timer | undefined
    const done = (): void => {
      limit.cancel()
      next?.cancel()
      resolve()
    }
    const look = (): void => {
      if ([...running].every(isLasting)) done()
      else next = clock.after(lookMs, look)
    }
    look()
  })
}
