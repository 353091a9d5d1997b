/** Answers of HTTP/1.1 endpoints as they come (RFC 9112), however they are cut into pieces. What can be read in two ways is an error. */
import type { IncomingHttpHeaders } from 'node:http'
import { readHeaders } from './header-lines.ts'

export interface ResponseHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The endpoint means to keep the connection. */
  readonly keepsAlive: boolean
}

/** Told in this order; a head once, pieces of the body, the end. */
export interface ResponseEvents {
  head(head: ResponseHead): void
  data(chunk: Buffer): void
  end(trailers: IncomingHttpHeaders): void
}

/** Of a head, and of trailers. */
const headLimit = 32 * 1024
const sizeLineLimit = 4096
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const chunkSize = /^([\da-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i

type State = 'head' | 'length' | 'untilClose' | 'size' | 'chunk' | 'chunkEnd' | 'trailers' | 'done'

export class ResponseParser {
  readonly #events: ResponseEvents
  readonly #isHead: boolean
  #state: State = 'head'
  /** Bytes of an element that has not come whole. */
  #rest: Buffer | undefined
  /** Of the body, or of a piece of it. */
  #left = 0
  #trailers: string[] = []
  #trailerBytes = 0

  constructor(method: string, events: ResponseEvents) {
    this.#isHead = method === 'HEAD'
    this.#events = events
  }

  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** Gives what belongs to no answer: bytes behind its end, or those of the protocol that was switched to. Throws for what is no answer. */
  feed(chunk: Buffer): Buffer | undefined {
    let bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = undefined
    while (bytes.length > 0) {
      if (this.#state === 'done') return bytes
      const used = this.#step(bytes)
      if (used === 0) {
        this.#rest = bytes
        return undefined
      }
      bytes = bytes.subarray(used)
    }
    return undefined
  }

  /** The endpoint sends no more. Whether that was the end of the answer. */
  finish(): boolean {
    if (this.#state === 'untilClose') this.#end({})
    return this.#state === 'done'
  }

  /** How many bytes it used: none when it needs more. */
  #step(bytes: Buffer): number {
    switch (this.#state) {
      case 'head': {
        const end = bytes.indexOf('\r\n\r\n', 0, 'latin1')
        if (end > headLimit || (end < 0 && bytes.length > headLimit)) throw new Error('the head of the answer is too large')
        if (end < 0) return 0
        this.#head(bytes.toString('latin1', 0, end))
        return end + 4
      }
      case 'untilClose':
        this.#events.data(bytes)
        return bytes.length
      case 'length':
      case 'chunk':
        return this.#body(bytes)
      default:
        return this.#line(bytes)
    }
  }

  #head(text: string): void {
    const lines = text.split('\r\n')
    const found = statusLine.exec(lines[0]!)
    if (!found) throw new Error(`no status line: ${JSON.stringify(lines[0]!.slice(0, 64))}`)
    const status = Number(found[2])
    const headers = readHeaders(lines, 1)
    // Those that come before the answer say nothing that we pass on.
    if (status < 200 && status !== 101) return
    const { 'transfer-encoding': coding, 'content-length': length, connection } = headers
    const isChunked = coding !== undefined
    if (isChunked && coding.toLowerCase() !== 'chunked') throw new Error(`unknown Transfer-Encoding ${JSON.stringify(coding)}`)
    if (isChunked && length !== undefined) throw new Error('Content-Length beside Transfer-Encoding')
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new Error(`no Content-Length: ${JSON.stringify(length)}`)
    const said = connection?.toLowerCase()
    const hasEnd = status === 101 || this.#isHead || status === 204 || status === 304 || isChunked || length !== undefined
    const isNew = found[1] === '1'
    const keepsAlive = hasEnd && (said === undefined ? isNew : isNew ? !/\bclose\b/.test(said) : /\bkeep-alive\b/.test(said) && !isChunked)
    this.#events.head({ status, headers, keepsAlive })
    if (status === 101) this.#state = 'done'
    else if (this.#isHead || status === 204 || status === 304) this.#end({})
    else if (isChunked) this.#state = 'size'
    else if (length === undefined) this.#state = 'untilClose'
    else {
      this.#left = Number(length)
      this.#state = 'length'
      if (this.#left === 0) this.#end({})
    }
  }

  #body(bytes: Buffer): number {
    const used = Math.min(bytes.length, this.#left)
    this.#left -= used
    this.#events.data(used === bytes.length ? bytes : bytes.subarray(0, used))
    if (this.#left > 0) return used
    if (this.#state === 'length') this.#end({})
    else this.#state = 'chunkEnd'
    return used
  }

  #line(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n', 0, 'latin1')
    const limit = this.#state === 'trailers' ? headLimit : sizeLineLimit
    if (end > limit || (end < 0 && bytes.length > limit)) throw new Error('a line of the answer is too long')
    if (end < 0) return 0
    this.#take(bytes.toString('latin1', 0, end))
    return end + 2
  }

  #take(line: string): void {
    if (this.#state === 'chunkEnd') {
      if (line !== '') throw new Error('a chunk is longer than it said')
      this.#state = 'size'
    } else if (this.#state === 'size') {
      const found = chunkSize.exec(line)
      if (!found) throw new Error(`no size of a chunk: ${JSON.stringify(line.slice(0, 64))}`)
      this.#left = Number.parseInt(found[1]!, 16)
      this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    } else if (line !== '') {
      this.#trailerBytes += line.length + 2
      if (this.#trailerBytes > headLimit) throw new Error('the trailers of the answer are too large')
      this.#trailers.push(line)
    } else this.#end(readHeaders(this.#trailers, 0))
  }

  #end(trailers: IncomingHttpHeaders): void {
    this.#state = 'done'
    this.#events.end(trailers)
  }
}
