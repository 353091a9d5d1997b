/** The kubelet's HTTPS API on the node's port: each request is let in or refused, and handed to its route or stream. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Logger } from '#base/log.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import type { Cri } from '../cri/index.ts'
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts'
import type { StatsSource } from '../stats/collect.ts'
import type { KubeletTls, PodDirectory, UpgradeHandlers } from '../types.ts'
import { isForPeople } from '#zpages/index.ts'
import type { Access } from './access.ts'
import type { LocalVolumes } from '../volumes/local-volumes.ts'
import { HttpError } from './http-error.ts'
import { answer, refuseDebugging } from './routes.ts'
import { refuseNoStreams, streamTarget } from './stream-target.ts'
import { tlsLimits } from './tls-settings.ts'

export interface KubeletServerOptions {
  readonly tls: KubeletTls
  readonly address: string
  readonly port: number
  readonly nodeName: string
  readonly nodeAddress: string
  readonly pods: PodDirectory
  readonly cri: Cri
  readonly log: Logger
  readonly healthy: () => string | undefined
  /** Of the kubelet: what /statusz and kubernetes_build_info show. */
  readonly version: string
  /** What /flagz shows. */
  readonly flags?: Readonly<Record<string, string>>
  /** What /configz shows. */
  readonly configuration?: CompleteConfiguration
  readonly localVolumes?: LocalVolumes | undefined
  readonly access: Access
  readonly stats: StatsSource
  /** The text of /metrics/probes. */
  readonly probeMetrics: () => string
  /** Milliseconds; the system's clock unless told. */
  readonly now?: () => number
  /** Counted by the kubelet's parts; shown with those that are counted when somebody asks. */
  readonly metrics: KubeletMetrics
  readonly upgradeHandlers?: UpgradeHandlers | undefined
}

/** Upstream's IdleTimeout: the API server keeps its connections, and would often find one gone that ends with Node's five seconds. */
const idleMs = 90_000
/** Go's: the command that is to be executed is in the path, each of its words. */
const maxHeaderBytes = 1 << 20

export async function startServer(options: KubeletServerOptions): Promise<Server> {
  const { tls, address, port, log, access } = options
  const server = createServer({
    cert: tls.cert,
    key: tls.key,
    ca: clientAuthorities(tls, options.configuration),
    requestCert: true,
    rejectUnauthorized: false,
    ...(options.configuration ? tlsLimits(options.configuration) : {}),
    keepAliveTimeout: idleMs,
    maxHeaderSize: maxHeaderBytes,
  })
  const admit = async (request: IncomingMessage): Promise<URL> => {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    await access(request, url.pathname)
    return url
  }
  let inflight = 0
  server.on('request', (request, response) => {
    countRequest(options, request, response, (change) => {
      inflight += change
      return inflight
    })
    void admit(request)
      .then((url) =>
        answer(options, { method: request.method ?? 'GET', url, accept: request.headers.accept, pretty: isForPeople(request.headers['user-agent']) }, response),
      )
      .catch((error) => refuse(response, error, log))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    void admit(request)
      .then((url) => {
        refuseDebugging(options, url.pathname)
        if (/^\/(exec|attach)\//.test(url.pathname)) refuseNoStreams(url.searchParams)
        const target = streamTarget(options, url)
        if (!options.upgradeHandlers) throw new HttpError(501, 'streaming is not enabled on this node')
        return options.upgradeHandlers.handle(target, request, socket, head, options.cri)
      })
      .catch((error) => {
        const { status, message } = toHttp(error)
        if (socket.writable)
          socket.end(
            `HTTP/1.1 ${status} ${reasonOf(status)}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(message)}\r\nconnection: close\r\n\r\n${message}`,
          )
      })
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: address }, () => resolve())
  })
  return server
}

/** By the first part of the path, as upstream tells paths apart. */
function countRequest(
  { metrics, now = Date.now }: KubeletServerOptions,
  { method, url }: IncomingMessage,
  response: ServerResponse,
  add: (change: number) => number,
): void {
  const [head = '', next = ''] = (url ?? '/').split('?')[0]!.split('/').slice(1)
  const path = head === 'metrics' && next ? `metrics/${next}` : head
  const labels = { method: method ?? '', path: knownPaths.has(path) ? path : 'other', server_type: 'readwrite', long_running: String(longRunning.has(head)) }
  const began = now()
  metrics.requests.add(labels)
  metrics.inflight.set(add(1))
  response.once('close', () => {
    metrics.inflight.set(add(-1))
    metrics.requestSeconds.observe((now() - began) / 1000, labels)
  })
}

const knownPaths: ReadonlySet<string> = new Set([
  ...['attach', 'configz', 'containerLogs', 'debug', 'exec', 'flagz', 'healthz', 'logs', 'metrics', 'metrics/cadvisor', 'metrics/probes', 'metrics/resource'],
  ...['pods', 'portForward', 'run', 'runningpods', 'stats', 'statusz'],
])
const longRunning: ReadonlySet<string> = new Set(['exec', 'attach', 'portForward', 'debug'])

/** clientCAFile comes to the cluster's own authority. */
export function clientAuthorities({ clientCa }: KubeletTls, configuration: CompleteConfiguration | undefined): string[] {
  const file = configuration?.authentication.x509.clientCAFile
  return [clientCa, ...(file ? [readFileSync(file, 'utf8')] : [])]
}

function toHttp(error: unknown): { status: number; message: string } {
  if (error instanceof HttpError) return { status: error.status, message: error.message }
  return { status: 500, message: error instanceof Error ? error.message : String(error) }
}

function refuse(response: ServerResponse, error: unknown, log: Logger): void {
  const { status, message } = toHttp(error)
  if (status >= 500) log.debug('a request failed', { error })
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(message)
}

const reasonOf = (status: number): string =>
  ({ 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 501: 'Not Implemented' })[status] ?? 'Internal Server Error'
