/** Passes a request on to a server behind this one, and its answer back: streamed, or after an upgrade as raw bytes both ways. */
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { StatusError } from '#apimachinery/status-error.ts'
import type { ApiRequest, ApiResponse } from '../types.ts'
import { passedHeaders, responseHeaders } from './headers.ts'

export interface BackendTls {
  /** PEM of the CA that signed the backend's certificate; absent: it is not checked, as upstream by default. */
  readonly ca?: string
  /** May be a getter: what is true now counts for new connections. */
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** The name that the certificate must be for, where it is not the address dialled. */
  readonly serverName?: string
  /** Without `ca`: check against the system's authorities instead of not at all. */
  readonly verify?: boolean
}

export interface BackendTarget {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** With the query. */
  readonly path: string
  readonly tls?: BackendTls
  /** Beside, or instead of, what the caller sent. */
  readonly headers?: Readonly<Record<string, string | string[]>>
}

/** One pool of connections for each set of credentials; a certificate that was renewed is another set. */
const agents = new WeakMap<BackendTls, { readonly agent: Agent; readonly certificate: string | undefined }>()
const maxSockets = 256

export function agentFor(tls: BackendTls): Agent {
  const known = agents.get(tls)
  if (known && known.certificate === tls.certificate) return known.agent
  const agent = new Agent({ keepAlive: true, maxSockets, ...tlsOptions(tls) })
  agents.set(tls, { agent, certificate: tls.certificate })
  return agent
}

export function tlsOptions({ ca, certificate, key, serverName, verify }: BackendTls) {
  return {
    ...(ca ? { ca } : verify ? {} : { rejectUnauthorized: false }),
    ...(certificate && key ? { cert: certificate, key } : {}),
    ...(serverName ? { servername: serverName } : {}),
  }
}

interface Opened {
  readonly response: IncomingMessage
  /** Present when the backend switched protocols. */
  readonly socket?: Duplex
  readonly head?: Buffer
}

/** A backend may close an idle connection just as it is used again. Nothing was processed then, so what has no body is asked once more, as Go's client does. */
async function open(request: ApiRequest, target: BackendTarget, withBody: boolean): Promise<Opened> {
  for (let again = maxReused; ; again--) {
    try {
      return await openOnce(request, target, withBody)
    } catch (error) {
      const { code, replayable } = error as { code?: string; replayable?: boolean }
      if (!replayable || code !== 'ECONNRESET' || again === 0 || request.signal.aborted) throw error
    }
  }
}

/** So many idle connections may be gone at once, as after a backend's restart. */
const maxReused = 3

function isBodiless({ method, headers }: ApiRequest): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method) && headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

function openOnce(request: ApiRequest, target: BackendTarget, withBody: boolean): Promise<Opened> {
  const { scheme, host, port, path, tls = {} } = target
  const upgrading = request.upgrade !== undefined
  const options = {
    method: request.method,
    host,
    port,
    path,
    headers: { ...passedHeaders(request, upgrading), ...target.headers },
    // Else Node would take it, and the name to check in the certificate, from a Host header that is the client's.
    servername: tls.serverName ?? (isIP(host) ? '' : host),
    signal: upgrading ? undefined : request.signal,
  }
  const outgoing: ClientRequest =
    scheme === 'https'
      ? httpsRequest(upgrading ? { ...options, agent: false, ...tlsOptions(tls) } : { ...options, agent: agentFor(tls) })
      : httpRequest(upgrading ? { ...options, agent: false } : options)
  let hasSent = false
  const isReplayable = () => outgoing.reusedSocket && !hasSent && (!withBody || isBodiless(request))
  return new Promise((resolve, reject) => {
    outgoing.on('response', (response) => resolve({ response }))
    outgoing.on('upgrade', (response, socket, head) => resolve({ response, socket, head }))
    outgoing.on('error', (error) => reject(Object.assign(error, { replayable: isReplayable() })))
    if (!withBody || upgrading) return void outgoing.end()
    send(request, outgoing, () => (hasSent = true)).catch((error: Error) => outgoing.destroy(error))
  })
}

async function send(request: ApiRequest, outgoing: ClientRequest, onChunk: () => void): Promise<void> {
  for await (const chunk of request.bodyStream()) {
    onChunk()
    if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once('drain', resolve).once('close', resolve))
  }
  outgoing.end()
}

/** A GET whose answer is streamed back when it is a success; what else it says goes to `refuse`. */
export async function fetchStream(request: ApiRequest, target: BackendTarget, refuse: (code: number, text: string) => StatusError): Promise<ApiResponse> {
  const { response } = await open(request, target, false).catch((error: Error) => {
    throw failure(`Get "${target.scheme}://${authority(target)}${target.path}": ${dialText(error, target)}`)
  })
  const code = response.statusCode ?? 500
  if (code < 200 || code > 206) throw refuse(code, await text(response))
  return { status: 200, headers: { 'content-type': response.headers['content-type'] ?? 'text/plain' }, body: response, messages: 'bytes' }
}

/** Any request: upgraded when both sides want it, else answered as the backend answers. */
export async function forward(
  request: ApiRequest,
  target: BackendTarget,
  unreachable = (why: string) => failure(`error dialing backend: ${why}`),
): Promise<ApiResponse> {
  const opened = await open(request, target, true).catch((error: Error) => {
    throw unreachable(dialText(error, target))
  })
  const { response, socket, head } = opened
  if (socket && request.upgrade) {
    splice(request.upgrade.socket, request.upgrade.head, socket, head ?? Buffer.alloc(0), response)
    return { status: 101, headers: {}, upgraded: true }
  }
  return { status: response.statusCode ?? 502, headers: responseHeaders(response), body: response }
}

/** Joins the two sockets; the end or failure of one ends the other. */
function splice(client: Duplex, clientHead: Uint8Array, backend: Duplex, backendHead: Buffer, response: IncomingMessage): void {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`]
  for (let at = 0; at < response.rawHeaders.length; at += 2) lines.push(`${response.rawHeaders[at]}: ${response.rawHeaders[at + 1]}`)
  const close = (): void => {
    client.destroy()
    backend.destroy()
  }
  for (const socket of [client, backend]) {
    socket.on('error', close)
    if ('setNoDelay' in socket) (socket as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true)
    if ('setTimeout' in socket) (socket as unknown as { setTimeout(ms: number): void }).setTimeout(0)
  }
  client.on('close', () => backend.destroy())
  backend.on('close', () => client.end())
  client.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (backendHead.length > 0) client.write(backendHead)
  if (clientHead.length > 0) backend.write(clientHead)
  client.pipe(backend)
  backend.pipe(client)
}

/** Upstream's answer to a failed dial: code 500 without a reason. */
const failure = (message: string): StatusError => new StatusError({ code: 500, reason: '', message })

export const authority = ({ host, port }: Pick<BackendTarget, 'host' | 'port'>): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Node's error in the words Go has for it, which people search for. */
export function dialText(error: Error & { code?: string }, target: Pick<BackendTarget, 'host' | 'port'>): string {
  const words: Record<string, string> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'i/o timeout',
  }
  const known = words[error.code ?? '']
  return known ? `dial tcp ${authority(target)}: ${known}` : error.message
}

const maxErrorText = 50_000

async function text(response: IncomingMessage): Promise<string> {
  let found = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    found += chunk
    if (found.length > maxErrorText) break
  }
  return found.slice(0, maxErrorText).trim()
}
