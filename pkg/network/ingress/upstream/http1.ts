/**
 * Requests to endpoints by HTTP/1.1 over kept connections. Not by node:http's client, which takes more of the processor than all the rest of a
 * request's way (docs/decisions/0005).
 */
import type { IncomingHttpHeaders } from 'node:http'
import { connect as connectPlainly, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { connect as connectSecurely } from 'node:tls'
import type { Clock, Timer } from '#base/clock.ts'
import { writeHeaders } from './header-lines.ts'
import { type ResponseEvents, type ResponseHead, ResponseParser } from './response-parser.ts'
import { hostName } from '../request/facts.ts'
import type { Endpoint } from '../types.ts'
import { plainTls, type UpstreamTls } from './tls.ts'
import { type UpstreamAnswer, UpstreamError, type UpstreamRequest, type UpstreamResponse } from './types.ts'

/** Kept idle for less than servers commonly do (Node.js: 5 s), so that a request seldom meets a connection that is being closed. */
const idleMs = 4_000
const sweepMs = 1_000
/** Idle connections of an endpoint. */
const idleLimit = 1024
/** Sessions of TLS to go on with, an endpoint each. */
const sessionLimit = 1024
/** Methods whose requests have no body unless they say so. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

type Body = Readable | Buffer | null

export class Http1Upstream {
  readonly #clock: Clock
  /** The one used last is at the end. */
  readonly #idle = new Map<string, Kept[]>()
  readonly #sessions = new Map<string, Buffer>()
  #sweep: Timer | undefined
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  send(endpoint: Endpoint, request: UpstreamRequest, body: Body, onCancel: (cancel: () => void) => void): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      const { options, tls = plainTls } = request
      const secure = options.backendProtocol === 'HTTPS' ? tls : undefined
      const servername = secure ? (secure.options.servername ?? nameOf(String(request.headers.host ?? endpoint.address))) : ''
      const key = secure ? `${endpoint.address} ${endpoint.port} ${servername} ${secure.key}` : `${endpoint.address} ${endpoint.port}`
      const kept = this.#take(key)
      const errand = new Errand(request, body, { isFirst: kept === undefined, resolve, reject })
      onCancel(() => errand.cancel())
      if (kept) kept.begin(errand)
      else this.#open(key, endpoint, secure && { ...secure.options, servername }, errand, options.connectTimeoutMs)
    })
  }

  #open(key: string, { address: host, port }: Endpoint, tls: UpstreamTls['options'] | undefined, errand: Errand, timeoutMs: number): void {
    const session = tls && this.#sessions.get(key)
    const socket = tls
      ? connectSecurely({ host, port, ALPNProtocols: ['http/1.1'], ...tls, ...(session ? { session } : {}) })
      : connectPlainly({ host, port, noDelay: true, keepAlive: true })
    if (tls) socket.setNoDelay(true).on('session', (given: Buffer) => this.#remember(key, given))
    const kept = new Kept(socket, (own) => this.#free(key, own))
    kept.await(errand)
    const timer = setTimeout(() => errand.fail(new Error('connect timeout'), { timedOut: true }), timeoutMs)
    socket.once('close', () => clearTimeout(timer))
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      if (!errand.isOver) kept.begin(errand)
    })
  }

  #remember(key: string, session: Buffer): void {
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    if (this.#sessions.size > sessionLimit) this.#sessions.delete(this.#sessions.keys().next().value!)
  }

  #take(key: string): Kept | undefined {
    const list = this.#idle.get(key)
    const now = this.#clock.now()
    for (let kept = list?.pop(); kept; kept = list?.pop()) {
      if (kept.isOpen && kept.goodUntil > now) return kept
      kept.destroy()
    }
    return undefined
  }

  #free(key: string, kept: Kept): void {
    const list = this.#idle.get(key) ?? []
    if (this.#closed || list.length >= idleLimit) {
      kept.destroy()
      return
    }
    kept.goodUntil = this.#clock.now() + kept.keepsMs
    if (list.push(kept) === 1) this.#idle.set(key, list)
    this.#sweep ??= this.#clock.after(sweepMs, () => this.#drop())
  }

  /** Ends what has been idle for too long. */
  #drop(): void {
    this.#sweep = undefined
    const now = this.#clock.now()
    for (const [key, list] of this.#idle) {
      const good = list.filter((kept) => kept.isOpen && kept.goodUntil > now)
      for (const kept of list) if (!good.includes(kept)) kept.destroy()
      if (good.length > 0) this.#idle.set(key, good)
      else this.#idle.delete(key)
    }
    if (this.#idle.size > 0) this.#sweep = this.#clock.after(sweepMs, () => this.#drop())
  }

  close(): void {
    this.#closed = true
    this.#sweep?.cancel()
    for (const list of this.#idle.values()) for (const kept of list) kept.destroy()
    this.#idle.clear()
  }
}

