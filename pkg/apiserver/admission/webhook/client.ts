/**
 * Calls a webhook: HTTPS to a URL, or to a Service by its ready endpoints, against the caller's CA bundle. Errors read
 * as Go's HTTP client words them. Upstream: pkg/util/webhook, and the service resolver of the aggregator.
 */
import { Agent, request as httpsRequest } from 'node:https'
import type { WebhookClientConfig } from '#api/gen/admissionregistration/v1.ts'
import type { ReadAccess } from '../../cached-reader.ts'
import { inGoWords } from '../../network-words.ts'
import { type ServiceEndpoints, serviceEndpoints } from '../../service-endpoints.ts'

export interface WebhookCall {
  readonly config: WebhookClientConfig
  readonly body: string
  readonly timeoutMs: number
}

export interface WebhookAnswer {
  readonly status: number
  readonly text: string
  readonly contentType: string
}

/** Throws Error with the text that follows "failed to call webhook: ". */
export interface WebhookClient {
  call(call: WebhookCall): Promise<WebhookAnswer>
}

interface Target {
  /** As errors show it. */
  readonly url: URL
  readonly host: string
  readonly port: number
}

const maxAnswerBytes = 16 * 1024 * 1024
const maxAgents = 64

/** Registers its informers: call before the factory starts. */
export function createWebhookClient(access: ReadAccess): WebhookClient {
  const endpoints = serviceEndpoints(access)
  const agents = new Map<string, Agent>()
  const agentFor = (caBundle: string): Agent => {
    let agent = agents.get(caBundle)
    if (!agent) {
      if (agents.size >= maxAgents) {
        const [oldest, other] = agents.entries().next().value!
        agents.delete(oldest)
        other.destroy()
      }
      agent = new Agent({ keepAlive: true, maxSockets: 25, timeout: 30_000, ...(caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {}) })
      agents.set(caBundle, agent)
    }
    return agent
  }
  return {
    async call({ config, body, timeoutMs }) {
      const url = urlOf(config)
      const asked = new URL(url)
      asked.searchParams.set('timeout', `${Math.ceil(timeoutMs / 1000)}s`)
      let target: Target | undefined
      try {
        target = await targetOf(url, config, endpoints)
        return await post(agentFor(config.caBundle ?? ''), target, `${asked.pathname}${asked.search}`, body, timeoutMs)
      } catch (error) {
        throw new Error(`Post ${JSON.stringify(shown(asked, config))}: ${target ? inGoWords(error, target) : (error as Error).message}`, { cause: error })
      }
    },
  }
}

/** Go shows the port of a Service always, that of a URL as it was written. */
function shown(url: URL, { service }: WebhookClientConfig): string {
  return service ? `https://${url.hostname}:${service.port ?? 443}${url.pathname}${url.search}` : url.href
}

function urlOf({ url, service }: WebhookClientConfig): URL {
  if (url) return new URL(url)
  const { namespace, name, path = '', port = 443 } = service!
  return new URL(`https://${name}.${namespace}.svc:${port}${path.startsWith('/') || path === '' ? path : `/${path}`}`)
}

async function targetOf(url: URL, { service }: WebhookClientConfig, endpoints: ServiceEndpoints): Promise<Target> {
  if (!service) return { url, host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443) }
  return { url, ...(await endpoints.resolve(service.namespace, service.name, service.port ?? 443)) }
}

function post(agent: Agent, { url, host, port }: Target, path: string, body: string, timeoutMs: number): Promise<WebhookAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      {
        agent,
        host,
        port,
        path,
        method: 'POST',
        servername: /^[\d.]+$|:/.test(url.hostname) ? '' : url.hostname,
        headers: { host: url.host, 'content-type': 'application/json', accept: 'application/json', 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > maxAnswerBytes) response.destroy(new Error('http: response body too large'))
          else chunks.push(chunk)
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), contentType: response.headers['content-type'] ?? '' }),
        )
        response.on('error', reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
