/** Downloads over HTTP and HTTPS, bounded in size and time. */
import { type Agent, request as requestHttp, STATUS_CODES } from 'node:http'
import { request as requestHttps } from 'node:https'
import { agentThrough } from '#client/https-transport.ts'
import { proxyOfEnvironment } from '#kubectl/config/proxy.ts'
import { type NetworkError, networkWords } from '../output/network-error.ts'
import { type TlsFiles, tlsOptions } from './tls-files.ts'

export interface DownloadOptions extends TlsFiles {
  readonly limitBytes: number
  readonly username?: string
  readonly password?: string
  /** HTTPS_PROXY and its kin are looked for here. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly body?: Buffer
  readonly timeoutMs?: number
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly url: string
}

const maxRedirects = 10
const defaultTimeoutMs = 120_000

/** An HTTP error status is an answer. Throws when there is none, or one that is too large. */
export async function exchange(url: string, options: DownloadOptions): Promise<HttpAnswer> {
  let at = new URL(url)
  const origin = at.origin
  let method = options.method ?? 'GET'
  let { body } = options
  for (let hops = 0; ; hops++) {
    // Credentials stay with the host that they are for.
    const isHome = at.origin === origin
    const answer = await once(at, { ...options, method, ...(body ? { body } : {}) }, isHome)
    const { location } = answer.headers
    if (answer.status < 300 || answer.status >= 400 || typeof location !== 'string') return answer
    if (hops >= maxRedirects) throw new Error(`Get ${JSON.stringify(url)}: stopped after ${maxRedirects} redirects`)
    at = new URL(location, at)
    if (at.protocol !== 'http:' && at.protocol !== 'https:') throw new Error(`unsupported protocol scheme ${JSON.stringify(at.protocol)}`)
    if (answer.status === 303 || (method === 'POST' && answer.status < 303)) {
      method = 'GET'
      body = undefined
    }
  }
}

function once(url: URL, options: DownloadOptions, withCredentials: boolean): Promise<HttpAnswer> {
  const { limitBytes, username = '', password = '', timeoutMs = defaultTimeoutMs, method = 'GET', body } = options
  const headers: Record<string, string> = { 'user-agent': 'Helm/4.2.4', ...options.headers }
  if (!withCredentials) delete headers.authorization
  if (withCredentials && username !== '' && password !== '') headers.authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  if (body) headers['content-length'] = String(body.length)
  const { cert, key, ...others } = tlsOptions(options)
  const tls = withCredentials && cert && key ? { ...others, cert, key } : others
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = open(url, { method, headers, ...tls, agent: agentFor(url, options.env), signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > limitBytes) request.destroy(new Error(`the answer of ${url} is larger than ${limitBytes} bytes`))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), url: String(url) }))
    })
    request.once('error', (error: NetworkError) => {
      const verb = method[0] + method.slice(1).toLowerCase()
      reject(new Error(`${verb} ${JSON.stringify(String(url))}: ${networkWords(error)}`, { cause: error }))
    })
    request.end(body)
  })
}

/** A connection of its own, by the proxy of the environment where there is one, as kubectl finds it. */
function agentFor(url: URL, env: DownloadOptions['env'] = {}): Agent | false {
  const proxyUrl = proxyOfEnvironment(String(url), env)
  return proxyUrl ? agentThrough({ proxyUrl }, url.protocol === 'https:') : false
}

export const statusText = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trim()

export type DownloadLog = (message: string, fields: Readonly<Record<string, unknown>>) => void

/** Throws, in Helm's words, when the answer is no success. */
export async function download(url: string, options: DownloadOptions, debug: DownloadLog = () => {}): Promise<Buffer> {
  const { protocol } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`scheme ${JSON.stringify(protocol.slice(0, -1))} not supported`)
  tlsOptions(options)
  debug('fetching', { url })
  const { status, headers, body } = await exchange(url, options)
  debug('fetch complete', { url, status: statusText(status), 'content-length': headers['content-length'] ?? -1 })
  if (status !== 200) throw new Error(`failed to fetch ${url} : ${statusText(status)}`)
  return body
}
