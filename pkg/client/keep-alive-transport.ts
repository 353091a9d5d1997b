/**
 * HTTP/1.1 to an API server over connections that are kept, for components that ask much: a request costs a quarter of what it costs by
 * node:https, and the server less as well, since a request comes in one piece (docs/decisions/0009-component-transport.md). Speaks to API
 * servers only: no proxies, no redirects, no compressed answers. Everything that users point anywhere goes by `https-transport.ts`.
 */
import { AnswerReader, headersOf } from './http1-answer.ts'
import { authorization, type HttpsTransportOptions, impersonation, tlsOptions } from './https-transport.ts'
import type { RawRequest, RawResponse, Transport } from './types.ts'

type Socket = import('node:net').Socket
type SecureContext = import('node:tls').SecureContext

const { connect: connectPlain } = process.getBuiltinModule('node:net')
const { connect: connectTls, createSecureContext } = process.getBuiltinModule('node:tls')

/** Requests without an answer yet, at a time; more of them wait. Streams that have begun do not count. */
const maxAsking = 100
/** Kept for the next request. */
const maxIdle = 128
/** Go's client: shorter than API servers and what stands before them keep an idle connection. */
const maxIdleMs = 90_000
const keepAliveMs = 30_000
/** A reader that does not keep up makes the server wait. */
const maxUnreadBytes = 1024 * 1024

export function createKeepAliveTransport(options: HttpsTransportOptions): Transport {
  const pool = new Pool(options)
  return {
    request: (raw) => pool.request(raw),
    close: () => pool.close(),
  }
}

class Pool {
  readonly #open: () => Socket
  readonly #headOf: (raw: RawRequest) => string
  readonly #all = new Set<Connection>()
  /** The newest last, which is used first: what is not needed grows old and goes. */
  #idle: Connection[] = []
  #asking = 0
  readonly #waiting: (() => void)[] = []
  #closed = false
  #sweep: NodeJS.Timeout | undefined

  constructor(options: HttpsTransportOptions) {
    const server = new URL(options.server)
    this.#open = opener(server, options)
    this.#headOf = headWriter(server, options)
  }

  async request(raw: RawRequest): Promise<RawResponse> {
    const head = this.#headOf(raw)
    while (this.#asking >= maxAsking && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
    this.#asking++
    try {
      return await this.#ask(raw, head)
    } finally {
      this.#asking--
      this.#waiting.shift()?.()
    }
  }

  async #ask(raw: RawRequest, head: string): Promise<RawResponse> {
    raw.signal?.throwIfAborted()
    if (this.#closed) throw new Error('the client is closed')
    const kept = this.#takeIdle()
    if (!kept) return this.#fresh().ask(raw, head)
    try {
      return await kept.ask(raw, head)
    } catch (error) {
      // The server may close an idle connection just as it is used again. Only what may be asked twice is asked again, as by Go's client.
      const harmless = raw.method === 'GET' || raw.method === 'HEAD'
      if (!harmless || kept.answered || raw.signal?.aborted || this.#closed) throw error
      return this.#fresh().ask(raw, head)
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#sweep)
    for (const connection of this.#all) connection.destroy(new Error('the client is closed'))
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #takeIdle(): Connection | undefined {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) if (kept.isUsable) return kept
    return undefined
  }

  #fresh(): Connection {
    const connection: Connection = new Connection(this.#open(), {
      onIdle: () => {
        if (this.#closed || this.#idle.length >= maxIdle) {
          connection.destroy()
          return
        }
        this.#idle.push(connection)
        this.#sweep ??= setTimeout(() => this.#dropOld(), maxIdleMs).unref()
      },
      onGone: () => {
        this.#all.delete(connection)
        if (connection.isIdle) this.#idle = this.#idle.filter((each) => each !== connection)
      },
    })
    this.#all.add(connection)
    return connection
  }

  #dropOld(): void {
    this.#sweep = undefined
    const before = performance.now() - maxIdleMs
    for (const connection of [...this.#idle]) if (connection.idleSince <= before) connection.destroy()
    if (this.#idle.length > 0) this.#sweep = setTimeout(() => this.#dropOld(), maxIdleMs / 3).unref()
  }
}

interface Owner {
  /** May be asked again. */
  onIdle(): void
  onGone(): void
}

class Connection {
  readonly #socket: Socket
  readonly #owner: Owner
  readonly #reader: AnswerReader
  #exchange: Exchange | undefined
  idleSince = 0
  /** Something of the newest answer has come. */
  answered = false

  constructor(socket: Socket, owner: Owner) {
    this.#socket = socket
    this.#owner = owner
    this.#reader = new AnswerReader({
      onHead: (status, head) => this.#exchange!.head(status, head),
      onBody: (bytes) => this.#exchange!.body(bytes),
      onEnd: (reusable) => this.#ended(reusable),
    })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMs)
    socket.on('data', (chunk: Buffer) => {
      this.answered = true
      try {
        this.#reader.push(chunk)
      } catch (error) {
        this.destroy(error as Error)
      }
    })
    socket.on('end', () => {
      this.#reader.close()
      socket.destroy()
    })
    socket.on('error', (error) => this.#lost(error))
    socket.on('close', () => {
      this.#lost(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
      this.#owner.onGone()
    })
  }

  get isIdle(): boolean {
    return this.#exchange === undefined
  }

  get isUsable(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded
  }

  ask(raw: RawRequest, head: string): Promise<RawResponse> {
    this.answered = false
    this.#reader.expect(raw.method)
    const exchange = new Exchange(this.#socket, raw.signal, (reason) => this.destroy(reason))
    this.#exchange = exchange
    const { body } = raw
    if (body === undefined || typeof body === 'string') this.#socket.write(body === undefined ? head : head + body)
    else {
      this.#socket.cork()
      this.#socket.write(head)
      this.#socket.write(body)
      this.#socket.uncork()
    }
    return exchange.answer
  }

  destroy(reason?: Error): void {
    if (reason) this.#lost(reason)
    this.#socket.destroy()
  }

  #ended(reusable: boolean): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.end()
    if (!reusable) {
      this.#socket.destroy()
      return
    }
    this.#socket.resume()
    this.idleSince = performance.now()
    this.#owner.onIdle()
  }

  #lost(error: Error): void {
    this.#exchange?.fail(error)
  }
}

/** A request and what comes of it: first the answer's head, then its body. */
class Exchange {
  readonly answer: Promise<RawResponse>
  readonly #socket: Socket
  readonly #cut: (reason: Error) => void
  readonly #signal: AbortSignal | undefined
  readonly #onAbort: (() => void) | undefined
  #resolve!: (response: RawResponse) => void
  #reject!: (error: Error) => void
  #unread: Buffer[] = []
  #unreadBytes = 0
  #state: 'open' | 'ended' | Error = 'open'
  #wake: (() => void) | undefined

