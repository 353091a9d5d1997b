/** A request's body on its way: small ones whole, so that they can be sent twice; large ones as they come, cut off at the limit. */
import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import type { LocationOptions } from '../types.ts'

/** Bodies up to this size are kept, to be sent again when an endpoint dies. */
const keptBodyBytes = 64 * 1024
/** Between two parts of a body that is kept (nginx: client_body_timeout). */
const readTimeoutMs = 60_000

export class BodyTooLarge extends Error {}
export class BodyTooSlow extends Error {}

export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && (error instanceof BodyTooLarge || error.cause instanceof BodyTooLarge)
}

/** Null for none. */
export function bodyOf(request: IncomingMessage, { bodyLimitBytes }: LocationOptions): Promise<Buffer> | Readable | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  const isHttp2 = request.httpVersionMajor >= 2
  if (!isHttp2 && length === undefined && encoding === undefined) return null
  if (length === '0') return null
  if (length !== undefined && Number(length) <= keptBodyBytes) return whole(request)
  if (isHttp2 && length === undefined && (request.method === 'GET' || request.method === 'HEAD')) return null
  if (bodyLimitBytes === 0) return request
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length
      done(size > bodyLimitBytes ? new BodyTooLarge('the body is too large') : null, chunk)
    },
  })
  // It may fail before anybody has begun to read it.
  counted.on('error', () => {})
  // Not a pipeline, which would end the connection before the refusal is sent.
  request.pipe(counted)
  request.once('close', () => {
    if (!request.complete) counted.destroy(new Error('the client is gone'))
  })
  return counted
}

function whole(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const timer = setTimeout(() => reject(new BodyTooSlow('the body does not come')), readTimeoutMs).unref()
    const fail = (error?: Error) => {
      clearTimeout(timer)
      reject(error ?? new Error('the client is gone'))
    }
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      timer.refresh()
    })
    request.on('end', () => {
      clearTimeout(timer)
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    })
    request.on('error', fail)
    request.on('close', () => {
      if (!request.complete) fail()
    })
  })
}
