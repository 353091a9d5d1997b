/** HTTP/2 by the core stream API (the compatibility API costs half as much again). */
import { constants, type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { buildRequest } from '../request.ts'
import { bodyOf } from './body.ts'
import { answer, certificateOf, clientGone, type Edge, lastBlocksMs, type Running, sendInTime } from './connection.ts'
import { frame, send } from './respond.ts'

const settings = { maxConcurrentStreams: 250, initialWindowSize: 256 * 1024, maxHeaderListSize: 1024 * 1024 }

/** Clients put all their watches and lists on one connection; Node's 10 MB would refuse streams under load. */
const sessionMemoryMb = 256

/** Their size is what is bounded: who acts for somebody of many groups sends as many headers. */
const maxHeaderListPairs = 32_768

/** Upstream: http.Server's IdleTimeout. A connection on which nothing is asked holds memory like any other. */
const idleMs = 90_000

export function serveHttp2(edge: Edge, socket: TLSSocket): ServerHttp2Session {
  const session = performServerHandshake(socket, { settings, maxSessionMemory: sessionMemoryMb, maxHeaderListPairs })
  const certificate = certificateOf(socket)
  const remoteAddress = socket.remoteAddress ?? ''
  session.on('error', () => socket.destroy())
  let streams = 0
  /** Whose client reads nothing at all never sees that it is closed. */
  const retire = (): void => {
    session.close()
    idle = edge.clock.after(lastBlocksMs, () => session.destroy())
  }
  let idle = edge.clock.after(idleMs, retire)
  session.on('close', () => idle.cancel())
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {})
    if (streams++ === 0) idle.cancel()
    const controller = new AbortController()
    const running: Running = { controller }
    edge.running.add(running)
    let isAnswered = false
    stream.on('close', () => {
      if (--streams === 0 && !session.closed) idle = edge.clock.after(idleMs, retire)
      edge.running.delete(running)
      // Of what was answered in full nothing is under way any more.
      if (!isAnswered) controller.abort(clientGone)
    })
    serve(edge, stream, headers, certificate, remoteAddress, running).then(
      () => {
        isAnswered = true
      },
      (error: unknown) => {
        if (!controller.signal.aborted) edge.log.warn('an answer could not be sent', { path: running.request?.path, error })
        stream.close()
      },
    )
  })
  return session
}

async function serve(
  edge: Edge,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  certificate: Uint8Array | 'refused' | undefined,
  remoteAddress: string,
  running: Running,
): Promise<void> {
  const { signal } = running.controller
  const method = String(headers[':method'] ?? 'GET')
  const request = buildRequest({
    method,
    url: String(headers[':path'] ?? '/'),
    headers: plain(headers),
    signal,
    remoteAddress,
    receivedAtMs: edge.clock.now(),
    ...bodyOf(stream, headers['content-length']),
    clientCertificate: certificate === 'refused' ? undefined : certificate,
  })
  running.request = request
  const response = await answer(edge, request, certificate)
  sendInTime(edge, response, stream, () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
  try {
    if (stream.destroyed) return
    const framing = frame(response, request.headers['accept-encoding'])
    const empty = method === 'HEAD' || response.body === undefined
    stream.respond(outgoing(response.status, framing.headers), { endStream: empty })
    if (!empty) await send(stream, response.body, framing.compressed)
  } finally {
    response.whenSent?.()
  }
}

/** Node made this object for this request alone: it is changed in place, not copied. Without the pseudo headers; `host` as HTTP/1.1 has it. */
function plain(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  headers.host ??= headers[':authority'] as string | undefined
  for (const name of pseudoHeaders) delete headers[name]
  // The one that Node gives as a list.
  const cookies = headers['set-cookie']
  const flat = headers as Record<string, string | undefined>
  if (cookies) flat['set-cookie'] = cookies.join(', ')
  return flat
}

const pseudoHeaders = [':method', ':path', ':authority', ':scheme', ':protocol']

/** Names and values in turn, which Node need not copy again; without what HTTP/2 forbids. */
function outgoing(status: number, headers: Readonly<Record<string, string>>): string[] {
  const list = [':status', String(status)]
  for (const name in headers) if (name !== 'connection' && name !== 'transfer-encoding') list.push(name, headers[name]!)
  return list
}
