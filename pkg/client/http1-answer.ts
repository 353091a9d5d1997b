/**
 * Reads the answers of an HTTP/1.1 connection as their bytes come. Strict: what is not plainly one of the three framings of RFC 9112
 * (a length, chunks, or until the connection's end) is an error, and the connection is not used again.
 */

export interface AnswerListener {
  /** The status line and headers are there; `head` is their text without the empty line. */
  onHead(status: number, head: string): void
  onBody(bytes: Buffer): void
  /** `reusable`: another request may follow on the connection. */
  onEnd(reusable: boolean): void
}

const maxHeadBytes = 1024 * 1024
const maxChunkLineBytes = 1024
const carriageReturn = 0x0d
const lineFeed = 0x0a

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'after-chunk' | 'trailers' | 'until-close'

export class AnswerReader {
  readonly #listener: AnswerListener
  #state: State = 'head'
  /** What of a head or a line came, and not yet its end. */
  #held: Buffer | undefined
  /** Of the body or the chunk. */
  #left = 0
  #reusable = false
  #expected: { readonly isHead: boolean } | undefined

  constructor(listener: AnswerListener) {
    this.#listener = listener
  }

  /** An answer will come; to HEAD it has no body. */
  expect(method: string): void {
    this.#expected = { isHead: method === 'HEAD' }
    this.#state = 'head'
  }

  /** Throws when the bytes are no answer, or an answer to nothing. */
  push(chunk: Buffer): void {
    let rest: Buffer | undefined = this.#held ? Buffer.concat([this.#held, chunk]) : chunk
    this.#held = undefined
    while (rest && rest.length > 0) rest = this.#step(rest)
  }

  /** The connection ended: a body without a length is whole, anything else is cut off. */
  close(): void {
    if (this.#state !== 'until-close' || !this.#expected) return
    this.#end()
  }

  /** Takes what it can; what is left is for the next step, nothing left waits for more. */
  #step(bytes: Buffer): Buffer | undefined {
    if (!this.#expected) throw new Error('the server sent what nobody asked for')
    switch (this.#state) {
      case 'head':
        return this.#head(bytes)
      case 'length':
      case 'chunk': {
        const taken = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left)
        this.#left -= taken.length
        this.#listener.onBody(taken)
        if (this.#left === 0) {
          if (this.#state === 'length') this.#end()
          else this.#state = 'after-chunk'
        }
        return bytes.subarray(taken.length)
      }
      case 'chunk-size':
      case 'after-chunk':
      case 'trailers':
        return this.#line(bytes)
      case 'until-close':
        this.#listener.onBody(bytes)
        return undefined
    }
  }

  #head(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) {
      if (bytes.length > maxHeadBytes) throw new Error('the head of the answer is too long')
      this.#held = bytes
      return undefined
    }
    const head = bytes.toString('latin1', 0, end)
    const rest = bytes.subarray(end + 4)
    const status = statusOf(head)
    // Interim answers: another head follows.
    if (status >= 100 && status < 200 && status !== 101) return rest
    const framing = framingOf(head)
    this.#reusable = framing.persistent && status !== 101
    this.#listener.onHead(status, head)
    if (this.#expected!.isHead || status === 204 || status === 304 || framing.length === 0) this.#end()
    else if (framing.length === 'chunked') this.#state = 'chunk-size'
    else if (framing.length === 'until close') {
      this.#state = 'until-close'
      this.#reusable = false
    } else {
      this.#state = 'length'
      this.#left = framing.length
    }
    return rest
  }

  #line(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(lineFeed)
    if (end < 0) {
      if (bytes.length > maxChunkLineBytes) throw new Error('a line between two chunks is too long')
      this.#held = bytes
      return undefined
    }
    if (end === 0 || bytes[end - 1] !== carriageReturn) throw new Error('a line between two chunks does not end as it should')
    const rest = bytes.subarray(end + 1)
    if (this.#state === 'chunk-size') {
      const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(bytes.toString('latin1', 0, end - 1))
      if (!size) throw new Error('the size of a chunk is no number')
      this.#left = Number.parseInt(size[1]!, 16)
      this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    } else if (this.#state === 'after-chunk') {
      if (end !== 1) throw new Error('a chunk is longer than it says')
      this.#state = 'chunk-size'
    } else if (end === 1) this.#end()
    return rest
  }

  #end(): void {
    this.#expected = undefined
    this.#listener.onEnd(this.#reusable)
  }
}

function statusOf(head: string): number {
  const found = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head)
  if (!found) throw new Error(`no HTTP answer: ${JSON.stringify(head.slice(0, 40))}`)
  return Number(found[1])
}

interface Framing {
  readonly length: number | 'chunked' | 'until close'
  readonly persistent: boolean
}

function framingOf(head: string): Framing {
  const connection = headerOf(head, 'connection')?.toLowerCase() ?? ''
  const persistent = head.startsWith('HTTP/1.1') ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection)
  const encoding = headerOf(head, 'transfer-encoding')
  const length = headerOf(head, 'content-length')
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== 'chunked') throw new Error(`a transfer encoding that was not asked for: ${encoding}`)
    // Both is a sign of trouble (RFC 9112, 6.3).
    return { length: 'chunked', persistent: persistent && length === undefined }
  }
  if (length === undefined) return { length: 'until close', persistent }
  if (!/^\d{1,15}$/.test(length)) throw new Error(`no length: ${length}`)
  return { length: Number(length), persistent }
}

/** Of one header in a head's text; several of one name are joined, as they may be. */
function headerOf(head: string, name: string): string | undefined {
  let found: string | undefined
  for (let at = head.indexOf('\r\n'); at >= 0; at = head.indexOf('\r\n', at + 2)) {
    const start = at + 2
    if (head.charCodeAt(start + name.length) !== 0x3a || head.slice(start, start + name.length).toLowerCase() !== name) continue
    const end = head.indexOf('\r\n', start)
    const value = head.slice(start + name.length + 1, end < 0 ? undefined : end).trim()
    found = found === undefined ? value : `${found}, ${value}`
  }
  return found
}

/** All headers of a head's text, names in lower case. */
export function headersOf(head: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}
