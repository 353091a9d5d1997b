/** Which headers cross the proxy. */
import type { IncomingMessage } from 'node:http'
import type { ApiRequest } from '../types.ts'

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
])

/** Without hop-by-hop ones and without what the caller showed to this server alone: credentials and impersonation. */
export function passedHeaders({ headers, upgrade }: ApiRequest, upgrading: boolean): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (
      value === undefined ||
      name.startsWith(':') ||
      hopByHop.has(name) ||
      name === 'authorization' ||
      name.startsWith('impersonate-') ||
      name.startsWith('x-remote-')
    )
      continue
    passed[name] = value
  }
  if (!upgrading) return passed
  passed.connection = 'Upgrade'
  passed.upgrade = headers.upgrade ?? 'SPDY/3.1'
  delete passed['content-length']
  // A list joined by commas is one protocol to some servers: send repeated headers as they came.
  const versions = upgrade?.request?.headersDistinct?.['x-stream-protocol-version']
  if (versions && versions.length > 0) passed['x-stream-protocol-version'] = versions
  const protocols = headers['sec-websocket-protocol']
  if (protocols) passed['sec-websocket-protocol'] = withoutToken(protocols)
  return passed
}

function withoutToken(protocols: string): string {
  return protocols
    .split(',')
    .map((each) => each.trim())
    .filter((each) => !each.startsWith('base64url.bearer.authorization.k8s.io.'))
    .join(', ')
}

export function responseHeaders({ headers }: IncomingMessage): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !hopByHop.has(name)) passed[name] = Array.isArray(value) ? value.join(', ') : value
  return passed
}

/** Whom the request came through, and from whom at last: X-Forwarded-For of what is passed on. */
export function forwardedFor({ headers, remoteAddress }: ApiRequest): string {
  return [headers['x-forwarded-for'], remoteAddress].filter((each) => each !== undefined && each !== '').join(', ')
}
