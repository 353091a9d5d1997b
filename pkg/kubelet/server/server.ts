/** The kubelet's HTTPS API on the node's port: who may ask, and which handler answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '#base/log.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import type { Cri } from '../cri/index.ts'
import { podIps, readySandbox } from '../runtime/pod-runtime.ts'
import { findContainer } from '../runtime/containers.ts'
import type { KubeletOptions, KubeletTls, PodDirectory, StreamTarget, UpgradeHandlers } from '../types.ts'
import { serveLogs } from './container-logs.ts'
import type { LocalVolumes } from '../volumes/local-volumes.ts'
import { HttpError } from './http-error.ts'
import { ownMetrics } from './own-metrics.ts'
import { resourceMetrics, statsSummary } from './stats.ts'

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
  /** What /configz shows. */
  readonly configuration?: CompleteConfiguration
  readonly localVolumes?: LocalVolumes | undefined
  readonly authorize?: KubeletOptions['authorize']
  readonly upgradeHandlers?: UpgradeHandlers | undefined
}

type User = { name: string; groups: string[] }

/** Who may use the whole of it, unless the cluster says otherwise. */
function defaultAuthorize({ name, groups }: User): boolean {
  return groups.includes('system:masters') || name === 'kube-apiserver' || name === 'kube-apiserver-kubelet-client'
}

export async function startServer(options: KubeletServerOptions): Promise<Server> {
  const { tls, address, port, log, authorize = defaultAuthorize } = options
  const server = createServer({ cert: tls.cert, key: tls.key, ca: tls.clientCa, requestCert: true, rejectUnauthorized: false })
  const admit = async (request: IncomingMessage): Promise<URL> => {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    if (url.pathname === '/healthz') return url
    const user = identify(request.socket as TLSSocket)
    if (!user) throw new HttpError(401, 'Unauthorized')
    if (!(await authorize(user, request.method === 'GET' ? 'get' : 'create', url.pathname))) {
      throw new HttpError(403, `Forbidden (user=${user.name}, verb=${request.method === 'GET' ? 'get' : 'create'}, resource=nodes)`)
    }
    return url
  }
  server.on('request', (request, response) => {
    void admit(request)
      .then((url) => answer(options, request.method ?? 'GET', url, response))
      .catch((error) => refuse(response, error, log))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    void admit(request)
      .then((url) => {
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

function identify(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined
  const { subject } = socket.getPeerCertificate()
  if (!subject?.CN) return undefined
  return { name: [subject.CN].flat()[0]!, groups: subject.O === undefined ? [] : [subject.O].flat() }
}

async function answer(options: KubeletServerOptions, method: string, url: URL, response: ServerResponse): Promise<void> {
  const { pods, healthy } = options
  const [, head, ...rest] = url.pathname.split('/').map(decodeURIComponent)
  const text = (body: string, type = 'text/plain; charset=utf-8') => void response.writeHead(200, { 'content-type': type }).end(body)
  const json = (body: unknown) => text(JSON.stringify(body), 'application/json')
  switch (head) {
    case 'healthz': {
      const why = healthy()
      if (why) throw new HttpError(500, why)
      return text('ok')
    }
    case 'pods':
      return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() })
    case 'containerLogs':
      return serveLogs(pods, rest, url.searchParams, response)
    case 'stats':
      if (rest[0] === 'summary') return json(await statsSummary(options))
      break
    case 'configz':
      if (!options.configuration || rest.length > 0) break
      return json({ kubeletconfig: options.configuration })
    case 'metrics':
      if (rest.length === 0) return text(ownMetrics(options), 'text/plain; version=0.0.4; charset=utf-8')
      if (rest[0] === 'resource') return text(await resourceMetrics(options), 'text/plain; version=0.0.4; charset=utf-8')
      break
    case 'localVolumes':
      if (rest.length !== 1 || !options.localVolumes) break
      if (method === 'POST') return json({ path: options.localVolumes.create(rest[0]!) })
      if (method !== 'DELETE') throw new HttpError(405, 'Method Not Allowed')
      await options.localVolumes.remove(rest[0]!)
      return json({})
    case 'exec':
    case 'attach':
    case 'portForward':
      streamTarget(options, url)
      throw new HttpError(400, 'Upgrade request required')
  }
  throw new HttpError(404, '404 page not found')
}

/** /exec/NS/POD[/UID]/CONTAINER, /attach the same, /portForward/NS/POD[/UID]. */
function streamTarget({ pods, nodeAddress }: KubeletServerOptions, url: URL): StreamTarget {
  const [, kind, namespace = '', name = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
  if (kind !== 'exec' && kind !== 'attach' && kind !== 'portForward') throw new HttpError(404, '404 page not found')
  const pod = pods.get(namespace, name)
  if (!pod) throw new HttpError(404, 'pod does not exist')
  const { uid } = pod.metadata
  const container = kind === 'portForward' ? undefined : rest.at(-1)
  if (container !== undefined && !findContainer(pod, container)) throw new HttpError(404, `container ${container} not found in pod ${name}_${namespace}`)
  const status = pods.runtimeStatus(uid)
  const hostNetwork = pod.spec.hostNetwork === true
  return {
    kind,
    pod,
    containerId: container === undefined ? undefined : pods.containerId(uid, container),
    sandboxId: status ? readySandbox(status)?.id : undefined,
    podAddress: hostNetwork ? nodeAddress : podIps(status ? readySandbox(status) : undefined)[0],
    hostNetwork,
    query: url.searchParams,
  }
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
