/** What a command reaches the cluster by; each part is made when it is first asked for. */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { createClient } from '#client/rest.ts'
import type { Client, RawRequest, Transport } from '#client/types.ts'
import type { Catalog } from './catalog/types.ts'
import { type Connection, type ConnectionInputs, mergedConfig, resolveConnection } from './config/connection.ts'
import type { MergedConfig } from './config/files.ts'
import { CommandError } from './errors.ts'
import type { RequestLogOptions } from './request-log.ts'
import { warningTexts } from './warnings.ts'

export interface Session {
  client(): Promise<Client>
  /** From the disk when it was read not long ago; `fresh` asks the server. */
  catalog(options?: { readonly fresh?: boolean }): Promise<Catalog>
  connection(): Promise<Connection>
  config(): MergedConfig
  namespace(): Promise<string>
  /** Answers JSON, or throws the failure as a StatusError. */
  json<T = any>(request: RawRequest): Promise<T>
  readonly inputs: ConnectionInputs
  close(): void
}

export interface SessionInputs extends ConnectionInputs {
  /** Do not believe the catalog on disk. */
  readonly freshCatalog?: boolean
  /** Takes a warning without the word itself. */
  readonly warn: (text: string) => void
  /** Where requests are told of, when -v asks for it. */
  readonly log?: Pick<RequestLogOptions, 'write' | 'now' | 'pid'>
}

export function createSession(inputs: SessionInputs): Session {
  let connection: Promise<Connection> | undefined
  let client: Promise<Client> | undefined
  let catalog: Promise<Catalog> | undefined
  let opened: Client | undefined
  let isFresh = false
  const session: Session = {
    inputs,
    connection: () => (connection ??= resolveConnection(inputs)),
    config: () => mergedConfig(inputs),
    client: () => (client ??= session.connection().then(async (to) => (opened = await connect(to, inputs)))),
    catalog(options = {}) {
      const fresh = options.fresh === true || inputs.freshCatalog === true
      if (fresh && !isFresh) catalog = undefined
      isFresh ||= fresh
      catalog ??= openCatalog(session, inputs, fresh)
      return catalog
    },
    namespace: async () => (await session.connection()).namespace,
    async json(request) {
      const response = await (await session.client()).request(request)
      if (response.status >= 400) {
        const { requestFailure } = await import('./failures.ts')
        throw await requestFailure(request, response)
      }
      return JSON.parse(await response.text())
    },
    close: () => opened?.close(),
  }
  return session
}

async function openCatalog(session: Session, { flags, env, cwd, warn }: SessionInputs, fresh: boolean): Promise<Catalog> {
  const { catalogPlace, keep, readKept } = await import('./catalog/cache.ts')
  // What a user may discover can differ from one impersonated user to another, but hardly does; upstream keeps one as well.
  const place = catalogPlace((await session.connection()).server, flags.string('cache-dir'), { home: env.HOME, cwd })
  const kept = place && !fresh ? readKept(place, { warn }) : undefined
  if (kept) return kept
  const { readCatalog } = await import('./catalog/read.ts')
  const read = await readCatalog(await session.client(), warn)
  if (place) keep(place, read)
  return read
}

async function connect(to: Connection, inputs: SessionInputs): Promise<Client> {
  const { createHttpsTransport } = await import('#client/https-transport.ts')
  return createClient(around(await told(createHttpsTransport(to), to, inputs), to, inputs), { userAgent: 'kubectl/v1.36.0 (k8ts)' })
}

/** From -v=6 on, requests are told of. */
async function told(transport: Transport, { server, token, tokenFile, username }: Connection, { flags, log }: SessionInputs): Promise<Transport> {
  const level = Number(flags.string('v'))
  if (!log || !(level >= 6)) return transport
  const { withRequestLog } = await import('./request-log.ts')
  const scheme = token || tokenFile ? 'Bearer' : username ? 'Basic' : undefined
  return withRequestLog(transport, { ...log, level, server, scheme })
}

/** Impersonation, the request's timeout, and the server's warnings. */
function around(inner: Transport, { impersonation, server }: Connection, { flags, warn }: SessionInputs): Transport {
  const timeoutMs = requestTimeout(flags.string('request-timeout'))
  const told = new Set<string>()
  return {
    async request(raw) {
      const signal = timeoutMs > 0 ? AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(raw.signal ? [raw.signal] : [])]) : raw.signal
      const response = await inner
        .request({ ...raw, headers: { ...(impersonation as Record<string, string>), ...raw.headers }, ...(signal ? { signal } : {}) })
        .catch((error) => {
          // Who was not reached is told by the name that the user gave it.
          throw error instanceof Error ? Object.assign(error, { server }) : error
        })
      const header = response.headers.warning
      if (header) {
        // UTF-8, of which Node shows each byte as a character.
        for (const message of warningTexts(Buffer.from(header, 'latin1').toString())) {
          if (told.has(message) || told.size > 100) continue
          told.add(message)
          warn(message)
        }
      }
      return response
    },
    close: () => inner.close(),
  }
}

function requestTimeout(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text)
  if (!match || text === '') {
    throw new CommandError(
      `error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)`,
    )
  }
  const [, h = 0, m = 0, s = 0, ms = 0] = match
  return Number(h) * 3_600_000 + Number(m) * 60_000 + Number(s) * 1000 + Number(ms)
}

export type AnyRef = ResourceRef<KubeObject>
