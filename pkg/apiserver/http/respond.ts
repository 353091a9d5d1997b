/** Writes an answer's body to a stream, at the pace of the reader; large ones compressed when asked. */
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { Readable, type Writable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import type { ApiResponse } from '../types.ts'

/** Smaller answers are quicker sent than compressed (upstream: 128 KiB). */
const compressAboveBytes = 128 * 1024

export interface Framing {
  readonly headers: Record<string, string>
  readonly compressed: boolean
}

/** The headers that depend on how the body is sent. */
export function frame(response: ApiResponse, acceptEncoding: string | undefined): Framing {
  const { body } = response
  if (body === undefined) return { headers: response.headers, compressed: false }
  // Streams of no known length are watches and logs: they go out as they come.
  if (isAsync(body) && response.headers['content-length'] === undefined) return { headers: response.headers, compressed: false }
  const length = lengthOf(response)
  const compressed = length > compressAboveBytes && /\bgzip\b/.test(acceptEncoding ?? '') && !response.headers['content-encoding']
  if (compressed) {
    const { 'content-length': _, ...headers } = response.headers
    return { headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, compressed }
  }
  response.headers['content-length'] = String(length)
  return { headers: response.headers, compressed: false }
}

function lengthOf({ body, headers }: ApiResponse): number {
  if (typeof body === 'string') return Buffer.byteLength(body)
  if (body instanceof Uint8Array) return body.length
  if (Array.isArray(body)) return (body as readonly Uint8Array[]).reduce((sum, block) => sum + block.length, 0)
  return Number(headers['content-length'])
}

export function isAsync(body: NonNullable<ApiResponse['body']>): body is AsyncIterable<Uint8Array | string> {
  return typeof body === 'object' && Symbol.asyncIterator in body
}

export async function send(stream: Writable, body: ApiResponse['body'], compressed: boolean): Promise<void> {
  if (body === undefined) {
    stream.end()
    return
  }
  if (compressed) {
    const blocks =
      typeof body === 'string' ? [Buffer.from(body)] : body instanceof Uint8Array ? [body] : (body as Iterable<Uint8Array> | AsyncIterable<Uint8Array>)
    await pipeline(Readable.from(blocks), createGzip({ level: constants.Z_BEST_SPEED }), stream)
    return
  }
  if (typeof body === 'string' || body instanceof Uint8Array) {
    // With a string Node writes the headers as UTF-8 too, whose bytes a warning's already are.
    stream.end(typeof body === 'string' ? Buffer.from(body) : body)
    return
  }
  for await (const block of body) {
    if (stream.destroyed || stream.writableEnded) break
    if (!stream.write(block)) await writable(stream)
  }
  stream.end()
}

/** Until there is room again, or nobody reads any more. */
async function writable(stream: Writable): Promise<void> {
  if (stream.destroyed) return
  const stop = new AbortController()
  const gone = () => stop.abort()
  stream.once('close', gone)
  try {
    await once(stream, 'drain', { signal: stop.signal })
  } catch {
    // Closed: the caller's loop sees it.
  } finally {
    stream.off('close', gone)
  }
}
