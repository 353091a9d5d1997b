/** An endpoint's answer on its way to the client, at the client's pace, with the trailers that gRPC needs. */
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Clock } from '#base/clock.ts'
import type { LocationOptions } from '../types.ts'
import type { UpstreamResponse } from '../upstream/types.ts'

export interface SendOptions {
  /** Told at the end, good or bad, how many bytes of body came. */
  readonly ended: (bytes: number) => void
  /** No faster than that (nginx's limit_rate). */
  readonly pace: LocationOptions['pace'] | undefined
  readonly clock: Clock
}

export function sendAnswer(
  upstream: UpstreamResponse,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  request: IncomingMessage,
  { ended, pace, clock }: SendOptions,
): void {
  const { status, headers: given, trailers, whole } = upstream
  if (whole !== undefined && !pace && Object.keys(trailers()).length === 0) {
    ended(whole.length)
    response.writeHead(status, headers)
    if (whole.length === 0) response.end()
    // Node.js writes a text along with the head, bytes behind it: one write instead of two that are put together.
    else if (whole.length <= writtenAsText && request.httpVersionMajor < 2) response.end(whole.toString('latin1'), 'latin1')
    else response.end(whole)
    return
  }
  const { body } = upstream
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
  const paced = pace && new Pace(pace, clock)
  body.on('data', (whole: Buffer) => {
    const chunk = paced ? paced.part(whole, body) : whole
    bytes += chunk.length
    const isFull = !response.write(chunk)
    const waitMs = paced ? Math.max(paced.sent(chunk.length), chunk === whole ? 0 : shortestWaitMs) : 0
    if (!isFull && waitMs === 0) return
    body.pause()
    const goOn = () => (waitMs > 0 ? clock.after(waitMs, () => body.resume()) : body.resume())
    if (isFull) response.once('drain', goOn)
    else goOn()
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

const writtenAsText = 16 * 1024

/** So many bytes a second from the beginning on. */
class Pace {
  readonly #options: NonNullable<LocationOptions['pace']>
  readonly #clock: Clock
  readonly #startedMs: number
  #bytes = 0

  constructor(options: NonNullable<LocationOptions['pace']>, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#startedMs = clock.now()
  }

  /** What of a chunk may be sent now; the rest is given back. */
  part(chunk: Buffer, body: Readable): Buffer {
    const { bytesPerSecond, afterBytes } = this.#options
    const due = afterBytes + (bytesPerSecond * (this.#clock.now() - this.#startedMs)) / 1000
    const room = Math.max(smallestPart, Math.floor(due - this.#bytes))
    if (chunk.length <= room) return chunk
    body.pause()
    body.unshift(chunk.subarray(room))
    return chunk.subarray(0, room)
  }

  /** For how many milliseconds nothing more may be sent. */
  sent(bytes: number): number {
    this.#bytes += bytes
    const { bytesPerSecond, afterBytes } = this.#options
    return Math.max(0, Math.ceil(((this.#bytes - afterBytes) / bytesPerSecond) * 1000 - (this.#clock.now() - this.#startedMs)))
  }
}

/** Smaller ones, and shorter waits between them, would cost more than they are worth. */
const smallestPart = 4096
const shortestWaitMs = 10
