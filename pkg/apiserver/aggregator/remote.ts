/**
 * One aggregated API server: requests for its group version are passed on to it over TLS, with the caller's name in
 * request headers and the front proxy's certificate as proof. Upstream: kube-aggregator's proxyHandler.
 */
import { request as httpsRequest } from 'node:https'
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import { agentFor, authority, type BackendTls, dialText, forward } from '../connect/backend.ts'
import { forwardedFor } from '../connect/headers.ts'
import { textResponse } from '../response.ts'
import type { Endpoint, ServiceEndpoints } from '../service-endpoints.ts'
import type { ApiRequest, ApiResponse, UserInfo } from '../types.ts'
import { isAvailable } from './conditions.ts'

export interface ProxyCertificate {
  /** PEM, signed by the front-proxy CA. */
  readonly certificate?: string | undefined
  readonly key?: string | undefined
}

export interface FetchedDocument {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

const maxDocumentBytes = 32 * 1024 * 1024

/** An answer that is no Status: what could not be reached. */
class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

export class RemoteApi {
  readonly service: APIService
  readonly #endpoints: ServiceEndpoints
  readonly #tls: BackendTls

  constructor(service: APIService, endpoints: ServiceEndpoints, proxy: ProxyCertificate) {
    this.service = service
    this.#endpoints = endpoints
    const { name = '', namespace = '' } = service.spec.service ?? {}
    this.#tls = {
      get certificate() {
        return proxy.certificate
      },
      get key() {
        return proxy.key
      },
      serverName: `${name}.${namespace}.svc`,
      ...(service.spec.caBundle ? { ca: Buffer.from(service.spec.caBundle, 'base64').toString() } : { verify: service.spec.insecureSkipTLSVerify !== true }),
    }
  }

  get name(): string {
    return this.service.metadata.name
  }

  /** Which server it is: several group versions may be one server's. */
  get backend(): string {
    const { name = '', namespace = '', port = 443 } = this.service.spec.service ?? {}
    return `${namespace}/${name}:${port}`
  }

  /** The root of its group version. */
  get path(): string {
    const { group, version } = this.service.spec
    return group ? `/apis/${group}/${version}` : `/api/${version}`
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    if (!isAvailable(this.service)) return unavailable()
    let endpoint: Endpoint
    try {
      endpoint = await this.#resolve()
    } catch {
      return unavailable()
    }
    const query = request.query.toString()
    const target = {
      scheme: 'https',
      ...endpoint,
      path: `${request.path}${query ? `?${query}` : ''}`,
      tls: this.#tls,
      headers: { ...userHeaders(request.context.user), 'audit-id': request.context.auditId, 'x-forwarded-for': forwardedFor(request) },
    } as const
    try {
      return await forward(request, target, (why) => new Unreachable(why) as never)
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      return textResponse(503, `error trying to reach service: ${error.message}\n`)
    }
  }

  /** A document of the server's own, asked for as the aggregator. Throws an Error in the words of Go's client. */
  async fetch(path: string, options: { headers?: Record<string, string>; groups?: readonly string[]; timeoutMs?: number } = {}): Promise<FetchedDocument> {
    const endpoint = await this.#resolve()
    const { headers = {}, groups = ['system:masters'], timeoutMs = 5000 } = options
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(
        {
          agent: agentFor(this.#tls),
          host: endpoint.host,
          port: endpoint.port,
          path,
          headers: { ...headers, ...userHeaders({ name: 'system:kube-aggregator', groups }) },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > maxDocumentBytes) response.destroy(new Error('http: response body too large'))
            else chunks.push(chunk)
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }))
          response.on('error', reject)
        },
      )
      outgoing.on('error', (error: Error & { code?: string }) => {
        const why = error.name === 'AbortError' || error.name === 'TimeoutError' ? 'context deadline exceeded' : dialText(error, endpoint)
        reject(new Error(`Get ${JSON.stringify(`https://${authority(endpoint)}${path}`)}: ${why}`, { cause: error }))
      })
      outgoing.end()
    })
  }

  /** Where a document would be asked for, as messages show it. */
  async address(path: string): Promise<string> {
    return `https://${authority(await this.#resolve())}${path}`
  }

  #resolve(): Promise<Endpoint> {
    const { name = '', namespace = '', port = 443 } = this.service.spec.service ?? {}
    return this.#endpoints.resolve(namespace, name, port)
  }
}

function unavailable(): ApiResponse {
  return textResponse(503, 'service unavailable\n')
}

/** X-Remote-User and its kin (docs: "Configure the Aggregation Layer"). Repeated headers stay apart: a group may have a comma in it. */
export function userHeaders({ name, uid, groups, extra }: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'x-remote-user': name }
  if (uid) headers['x-remote-uid'] = uid
  if (groups.length > 0) headers['x-remote-group'] = [...groups]
  for (const [key, values] of Object.entries(extra ?? {})) headers[`x-remote-extra-${encodeKey(key)}`] = [...values]
  return headers
}

/** Percent-encodes what a header's name cannot have (client-go: headerKeyEscape). */
function encodeKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[0-9A-Za-z!#$&'*+.^_`|~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