/** The name to ask for by SNI; addresses are none. */
function nameOf(host: string): string {
  const name = hostName(host)
  return /^[\d.]+$|:/.test(name) ? '' : name
}

/** A connection to an endpoint, which serves one request after another. */
class Kept {
  readonly socket: Socket
  readonly #onFree: (kept: Kept) => void
  #errand: Errand | undefined
  #timeoutMs = 0
  goodUntil = 0
  keepsMs = 0

  constructor(socket: Socket, onFree: (kept: Kept) => void) {
    this.socket = socket
    this.#onFree = onFree
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('end', () => this.#gone())
    socket.on('close', () => this.#gone())
    socket.on('error', (error) => this.#errand?.fail(error))
    socket.on('timeout', () => this.#timeout())
    socket.on('drain', () => this.#errand?.goOn())
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable
  }

  /** Whoever the connection is made for. */
  await(errand: Errand): void {
    this.#errand = errand
    errand.kept = this
  }

  begin(errand: Errand): void {
    this.await(errand)
    const { readTimeoutMs } = errand.request.options
    // Each call costs; nearly always it is what it was.
    if (this.#timeoutMs !== readTimeoutMs) this.socket.setTimeout(readTimeoutMs)
    this.#timeoutMs = readTimeoutMs
    errand.begin(this.socket)
  }

  destroy(): void {
    this.#errand = undefined
    this.socket.destroy()
  }

  /** The errand is done; `keepsMs`: for how long the connection is of use to others. */
  end(keepsMs: number): void {
    this.#errand = undefined
    this.keepsMs = keepsMs
    if (keepsMs > 0 && this.isOpen) this.#onFree(this)
    else this.socket.destroy()
  }

  #read(chunk: Buffer): void {
    const errand = this.#errand
    // Nobody asked.
    if (!errand) this.socket.destroy()
    else errand.read(chunk)
  }

  #gone(): void {
    this.#errand?.finish()
    this.destroy()
  }

  #timeout(): void {
    const errand = this.#errand
    if (!errand) this.socket.destroy()
    // The client does not take what has come; that is no fault of the endpoint.
    else if (errand.waitsForReader) this.socket.setTimeout(this.#timeoutMs)
    else errand.fail(new Error('read timeout'), { timedOut: true })
  }
}

interface Outcome {
  /** The connection is a new one. */
  readonly isFirst: boolean
  readonly resolve: (answer: UpstreamAnswer) => void
  readonly reject: (error: Error) => void
}

/** One request and its answer. */
class Errand implements ResponseEvents {
  readonly request: UpstreamRequest
  readonly #text: string
  readonly #body: Body
  readonly #outcome: Outcome
  readonly #parser: ResponseParser
  #begun = false
  /** Something of the answer has come. */
  #heard = false
  /** The whole request is written. */
  #written = false
  #isChunked = false
  #head: ResponseHead | undefined
  #answer: Answer | undefined
  #early: Buffer[] = []
  #trailers: IncomingHttpHeaders = noHeaders
  kept: Kept | undefined
  isOver = false

  constructor(request: UpstreamRequest, body: Body, outcome: Outcome) {
    this.request = request
    this.#body = body
    this.#outcome = outcome
    this.#text = this.#headText()
    this.#parser = new ResponseParser(request.method, this)
  }

  get waitsForReader(): boolean {
    return this.#answer?.isFull === true
  }

  begin(socket: Socket): void {
    this.#begun = true
    const body = this.#body
    if (body === null || Buffer.isBuffer(body)) {
      if (body === null || body.length === 0) socket.write(this.#text, 'latin1')
      else socket.write(Buffer.concat([Buffer.from(this.#text, 'latin1'), body]))
      this.#written = true
      return
    }
    const cutShort = (error?: Error | null) => {
      if (!this.#written) this.fail(error ?? new Error('the request was cut short'))
    }
    if (body.destroyed) {
      cutShort(body.errored)
      return
    }
    socket.write(this.#text, 'latin1')
    body.on('data', this.#pass)
    body.once('end', () => {
      this.#written = true
      if (this.#isChunked && !this.isOver) socket.write('0\r\n\r\n', 'latin1')
    })
    body.once('error', cutShort)
    body.once('close', () => cutShort())
    body.resume()
  }

  readonly #pass = (chunk: Buffer) => {
    const { socket } = this.kept!
    if (this.isOver || chunk.length === 0 || !socket.writable) return
    let takes: boolean
    if (this.#isChunked) {
      socket.cork()
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
      socket.write(chunk)
      takes = socket.write('\r\n', 'latin1')
      socket.uncork()
    } else takes = socket.write(chunk)
    if (!takes) (this.#body as Readable).pause()
  }

  /** The connection takes more of the body. */
  goOn(): void {
    if (this.#body !== null && !Buffer.isBuffer(this.#body)) this.#body.resume()
  }

  read(chunk: Buffer): void {
    this.#heard = true
    let rest: Buffer | undefined
    try {
      rest = this.#parser.feed(chunk)
    } catch (error) {
      this.fail(error as Error)
    }
    const head = this.#head
    if (this.isOver || !head) return
    if (head.status === 101) this.#switch(head, rest ?? nothing)
    else {
      if (!this.#answer) this.#open(head)
      if (this.#parser.isDone) this.#over(this.#written && rest === undefined ? keepsMs(head) : 0)
    }
  }

  head(head: ResponseHead): void {
    this.#head = head
  }

  data(chunk: Buffer): void {
    if (this.#answer) this.#answer.push(chunk)
    else this.#early.push(chunk)
  }

  end(trailers: IncomingHttpHeaders): void {
    this.#trailers = trailers
    this.#answer?.finish()
  }

  #open(head: ResponseHead): void {
    const early = this.#early.length === 1 ? this.#early[0]! : Buffer.concat(this.#early)
    this.#early = []
    const isWhole = this.#parser.isDone
    const kept = this.kept!
    const answer = new Answer(head, () => this.#trailers, isWhole ? early : undefined, {
      pull: () => kept.socket.resume(),
      stop: () => kept.socket.pause(),
      giveUp: () => this.cancel(),
    })
    this.#answer = answer
    if (!isWhole && early.length > 0) answer.push(early)
    this.#outcome.resolve({ kind: 'response', response: answer })
  }

  #switch({ headers }: ResponseHead, head: Buffer): void {
    const { socket } = this.kept!
    this.isOver = true
    for (const name of ['data', 'end', 'close', 'error', 'timeout', 'drain']) socket.removeAllListeners(name)
    socket.setTimeout(0)
    socket.pause()
    socket.on('error', () => {})
    this.#outcome.resolve({ kind: 'upgrade', headers, socket, head })
  }

  /** The endpoint sends no more. */
  finish(): void {
    if (this.isOver) return
    if (this.#parser.finish()) {
      if (this.#head && !this.#answer) this.#open(this.#head)
      this.#over(0)
    } else this.fail(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
  }

  cancel(): void {
    this.fail(new Error('given up'))
  }

  fail(cause: NodeJS.ErrnoException, { timedOut = false } = {}): void {
    if (this.isOver) return
    this.isOver = true
    const body = this.#body
    const streams = body !== null && !Buffer.isBuffer(body)
    if (streams) body.off('data', this.#pass)
    this.kept?.destroy()
    if (this.#answer) {
      this.#answer.fail(cause)
      return
    }
    // A kept connection that was closed as we wrote on it: the other end had ended before our request came.
    const stale = !this.#outcome.isFirst && !this.#heard && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')
    const read = streams && this.#begun
    this.#outcome.reject(new UpstreamError(cause.message, { untouched: !read && (!this.#begun || (stale && body === null)), timedOut, cause }))
  }

  #over(keepsMs: number): void {
    this.isOver = true
    if (this.#body !== null && !Buffer.isBuffer(this.#body)) this.#body.off('data', this.#pass)
    this.kept!.end(keepsMs)
  }

  #headText(): string {
    const { method, target, headers } = this.request
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(method) || /[^\x21-\xff]/.test(target)) throw new Error('the request line cannot be sent')
    // What is said of the body's length is what is sent, whoever said something else.
    const { 'content-length': length, 'transfer-encoding': _coding, ...rest } = headers
    let text = `${method} ${target} HTTP/1.1\r\n${writeHeaders(rest)}`
    const body = this.#body
    if (body === null) {
      if (length === '0' || !bodiless.has(method)) text += 'content-length: 0\r\n'
    } else if (Buffer.isBuffer(body)) text += `content-length: ${body.length}\r\n`
    else if (length !== undefined) text += `content-length: ${length}\r\n`
    else {
      this.#isChunked = true
      text += 'transfer-encoding: chunked\r\n'
    }
    return `${text}\r\n`
  }
}

const nothing = Buffer.alloc(0)
const noHeaders: IncomingHttpHeaders = {}

interface Source {
  pull(): void
  stop(): void
  giveUp(): void
}

/** For how long a connection may be idle after this answer: less than the endpoint says. */
function keepsMs({ keepsAlive, headers }: ResponseHead): number {
  if (!keepsAlive) return 0
  const hint = headers['keep-alive']
  const seconds = typeof hint === 'string' ? /\btimeout=(\d{1,9})/i.exec(hint)?.[1] : undefined
  return seconds === undefined ? idleMs : Math.min(idleMs, Number(seconds) * 1000 - 1000)
}

/** What an endpoint answers. A body that came with its head is there as it is, and a stream only for who wants one. */
class Answer implements UpstreamResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly whole: Buffer | undefined
  readonly trailers: () => IncomingHttpHeaders
  readonly #source: Source
  #body: Readable | undefined
  isFull = false

  constructor({ status, headers }: ResponseHead, trailers: () => IncomingHttpHeaders, whole: Buffer | undefined, source: Source) {
    this.status = status
    this.headers = headers
    this.trailers = trailers
    this.whole = whole
    this.#source = source
  }

  get body(): Readable {
    if (this.#body) return this.#body
    this.#body = new Readable({
      read: () => {
        if (!this.isFull) return
        this.isFull = false
        this.#source.pull()
      },
      destroy: (error, done) => {
        this.#source.giveUp()
        done(error)
      },
    })
    // Who reads it listens himself; who does not need not know.
    this.#body.on('error', () => {})
    if (this.whole !== undefined) {
      if (this.whole.length > 0) this.#body.push(this.whole)
      this.#body.push(null)
    }
    return this.#body
  }

  push(chunk: Buffer): void {
    if (this.body.push(chunk)) return
    this.isFull = true
    this.#source.stop()
  }

  finish(): void {
    this.body.push(null)
  }

  fail(error: Error): void {
    this.body.destroy(error)
  }
}
