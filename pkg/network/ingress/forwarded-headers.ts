/** Headers on their way through: those of one hop stay behind, and the backend is told who asked (ingress-nginx' set). */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { RequestFacts } from './answers.ts'

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

export function requestHeaders(given: IncomingHttpHeaders, facts: RequestFacts, port: number, upstreamHost: string | undefined): OutgoingHttpHeaders {
  const headers = withoutHops(given)
  delete headers.expect
  return {
    ...headers,
    host: upstreamHost ?? facts.host,
    'x-request-id': given['x-request-id'] ?? randomBytes(16).toString('hex'),
    'x-real-ip': facts.client,
    // What clients say about themselves is not believed.
    'x-forwarded-for': facts.client,
    'x-forwarded-host': facts.host,
    'x-forwarded-port': String(port),
    'x-forwarded-proto': facts.scheme,
    'x-forwarded-scheme': facts.scheme,
    'x-scheme': facts.scheme,
  }
}

export function withoutHops(given: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = String(given.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
  const headers: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !name.startsWith(':') && !hopByHop.has(name) && !named.includes(name)) headers[name] = value
  }
  return headers
}
