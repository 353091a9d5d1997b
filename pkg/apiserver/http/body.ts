/** Reads a request's body, bounded. */
import type { Readable } from 'node:stream'
import { badRequest, requestEntityTooLarge } from '#apimachinery/status-error.ts'

/** Upstream: 3 MiB, two of etcd's requests. */
export const maxBodyBytes = 3 * 1024 * 1024

export interface BodySource {
  body(): Promise<Uint8Array>
  bodyStream(): AsyncIterable<Uint8Array>
}

export function bodyOf(stream: Readable, announcedLength: string | undefined): BodySource {
  let whole: Promise<Uint8Array> | undefined
  return {
    body: () => (whole ??= readWhole(stream, Number(announcedLength ?? 0))),
    bodyStream: () => stream as AsyncIterable<Uint8Array>,
  }
}

function readWhole(stream: Readable, announced: number): Promise<Uint8Array> {
  if (announced > maxBodyBytes) return Promise.reject(tooLarge())
  if (stream.readableEnded) return Promise.resolve(new Uint8Array())
  return new Promise((resolve, reject) => {
    const blocks: Buffer[] = []
    let size = 0
    const take = (block: Buffer): void => {
      size += block.length
      if (size <= maxBodyBytes) {
        blocks.push(block)
        return
      }
      stream.off('data', take)
      stream.pause()
      blocks.length = 0
      reject(tooLarge())
    }
    stream.on('data', take)
    let isWhole = false
    stream.on('end', () => {
      isWhole = true
      resolve(blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks))
    })
    stream.on('error', (error) => reject(badRequest(`the body could not be read: ${error.message}`, error)))
    stream.on('close', () => {
      // Every stream closes at last; an error made for each of them would cost more than the reading.
      if (!isWhole) reject(badRequest('unexpected EOF'))
    })
  })
}

/** As long as Go's server waits for a client to have read what it was answered. */
const lingerMs = 500

/** What is left of a body that nobody wants: a connection closed over it would be reset, and the answer with it. */
export function discardRest(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      stream.off('end', done).off('close', done)
      resolve()
    }
    const timer = setTimeout(done, lingerMs)
    stream.on('end', done).on('close', done)
    stream.resume()
  })
}

function tooLarge() {
  return requestEntityTooLarge(`Request entity too large: limit is ${maxBodyBytes}`)
}
