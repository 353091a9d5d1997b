/** An answer on its way back through a proxy subresource: its redirects and links stay inside the proxy, its CORS headers do not pass. */
import { promisify } from 'node:util'
import { deflateRaw, gunzip, gzip, inflateRaw } from 'node:zlib'
import type { ApiResponse } from '../types.ts'
import { rewriteHtml } from './rewrite-html.ts'

/** Where the answer comes from, and under which path of ours it is seen. */
export interface ProxySide {
  /** host:port that was dialled. */
  readonly backend: string
  /** The Host that the client asked. */
  readonly asked: string
  /** The path up to and including `/proxy`. */
  readonly prefix: string
}

/** Larger pages pass as they are. */
const maxPageBytes = 16 * 1024 * 1024

const codings = {
  gzip: { decode: promisify(gunzip), encode: promisify(gzip) },
  deflate: { decode: promisify(inflateRaw), encode: promisify(deflateRaw) },
  '': { decode: async (bytes: Buffer) => bytes, encode: async (bytes: Buffer) => bytes },
}
const isKnown = (coding: string): coding is keyof typeof codings => Object.hasOwn(codings, coding)

/** Upstream: apimachinery's proxy Transport and its corsRemovingTransport. */
export async function throughProxy(response: ApiResponse, side: ProxySide): Promise<ApiResponse> {
  if (response.upgraded) return response
  const headers = withoutCors(response.headers)
  if (headers.location) return { ...response, headers: { ...headers, location: rewriteUrl(headers.location, side) } }
  const coding = headers['content-encoding'] ?? ''
  const isPage = /^text\/html *(;|$)/.test(headers['content-type'] ?? '')
  if (!isPage || !isKnown(coding) || response.body === undefined) return { ...response, headers }
  const { whole, blocks } = await read(response.body as AsyncIterable<Uint8Array>)
  if (!whole) return { ...response, headers, body: blocks }
  const { decode, encode } = codings[coding]
  const page = (await decode(whole)).toString('utf8')
  const body = await encode(Buffer.from(await rewriteHtml(page, (url) => rewriteUrl(url, side))))
  return { ...response, headers: { ...headers, 'content-length': String(body.length) }, body }
}

/** A URL that is absolute on the backend's host, or on the one that the client asked, gets the proxy's prefix; others stay. */
export function rewriteUrl(text: string, { backend, asked, prefix }: ProxySide): string {
  const [, scheme = '', host, rest] = /^([a-z][a-z0-9+.-]*:)?(?:\/\/([^/?#]*))?(.*)$/is.exec(text)!
  const isElsewhere = host !== undefined && host !== '' && host !== backend && host !== asked
  if (isElsewhere || !rest!.startsWith('/')) return text
  const kept = host === asked ? `${scheme}//${host}` : ''
  return rest!.startsWith(prefix) ? `${kept}${rest}` : `${kept}${prefix}${normal(rest!)}`
}

/** The path without empty, `.` and `..` segments; the slash at its end stays. */
function normal(rest: string): string {
  const end = rest.search(/[?#]/)
  const path = end < 0 ? rest : rest.slice(0, end)
  const segments: string[] = []
  for (const each of path.split('/')) {
    if (each === '..') segments.pop()
    else if (each !== '' && each !== '.') segments.push(each)
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}${rest.slice(path.length)}`
}

function withoutCors(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^access-control-allow-(credentials|headers|methods|origin)$/.test(name)))
}

async function read(body: AsyncIterable<Uint8Array>): Promise<{ whole?: Buffer; blocks: AsyncIterable<Uint8Array> }> {
  const first: Uint8Array[] = []
  const source = body[Symbol.asyncIterator]()
  let length = 0
  for (;;) {
    const { value, done } = await source.next()
    if (done) return { whole: Buffer.concat(first), blocks: body }
    first.push(value)
    length += value.length
    if (length > maxPageBytes) break
  }
  const blocks = async function* () {
    yield* first
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  }
  return { blocks: blocks() }
}
