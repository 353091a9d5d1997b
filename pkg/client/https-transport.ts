/**
 * HTTPS to an API server by node:https. HTTP/1.1 with keep-alive and no limit of connections, so that watches,
 * each of which holds one, never keep a request waiting; the agent reopens what breaks.
 */
import { readFileSync } from 'node:fs'
import type { Agent, IncomingMessage } from 'node:http'
import { type Clock, systemClock } from '#base/clock.ts'
import { socksConnector } from './socks.ts'
import type { RawRequest, RawResponse, Transport } from './types.ts'

// Not by `import`: that reads every export of the module, and some of node:http load a client of their own (25 ms of a short command).
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http')
const { Agent: HttpsAgent, request: httpsRequest } = process.getBuiltinModule('node:https')

export interface HttpsTransportOptions {
  /** "https://127.0.0.1:6443"; plain http is for tests. */
  readonly server: string
  /** PEM of the CA that signed the server's certificate. */
  readonly ca?: string | Uint8Array
  /** PEM of a client certificate and its key. */
  readonly cert?: string | Uint8Array
  readonly key?: string | Uint8Array
  readonly token?: string
  /** A file with the token, read again at most once a minute (service account tokens are rotated). */
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
  /** Impersonation. */
  readonly asUser?: string
  readonly asGroups?: readonly string[]
  readonly serverName?: string
  readonly insecureSkipTlsVerify?: boolean
  /** An HTTP or HTTPS proxy, by whose CONNECT the server is reached, or a SOCKS5 one. */
  readonly proxyUrl?: string
  readonly clock?: Clock
}

const tokenMaxAgeMs = 60_000
/** The same wherever it is set: the kernel is asked once a socket, and not twice a request. */
const keepAliveMsecs = 30_000
/** More than any component has requests under way: one closed between two of a burst costs a handshake. */
const maxFreeSockets = 256

export function createHttpsTransport(options: HttpsTransportOptions): Transport {
  const server = new URL(options.server)
  const secure = server.protocol === 'https:'
  const kept = { keepAlive: true, keepAliveMsecs, maxFreeSockets }
  const agent = agentThrough(options, secure, secure ? { ...kept, timeout: 0, ...tlsOptions(options) } : kept)
  const start = secure ? httpsRequest : httpRequest
  const prefix = server.pathname.replace(/\/$/, '')
  const credentials = authorization(options)

  const once = (raw: RawRequest): Promise<RawResponse> =>
    new Promise((resolve, reject) => {
      const auth = credentials()
      const outgoing = start(
        {
          agent,
          host: server.hostname.replace(/^\[|\]$/g, ''),
          port: server.port || (secure ? 443 : 80),
          method: raw.method,
          path: prefix + raw.path,
          headers: {
            ...(auth ? { authorization: auth } : {}),
            ...impersonation(options),
            ...(raw.body === undefined ? {} : { 'content-length': Buffer.byteLength(raw.body as string) }),
            ...raw.headers,
          },
          ...(raw.signal ? { signal: raw.signal } : {}),
        },
        (incoming) => resolve(toResponse(incoming)),
      )
      outgoing.once('socket', (socket) => {
        socket.setNoDelay(true)
        socket.setKeepAlive(true, keepAliveMsecs)
      })
      outgoing.once('error', (error) => reject(Object.assign(error, { reused: outgoing.reusedSocket })))
      outgoing.end(raw.body)
    })

  return {
    async request(raw) {
      try {
        return await once(raw)
      } catch (error) {
        // The server may close an idle connection just as we use it again; nothing was processed then.
        const { code, reused } = error as { code?: string; reused?: boolean }
        if (reused && code === 'ECONNRESET' && !raw.signal?.aborted) return once(raw)
        throw error
      }
    },
    close: () => agent.destroy(),
  }
}

/** An Agent of Node.js that goes through the proxy, if there is one. */
export function agentThrough({ proxyUrl }: Pick<HttpsTransportOptions, 'proxyUrl'>, secure: boolean, options: object = {}): Agent {
  const bySocks = proxyUrl !== undefined && /^socks5h?:/i.test(proxyUrl)
  const proxy = proxyUrl && !bySocks ? { proxyEnv: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } } : {}
  const agent: Agent = new (secure ? HttpsAgent : HttpAgent)({ ...options, ...proxy })
  if (bySocks) Object.assign(agent, { createConnection: socksConnector(proxyUrl, secure) })
  return agent
}

export function tlsOptions({ ca, cert, key, serverName, insecureSkipTlsVerify }: HttpsTransportOptions): object {
  return {
    ...(ca ? { ca: asText(ca) } : {}),
    ...(cert ? { cert: asText(cert) } : {}),
    ...(key ? { key: asText(key) } : {}),
    ...(serverName ? { servername: serverName } : {}),
    ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    ALPNProtocols: ['http/1.1'],
  }
}

function asText(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8')
}

export function authorization({ token, tokenFile, username, password, clock = systemClock }: HttpsTransportOptions): () => string | undefined {
  if (tokenFile) {
    let cached = token
    let readAt = Number.NEGATIVE_INFINITY
    return () => {
      if (clock.now() - readAt >= tokenMaxAgeMs) {
        try {
          cached = readFileSync(tokenFile, 'utf8').trim()
          readAt = clock.now()
        } catch (error) {
          // Keep what we had: a rotation in progress must not cut a working client off.
          if (cached === undefined) throw error
        }
      }
      return `Bearer ${cached}`
    }
  }
  if (token) return () => `Bearer ${token}`
  if (username) {
    const basic = `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`
    return () => basic
  }
  return () => undefined
}

export function impersonation({ asUser, asGroups }: HttpsTransportOptions): Record<string, string | string[]> {
  return { ...(asUser ? { 'impersonate-user': asUser } : {}), ...(asGroups?.length ? { 'impersonate-group': [...asGroups] } : {}) }
}

function toResponse(incoming: IncomingMessage): RawResponse {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  const bytes = async (): Promise<Buffer> => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }
  return {
    status: incoming.statusCode ?? 0,
    headers,
    bytes,
    text: async () => (await bytes()).toString('utf8'),
    stream: () => incoming,
  }
}
