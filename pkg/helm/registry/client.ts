/** OCI registries over HTTP: the distribution protocol, with Basic credentials or tokens. */
import { createHash } from 'node:crypto'
import { type DownloadOptions, exchange, type HttpAnswer, statusText } from '../repository/http.ts'
import { credentialsFor } from './credentials.ts'

export interface Reference {
  readonly host: string
  readonly repository: string
  readonly tag: string
  readonly digest: string
}

export interface RegistryOptions extends Omit<DownloadOptions, 'limitBytes' | 'method' | 'body'> {
  readonly plainHttp: boolean
  readonly credentialsFile: string
  /** Where Docker's configuration and the programs that keep credentials are found. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** "oci://host/path/name:tag@sha256:…". Throws for what is none. */
export function parseReference(text: string): Reference {
  const match = /^oci:\/\/([^/]+)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([\w][\w.+-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(text)
  if (!match) throw new Error(`invalid reference: invalid registry reference ${JSON.stringify(text)}`)
  return { host: match[1]!, repository: match[2]!, tag: (match[3] ?? '').replaceAll('+', '_'), digest: match[4] ?? '' }
}

/** What a manifest says of a blob. */
export interface Descriptor {
  readonly digest: string
  readonly size?: number
}

export const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const smallBytes = 4 << 20

/** One registry; tokens are kept while it lives. */
export class Registry {
  readonly #host: string
  readonly #options: RegistryOptions
  #authorization: string | undefined

  constructor(host: string, options: RegistryOptions) {
    this.#host = host
    this.#options = options
  }

  url(path: string): string {
    return `${this.#options.plainHttp ? 'http' : 'https'}://${this.#host === 'docker.io' ? 'registry-1.docker.io' : this.#host}/v2/${path}`
  }

  async request(
    method: string,
    url: string,
    { headers = {}, body, limitBytes = smallBytes }: { headers?: Record<string, string>; body?: Buffer; limitBytes?: number } = {},
  ): Promise<HttpAnswer> {
    const { username: _user, password: _password, ...access } = this.#options
    const send = (): Promise<HttpAnswer> =>
      exchange(url, {
        ...access,
        method,
        limitBytes,
        ...(body ? { body } : {}),
        // A page or a place for an upload may be elsewhere; what the registry is told in confidence stays with it.
        headers: { ...headers, ...(this.#authorization && new URL(url).host === this.#host ? { authorization: this.#authorization } : {}) },
      })
    const answer = await send()
    if (answer.status !== 401 || this.#authorization) return answer
    this.#authorization = await this.#authorize(String(answer.headers['www-authenticate'] ?? ''))
    return this.#authorization ? send() : answer
  }

  async #authorize(challenge: string): Promise<string | undefined> {
    const { username = '', password = '', credentialsFile, env } = this.#options
    const known = username !== '' ? { username, password } : await credentialsFor(credentialsFile, this.#host, env)
    const basic = known && !known.identityToken ? `Basic ${Buffer.from(`${known.username}:${known.password}`).toString('base64')}` : undefined
    if (!/^bearer /i.test(challenge)) return basic
    const fields: Record<string, string> = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1]!, match[2]!]))
    const at = new URL(fields.realm ?? '')
    const { username: _user, password: _password, ...access } = this.#options
    const asked = new URLSearchParams(Object.entries(fields).filter(([name]) => name === 'service' || name === 'scope'))
    const answer = known?.identityToken
      ? await exchange(String(at), {
          ...access,
          method: 'POST',
          limitBytes: smallBytes,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.from(`${asked}&grant_type=refresh_token&client_id=oras-go&refresh_token=${encodeURIComponent(known.identityToken)}`),
        })
      : await exchange(`${at}${at.search === '' ? '?' : '&'}${asked}`, { ...access, limitBytes: smallBytes, headers: basic ? { authorization: basic } : {} })
    if (answer.status !== 200) throw new Error(`failed to fetch a token from ${at.host}: ${statusText(answer.status)}`)
    const { token, access_token: accessToken } = JSON.parse(answer.body.toString('utf8'))
    return `Bearer ${token ?? accessToken}`
  }

  /** `missing` is what is told not to be found, in place of the answer's own words. */
  async succeed(
    method: string,
    path: string,
    { missing, ...options }: Parameters<Registry['request']>[2] & { readonly missing?: string } = {},
  ): Promise<HttpAnswer> {
    const url = path.startsWith('http') ? path : this.url(path)
    const answer = await this.request(method, url, options)
    if (answer.status >= 200 && answer.status < 300) return answer
    if (answer.status === 404 && missing !== undefined) throw new Error(`${missing}: not found`)
    throw new Error(`${method} ${JSON.stringify(url)}: response status code ${answer.status}: ${errorIn(answer)}`)
  }

  /** A manifest may lie: what its descriptor says of a blob has to be true of the bytes that came. */
  async blob(repository: string, { digest, size }: Descriptor, limitBytes: number): Promise<Buffer> {
    if (!/^sha256:[0-9a-f]{64}$/.test(String(digest))) throw new Error(`invalid digest ${JSON.stringify(digest)}`)
    if (typeof size === 'number' && size > limitBytes) throw new Error(`the blob ${digest} has ${size} bytes; ${limitBytes} are allowed`)
    const { body } = await this.succeed('GET', `${repository}/blobs/${digest}`, { limitBytes })
    if (typeof size === 'number' && body.length !== size) throw new Error(`the blob ${digest} has ${body.length} bytes, where its manifest says ${size}`)
    if (digestOf(body) !== digest) throw new Error(`the registry sent other bytes than those of ${digest}`)
    return body
  }

  /** Throws in the words of oras where the registry does not tell. */
  async exists(path: string): Promise<boolean> {
    try {
      const { status } = await this.request('HEAD', this.url(path))
      if (status === 200 || status === 404) return status === 200
      throw new Error(`HEAD ${JSON.stringify(this.url(path))}: response status code ${status}: ${statusText(status).replace(/^\d+ /, '')}`)
    } catch (error) {
      throw new Error(`failed to perform "Exists" on destination: ${(error as Error).message}`, { cause: error })
    }
  }

  async pushBlob(repository: string, bytes: Buffer): Promise<void> {
    const digest = digestOf(bytes)
    if (await this.exists(`${repository}/blobs/${digest}`)) return
    const begun = await this.succeed('POST', `${repository}/blobs/uploads/`)
    const place = new URL(String(begun.headers.location ?? ''), begun.url)
    place.searchParams.set('digest', digest)
    await this.succeed('PUT', String(place), { headers: { 'content-type': 'application/octet-stream' }, body: bytes })
  }
}

/** What an answer that is no success tells. */
export function errorIn({ status, body }: HttpAnswer): string {
  try {
    const { errors } = JSON.parse(body.toString('utf8'))
    return errors.map(({ code, message }: { code: string; message: string }) => `${String(code).toLowerCase().replaceAll('_', ' ')}: ${message}`).join('; ')
  } catch {
    return statusText(status).replace(/^\d+ /, '')
  }
}
