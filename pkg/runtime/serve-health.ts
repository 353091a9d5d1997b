/**
 * What the controllers and the scheduler serve on the loopback interface: health and metrics by plain HTTP; and on the same port by TLS
 * /configz, /flagz and /statusz too, for who is allowed. Upstream: kube-controller-manager's and kube-scheduler's secure port.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { answerZPage, flagzPage, isForPeople, type StatuszFacts, statuszPage, type ZPage } from '#zpages/index.ts'

export interface HealthCheck {
  readonly name: string
  /** Undefined: well. Otherwise what is wrong. */
  check(): string | undefined
}

/** As a Status says it. */
export interface Refusal {
  readonly code: number
  readonly reason: string
  readonly message: string
  readonly details?: object
}

export interface SecureDoor {
  readonly certificate: string
  readonly key: string
  /** Whose client certificates name users. */
  readonly clientCa: string
  /** Asked of every request but those for health. */
  refusal(request: IncomingMessage, path: string): Promise<Refusal | undefined>
  /** "kube-scheduler". */
  readonly component: string
  readonly flags: Readonly<Record<string, string>>
  /** By the name under which it is shown. */
  readonly configuration: Readonly<Record<string, object>>
  readonly facts: () => Omit<StatuszFacts, 'paths'>
}

export interface HealthServerOptions {
  /** Zero: any that is free. */
  readonly port: number
  readonly host?: string
  /** By endpoint: "healthz", "livez", "readyz". */
  readonly checks: Readonly<Record<string, () => readonly HealthCheck[]>>
  /** Each answers a part in Prometheus' text format. */
  readonly metrics: readonly (() => string)[]
  readonly secure?: SecureDoor
}

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
const json = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }
const notFound: Answer = { status: 404, body: '404 page not found\n', headers: plain }
/** The first byte of a connection that begins with a TLS handshake. */
const handshake = 22
const idleMs = 10_000

/** Rejects when the port cannot be had. */
export async function serveHealth(options: HealthServerOptions): Promise<HealthServer> {
  const { port, host = '127.0.0.1', secure } = options
  const open = createHttpServer((request, response) => send(request, response, answerOpenly(options, request)))
  const closed = secure
    ? createHttpsServer(
        { cert: secure.certificate, key: secure.key, ca: secure.clientCa, requestCert: true, rejectUnauthorized: false },
        (request, response) => {
          void answerSecurely(options, secure, request)
            .catch((): Answer => ({ status: 500, body: 'Internal Server Error\n', headers: plain }))
            .then((answer) => send(request, response, answer))
        },
      )
    : undefined
  for (const each of [open, closed]) if (each) each.requestTimeout = idleMs
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
    socket.once('data', (first) => {
      socket.pause()
      socket.unshift(first)
      const target = closed && first[0] === handshake ? closed : open
      target.emit('connection', socket)
      process.nextTick(() => socket.resume())
    })
  })
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve()))
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, body, headers = plain }: Answer): void {
  response.writeHead(status, { 'cache-control': 'no-cache, private', ...headers }).end(method === 'HEAD' ? undefined : body)
}

const urlOf = ({ url }: IncomingMessage): URL => new URL(url ?? '/', 'http://localhost')

/** Nobody is known here: what is not for everybody is refused as upstream refuses the anonymous. */
function answerOpenly(options: HealthServerOptions, request: IncomingMessage): Answer {
  const url = urlOf(request)
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'method not allowed\n' }
  return healthAnswer(options, url) ?? metricsAnswer(options, url) ?? notFound
}

async function answerSecurely(options: HealthServerOptions, secure: SecureDoor, request: IncomingMessage): Promise<Answer> {
  const url = urlOf(request)
  const path = url.pathname
  // These are for everybody, but not what is below them.
  const refused = ['/healthz', '/livez', '/readyz'].includes(path) ? undefined : await secure.refusal(request, path)
  if (refused) {
    const { code, reason, message, details } = refused
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details ? { details } : {}), code }
    return { status: code, body: JSON.stringify(status, undefined, 2), headers: code === 403 ? json : { 'content-type': 'application/json' } }
  }
  if (path === '/configz') return { status: 200, body: JSON.stringify(secure.configuration), headers: json }
  const page = zPageOf(options, secure, path)
  if (page) return answerZPage(page, { accept: request.headers.accept, pretty: isForPeople(request.headers['user-agent']) })
  return healthAnswer(options, url) ?? metricsAnswer(options, url) ?? notFound
}

function zPageOf({ checks }: HealthServerOptions, { component, flags, facts }: SecureDoor, path: string): ZPage | undefined {
  if (path === '/flagz') return flagzPage(component, flags)
  if (path !== '/statusz') return undefined
  const paths = ['/configz', '/flagz', '/metrics', ...Object.keys(checks).map((endpoint) => `/${endpoint}`)].sort()
  return statuszPage(component, { ...facts(), paths })
}

function metricsAnswer({ metrics }: HealthServerOptions, { pathname }: URL): Answer | undefined {
  if (pathname !== '/metrics') return undefined
  return { status: 200, body: metrics.map((part) => part()).join(''), headers: { ...plain, 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } }
}

function healthAnswer({ checks }: HealthServerOptions, { pathname, searchParams }: URL): Answer | undefined {
  const endpoint = pathname.slice(1)
  const own = Object.hasOwn(checks, endpoint) ? checks[endpoint]! : undefined
  if (!own) return undefined
  const excluded = new Set(searchParams.getAll('exclude'))
  const results = own().map(({ name, check }) => (excluded.delete(name) ? 'excluded: ok' : check() === undefined ? 'ok' : undefined))
  const names = own().map(({ name }) => name)
  const lines = names.map((name, at) => (results[at] ? `[+]${name} ${results[at]}\n` : `[-]${name} failed: reason withheld\n`)).join('')
  const unmatched = [...excluded].map((name) => JSON.stringify(name)).join(',')
  const warning = unmatched ? `warn: some health checks cannot be excluded: no matches for ${unmatched}\n` : ''
  if (results.includes(undefined)) return { status: 500, body: `${lines}${warning}${endpoint} check failed\n` }
  return { status: 200, body: searchParams.has('verbose') ? `${lines}${warning}${endpoint} check passed\n` : 'ok' }
}
