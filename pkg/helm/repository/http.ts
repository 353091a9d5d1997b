/** Downloads over HTTP and HTTPS, bounded in size and time. */
import { readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface DownloadOptions {
  readonly limitBytes: number
  readonly username?: string
  readonly password?: string
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly insecureSkipTlsVerify?: boolean
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
  const tls = {
    ...(options.caFile ? { ca: readFileSync(options.caFile) } : {}),
    ...(options.certFile && withCredentials ? { cert: readFileSync(options.certFile) } : {}),
    ...(options.keyFile && withCredentials ? { key: readFileSync(options.keyFile) } : {}),
    ...(options.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
  }
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = open(url, { method, headers, agent: false, ...tls, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
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
    request.once('error', (error: NodeJS.ErrnoException & { address?: string; port?: number }) => {
      const { code, address, port } = error
      const words =
        code === 'ECONNREFUSED' ? `dial tcp ${address?.includes(':') ? `[${address}]` : address}:${port}: connect: connection refused` : error.message
      const verb = method[0] + method.slice(1).toLowerCase()
      reject(new Error(`${verb} ${JSON.stringify(String(url))}: ${words}`, { cause: error }))
    })
    request.end(body)
  })
}

const statusWords: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
export const statusText = (status: number): string => `${status} ${statusWords[status] ?? ''}`.trim()

/** Throws, in Helm's words, when the answer is no success. */
export async function download(url: string, options: DownloadOptions): Promise<Buffer> {
  const { protocol } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`scheme ${JSON.stringify(protocol.slice(0, -1))} not supported`)
  const { status, body } = await exchange(url, options)
  if (status !== 200) throw new Error(`failed to fetch ${url} : ${statusText(status)}`)
  return body
}
