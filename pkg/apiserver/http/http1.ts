/** HTTP/1.1 and upgrades on node:http. */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { buildRequest } from '../request.ts'
import type { ApiRequest, ApiResponse, UpgradeSocket } from '../types.ts'
import { bodyOf, discardRest } from './body.ts'
import { answer, certificateOf, clientGone, type Edge, type Running, sendInTime } from './connection.ts'
import { frame, send } from './respond.ts'

const maxHeaderBytes = 1024 * 1024
/** In a path; what follows the question mark is read part by part. */
const badEscape = /%(?![0-9A-Fa-f]{2})/

/** Feed it sockets with `emit('connection', socket)`; it never listens. */
export function createHttp1(edge: Edge): Server {
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    requestTimeout: 0,
    headersTimeout: 32_000,
    keepAliveTimeout: 180_000,
    requireHostHeader: false,
  })
  // Their size is what is bounded: who acts for somebody of many groups sends as many headers.
  server.maxHeadersCount = 0
  // It never listens, so its look-out for connections that never finish their headers must be started by hand.
  server.emit('listening')
  server.on('request', (message, reply) => {
    const wrong = whatIsWrong(message)
    if (wrong !== undefined) {
      reply.writeHead(400, wrong, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`400 ${wrong}`)
      return
    }
    const controller = new AbortController()
    const running: Running = { controller }
    edge.running.add(running)
    reply.on('close', () => {
      edge.running.delete(running)
      // Of what was answered in full nothing is under way any more.
      if (!reply.writableFinished) controller.abort(clientGone)
    })
    void (async () => {
      const request = toRequest(edge, message, controller.signal)
      running.request = request
      const response = await answer(edge, request, certificateOf(message.socket as TLSSocket))
      sendInTime(edge, response, reply, () => reply.destroy())
      try {
        const { headers, compressed } = frame(response, message.headers['accept-encoding'])
        if (edge.closing) headers.connection = 'close'
        if (!message.complete && response.status >= 400) {
          headers.connection = 'close'
          await discardRest(message)
        }
        reply.writeHead(response.status, headers)
        if (message.method === 'HEAD') reply.end()
        else {
          if (response.body !== undefined && headers['content-length'] === undefined) reply.flushHeaders()
          await send(reply, response.body, compressed)
        }
      } finally {
        response.whenSent?.()
      }
    })().catch((error: unknown) => {
      if (!controller.signal.aborted) edge.log.warn('an answer could not be sent', { path: message.url, error })
      reply.destroy()
    })
  })
  server.on('upgrade', (message, socket, head) => {
    const controller = new AbortController()
    const running: Running = { controller }
    edge.running.add(running)
    socket.on('close', () => {
      edge.running.delete(running)
      controller.abort(clientGone)
    })
    socket.on('error', () => {})
    const request = toRequest(edge, message, controller.signal, { socket, head, request: message })
    running.request = request
    void upgrade(edge, message, socket, request).catch((error: unknown) => {
      edge.log.warn('an upgrade failed', { path: message.url, error })
      socket.destroy()
    })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => void refuse(error.code ?? '', socket))
  return server
}

/** What Go's server refuses before it asks any handler. */
function whatIsWrong({ url = '', httpVersion, headers }: IncomingMessage): string | undefined {
  if (badEscape.test(url.split('?', 1)[0]!)) return 'Bad Request'
  return httpVersion === '1.1' && headers.host === undefined ? 'Bad Request: missing required Host header' : undefined
}

/** In the words of Go's server. */
const refusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_INVALID_VERSION: '505 HTTP Version Not Supported: unsupported protocol version',
}

/** Whose rest is being thrown away: the parser finds each part of it wrong again. */
const refused = new WeakSet<Duplex>()

/** A request that could not even be read. Who has not sent its headers for too long is not answered. */
async function refuse(code: string, socket: Duplex): Promise<void> {
  if (refused.has(socket)) return
  refused.add(socket)
  if (!socket.writable || code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    socket.destroy()
    return
  }
  const text = refusals[code] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`)
  await discardRest(socket)
  socket.destroy()
}

async function upgrade(edge: Edge, message: IncomingMessage, socket: Duplex, request: ApiRequest): Promise<void> {
  const response = await answer(edge, request, certificateOf(message.socket as TLSSocket))
  if (response.upgraded) {
    const sent = (): void => response.whenSent?.()
    if (socket.closed) sent()
    else socket.once('close', sent)
    return
  }
  await refuseUpgrade(socket, response).finally(() => response.whenSent?.())
}

/** No switch of protocols: a plain answer on the raw socket, which then closes. */
async function refuseUpgrade(socket: Duplex, response: ApiResponse): Promise<void> {
  const headers = { ...response.headers, connection: 'close' }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${head.join('')}\r\n`)
  await send(socket, response.body, false)
}

function toRequest(edge: Edge, message: IncomingMessage, signal: AbortSignal, upgrade?: UpgradeSocket): ApiRequest {
  const certificate = certificateOf(message.socket as TLSSocket)
  return buildRequest({
    method: message.method ?? 'GET',
    url: message.url ?? '/',
    headers: flat(message.headers),
    signal,
    remoteAddress: message.socket.remoteAddress ?? '',
    receivedAtMs: edge.clock.now(),
    ...bodyOf(message, message.headers['content-length']),
    clientCertificate: certificate === 'refused' ? undefined : certificate,
    upgrade,
  })
}

function flat(headers: IncomingMessage['headers']): Record<string, string | undefined> {
  for (const [name, value] of Object.entries(headers)) if (Array.isArray(value)) headers[name] = value.join(', ')
  return headers as Record<string, string | undefined>
}