  constructor(socket: Socket, signal: AbortSignal | undefined, cut: (reason: Error) => void) {
    this.#socket = socket
    this.#cut = cut
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (!signal) return
    this.#signal = signal
    this.#onAbort = () => cut(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  head(status: number, head: string): void {
    const bytes = (): Promise<Buffer> => this.#whole()
    let headers: Record<string, string> | undefined
    this.#resolve({
      status,
      get headers() {
        headers ??= headersOf(head)
        return headers
      },
      bytes,
      text: async () => (await bytes()).toString('utf8'),
      stream: () => this.#stream(),
    })
  }

  body(bytes: Buffer): void {
    this.#unread.push(bytes)
    this.#unreadBytes += bytes.length
    if (this.#unreadBytes > maxUnreadBytes) this.#socket.pause()
    this.#wake?.()
  }

  end(): void {
    this.#settle('ended')
  }

  fail(error: Error): void {
    if (this.#state !== 'open') return
    this.#settle(error)
    this.#reject(error)
  }

  #settle(state: 'ended' | Error): void {
    this.#state = state
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#wake?.()
  }

  async #whole(): Promise<Buffer> {
    const parts: Buffer[] = []
    while (this.#state === 'open') {
      parts.push(...this.#take())
      await this.#more()
    }
    if (this.#state !== 'ended') throw this.#state
    parts.push(...this.#take())
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  async *#stream(): AsyncGenerator<Uint8Array> {
    let isRead = false
    try {
      for (;;) {
        yield* this.#take()
        if (this.#unread.length > 0) continue
        if (this.#state === 'ended') break
        if (this.#state !== 'open') throw this.#state
        await this.#more()
      }
      isRead = true
    } finally {
      // Nobody will read the rest.
      if (!isRead && this.#state === 'open') this.#cut(new Error('the rest of the answer is not wanted'))
    }
  }

  #take(): Buffer[] {
    const taken = this.#unread
    this.#unread = []
    if (this.#unreadBytes > maxUnreadBytes && this.#state === 'open') this.#socket.resume()
    this.#unreadBytes = 0
    return taken
  }

  #more(): Promise<void> {
    if (this.#unread.length > 0 || this.#state !== 'open') return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}

function opener(server: URL, options: HttpsTransportOptions): () => Socket {
  const secure = server.protocol === 'https:'
  const host = server.hostname.replace(/^\[|\]$/g, '')
  const port = Number(server.port || (secure ? 443 : 80))
  if (!secure) return () => connectPlain({ host, port })
  const tls = tlsOptions(options)
  let secureContext: SecureContext | undefined
  return () => {
    // Reading the certificates costs more than a handshake.
    secureContext ??= createSecureContext(tls)
    return connectTls({ ...tls, secureContext, host, port, ...(options.serverName || /^[\d.]+$|:/.test(host) ? {} : { servername: host }) })
  }
}

/** A request's head as text. */
function headWriter(server: URL, options: HttpsTransportOptions): (raw: RawRequest) => string {
  const prefix = server.pathname.replace(/\/$/, '')
  const credentials = authorization(options)
  const fixed: [string, string][] = Object.entries(impersonation(options)).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  )
  return ({ method, path, headers = {}, body }) => {
    if (/\s/.test(method) || /\s/.test(path)) throw new TypeError(`no method and path: ${JSON.stringify(`${method} ${path}`)}`)
    let head = `${checked(method)} ${checked(prefix + path)} HTTP/1.1\r\nhost: ${server.host}\r\n`
    const auth = credentials()
    if (auth) head += `authorization: ${auth}\r\n`
    for (const [name, value] of fixed) head += `${name}: ${checked(value)}\r\n`
    for (const name in headers) head += `${name}: ${checked(headers[name]!)}\r\n`
    if (body !== undefined) head += `content-length: ${typeof body === 'string' ? Buffer.byteLength(body) : body.length}\r\n`
    return `${head}\r\n`
  }
}

/** Nothing may end the line it stands in, and all is ASCII. */
function checked(text: string): string {
  if (/[^\t\x20-\x7e]/.test(text)) throw new TypeError(`not for a request's head: ${JSON.stringify(text)}`)
  return text
}
