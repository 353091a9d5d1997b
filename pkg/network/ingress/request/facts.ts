/** What of a request decides where it goes. */
import type { IncomingMessage } from 'node:http'
import type { RequestFacts } from '../answer/answers.ts'

/** Names, IPv4 addresses and IPv6 ones in brackets, with or without a port; the Host header comes to stand in answers. */
const hostPattern = /^(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/

/** Nothing for a request without a host that could be one. */
export function factsOf(request: IncomingMessage, scheme: 'http' | 'https'): RequestFacts | undefined {
  const { headers } = request
  const given = String(headers[':authority' as 'host'] ?? headers.host ?? '')
  const { host, target } = absoluteForm(request.url ?? '/') ?? { host: given, target: request.url ?? '/' }
  // Two of them could mean two hosts (RFC 9112, 3.2): some look at the first, others at the last.
  if (hosts(request.rawHeaders) > 1) return undefined
  // HTTP/1.0 has no Host header.
  if (!hostPattern.test(host) && !(host === '' && request.httpVersion === '1.0')) return undefined
  const address = request.socket.remoteAddress ?? ''
  return {
    method: request.method ?? 'GET',
    scheme,
    host,
    target,
    client: address.startsWith('::ffff:') ? address.slice(7) : address,
    headers,
  }
}

function hosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}

/** "GET http://host/path", which proxies are sent; the host in it has precedence (RFC 9112, 3.2.2). */
function absoluteForm(url: string): { host: string; target: string } | undefined {
  if (url.charCodeAt(0) === slash) return undefined
  const found = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(url)
  if (!found) return undefined
  const rest = found[2] ?? ''
  return { host: found[1] ?? '', target: rest.startsWith('/') ? rest : `/${rest}` }
}

const slash = '/'.charCodeAt(0)

export function hostName(host: string): string {
  const colon = host.lastIndexOf(':')
  const name = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}
