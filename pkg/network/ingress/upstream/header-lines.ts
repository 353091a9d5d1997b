/** The lines of HTTP/1.1 heads, read and written strictly: what is no header line is an error and never guessed at (RFC 9110, 5; RFC 9112, 5). */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

const token = /^[\w!#$%&'*+.^`|~-]+$/
/** Nothing that ends a line or a text, and nothing beyond a byte. */
const notInValue = /[^\t\x20-\x7e\x80-\xff]/

/** Of these the first counts; others that come twice are joined, as Node.js does it. */
const single = new Set([
  'age',
  'authorization',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

/** Names as they were written, and how they are known: nearly all that come have come before. */
const names = new Map<string, string>()
const namesLimit = 2048

/** In small letters; throws for what is none. */
export function headerName(written: string): string {
  const known = names.get(written)
  if (known !== undefined) return known
  if (!token.test(written)) throw new Error(`no header name: ${JSON.stringify(written.slice(0, 64))}`)
  const name = written.toLowerCase()
  if (names.size < namesLimit) names.set(written, name)
  return name
}

/** `lines` from `from` on, without their ends. Throws for a line that is no header. */
export function readHeaders(lines: readonly string[], from: number): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  for (let index = from; index < lines.length; index++) {
    const line = lines[index]!
    const colon = line.indexOf(':')
    if (colon < 0 || notInValue.test(line)) throw new Error(`no header line: ${JSON.stringify(line.slice(0, 64))}`)
    addHeader(headers, headerName(line.slice(0, colon)), line.slice(colon + 1).trim())
  }
  return headers
}

function addHeader(headers: IncomingHttpHeaders, name: string, value: string): void {
  const before = headers[name]
  if (name === 'set-cookie') {
    if (Array.isArray(before)) before.push(value)
    else headers[name] = [value]
  } else if (typeof before !== 'string') headers[name] = value
  // Two lengths could mean two messages.
  else if (name === 'content-length') throw new Error('more than one Content-Length')
  else if (!single.has(name)) headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`
}

/** Throws for a name or a value that could not be sent as one. */
export function writeHeaders(headers: OutgoingHttpHeaders): string {
  let text = ''
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    headerName(name)
    if (!Array.isArray(value)) text += line(name, String(value))
    else if (name === 'cookie') text += line(name, value.join('; '))
    else for (const each of value) text += line(name, each)
  }
  return text
}

function line(name: string, value: string): string {
  if (notInValue.test(value)) throw new Error(`the value of ${name} cannot be sent`)
  return `${name}: ${value}\r\n`
}
