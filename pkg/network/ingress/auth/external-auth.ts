/** Whether a request may pass, asked of another service (ingress-nginx: auth-url, which is nginx's auth_request). */
import type { OutgoingHttpHeaders } from 'node:http'
import type { Answer, RequestFacts } from '../answer/answers.ts'
import { expandedHeaders, headersIn } from '../routes/configured-headers.ts'
import { withoutHops } from '../request/forwarded-headers.ts'
import type { ExternalAuth, IngressState } from '../types.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { UpstreamResponse } from '../upstream/types.ts'
import { expandVariables } from '../routes/variables.ts'

export interface Permission {
  /** The refusal, or nothing. */
  readonly answer?: Answer
  /** What the backend is told besides; what is undefined it is not told, whatever the client said. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** What the client is given with the backend's answer. */
  readonly cookies: readonly string[]
}

const timeouts = { connectTimeoutMs: 5_000, readTimeoutMs: 60_000 }

/** Whether somebody may pass could not be found out. */
export class PermissionFault extends Error {}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new PermissionFault(`nobody says who may pass: ${(error as Error).message}`, { cause: error })
  }
}

export async function askPermission(
  auth: ExternalAuth,
  facts: RequestFacts,
  requestId: string,
  { state, upstream, onCancel }: { state: IngressState; upstream: Upstream; onCancel: (cancel: () => void) => void },
): Promise<Permission> {
  const more = auth.headersFrom === undefined ? {} : headersIn(state.configMap(auth.headersFrom))
  // As upstream: what it was to be asked is not known, so nobody comes in.
  if (more === undefined) return refusal({ status: 503 })
  const url = new URL(expandVariables(auth.url, facts))
  const secure = url.protocol === 'https:'
  const result = await asked(async () => {
    const address = await state.resolve(url.hostname.replaceAll(/^\[|\]$/g, ''))
    return upstream.send(
      { address, port: Number(url.port) || (secure ? 443 : 80) },
      {
        method: auth.method,
        target: `${url.pathname}${url.search}`,
        headers: { ...questionHeaders(auth, facts, requestId, url.hostname), ...expandedHeaders(more, facts) },
        options: { backendProtocol: secure ? 'HTTPS' : 'HTTP', ...timeouts },
      },
      null,
      onCancel,
    )
  })
  if (result.kind === 'upgrade') {
    result.socket.destroy()
    return refusal({ status: 500 })
  }
  const { response } = result
  // The body is of no interest, but it must be gone before the connection can be used again.
  response.body.on('error', () => {})
  response.body.resume()
  return decision(auth, facts, response)
}

function questionHeaders(auth: ExternalAuth, facts: RequestFacts, requestId: string, host: string): OutgoingHttpHeaders {
  const headers = withoutHops(facts.headers as never)
  for (const name of ['content-length', 'x-forwarded-proto', 'expect', 'proxy']) delete headers[name]
  return {
    ...headers,
    host,
    'x-request-id': requestId,
    'x-original-url': `${facts.scheme}://${facts.host}${facts.target}`,
    'x-original-uri': facts.target,
    'x-original-method': facts.method,
    'x-scheme': facts.scheme,
    'x-sent-from': 'nginx-ingress-controller',
    'x-real-ip': facts.client,
    'x-forwarded-for': facts.client,
    'x-auth-request-redirect': auth.requestRedirect === undefined ? facts.target : expandVariables(auth.requestRedirect, facts),
  }
}

function decision(auth: ExternalAuth, facts: RequestFacts, { status, headers }: UpstreamResponse): Permission {
  const cookies = headers['set-cookie'] ?? []
  if (status >= 200 && status < 300) {
    return { headers: Object.fromEntries(auth.responseHeaders.map((name) => [name, headers[name] || undefined])), cookies }
  }
  if (status === 401 && auth.signin) return refusal({ status: 302, headers: { location: signinUrl(auth, auth.signin, facts) }, cookies })
  if (status === 401) {
    const challenge = headers['www-authenticate']
    return refusal({ status, ...(challenge ? { headers: { 'www-authenticate': challenge } } : {}), ...(auth.alwaysSetCookie ? { cookies } : {}) })
  }
  if (status === 403) return refusal({ status, ...(auth.alwaysSetCookie ? { cookies } : {}) })
  // As nginx: anything else is a fault, and a fault lets nobody in.
  return refusal({ status: 500 })
}

/** With the way back in a parameter, unless the URL has it already. */
function signinUrl({ redirectParameter }: ExternalAuth, signin: string, facts: RequestFacts): string {
  const expanded = expandVariables(signin, facts)
  const url = expanded.startsWith('/') ? `${facts.scheme}://${facts.host}${expanded}` : expanded
  const back = `${redirectParameter}=${facts.scheme}://${facts.host}${encodeURIComponent(facts.target)}`
  const question = signin.indexOf('?')
  if (question < 0) return `${url}?${back}`
  return new URLSearchParams(signin.slice(question)).has(redirectParameter) ? url : `${url}&${back}`
}

function refusal(answer: Answer): Permission {
  return { answer, headers: {}, cookies: [] }
}
