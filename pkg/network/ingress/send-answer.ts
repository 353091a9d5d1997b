/** An endpoint's answer on its way to the client, at the client's pace, with the trailers that gRPC needs. */
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { UpstreamResponse } from './upstream-types.ts'

/** `ended` is told at the end, good or bad, how many bytes of body came. */
export function sendAnswer(
  { status, headers: given, body, trailers }: UpstreamResponse,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  request: IncomingMessage,
  ended: (bytes: number) => void,
): void {
  let bytes = 0
  let done = false
  const finish = () => {
    if (done) return
    done = true
    ended(bytes)
  }
  if (given.trailer !== undefined && request.httpVersionMajor < 2 && given['content-length'] === undefined) headers.trailer = given.trailer
  response.writeHead(status, headers)
  // Written by hand: a pipeline costs more than all the rest of a small answer.
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (!response.write(chunk)) {
      body.pause()
      response.once('drain', () => body.resume())
    }
  })
  body.on('end', () => {
    finish()
    const last = trailers()
    const names = Object.keys(last)
    if (names.length > 0) response.addTrailers(Object.fromEntries(names.map((name) => [name, String(last[name] ?? '')])))
    response.end()
  })
  const broken = () => {
    finish()
    if (response.writableEnded) return
    // An answer cut short must not look like a whole one.
    if ('stream' in response) (response.stream as ServerHttp2Stream).close(constants.NGHTTP2_INTERNAL_ERROR)
    else response.destroy()
  }
  body.on('error', broken)
  body.on('aborted', broken)
  body.on('close', broken)
}
