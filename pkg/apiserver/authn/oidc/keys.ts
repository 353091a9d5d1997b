/** An issuer's signing keys: found by its discovery document, kept, and asked for again when a token names one that is not known. */
import { request } from 'node:https'
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '#base/clock.ts'
import { InvalidTokenError } from '../types.ts'

export type FetchText = (url: string, headers?: Readonly<Record<string, string>>) => Promise<string>
export type FetchDocument = (url: string) => Promise<unknown>

const maxBytes = 4 * 1024 * 1024
const timeoutMs = 30_000
/** Tokens with made-up key ids must not have the issuer asked each time. */
const minRefreshMs = 10_000

/** Another answer than 200; the text is the status line. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

/** HTTPS, against the given authorities or the system's. */
export function fetchOver(ca: string | undefined): FetchText {
  return (url, headers = {}) =>
    new Promise((resolve, reject) => {
      if (!url.startsWith('https://')) return reject(new Error(`${url}: only https is allowed`))
      const asking = request(
        url,
        { ...(ca ? { ca } : {}), headers: { accept: 'application/json', ...headers }, signal: AbortSignal.timeout(timeoutMs) },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > maxBytes) response.destroy(new Error('response body too large'))
            else chunks.push(chunk)
          })
          response.on('error', reject)
          response.on('end', () => {
            const { statusCode = 0, statusMessage } = response
            if (statusCode !== 200) return reject(new RefusedError(`${statusCode} ${statusMessage}`))
            resolve(Buffer.concat(chunks).toString())
          })
        },
      )
      asking.on('error', reject)
      asking.end()
    })
}

export function issuerKeys(options: { issuer: string; discoveryUrl?: string | undefined; fetch: FetchDocument; clock: Clock }): JWTVerifyGetKey {
  const { issuer, fetch, clock } = options
  const discoveryUrl = options.discoveryUrl || `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let askedMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  async function load(): Promise<void> {
    const found = (await fetch(discoveryUrl)) as { issuer?: string; jwks_uri?: string }
    if (found.issuer !== issuer)
      throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(issuer)} got ${JSON.stringify(found.issuer)}`)
    keys = createLocalJWKSet((await fetch(found.jwks_uri ?? '')) as JSONWebKeySet)
  }
  function refresh(): Promise<void> {
    if (asking) return asking
    if (clock.now() - askedMs < minRefreshMs) return Promise.resolve()
    askedMs = clock.now()
    asking = load().finally(() => {
      asking = undefined
    })
    return asking
  }
  return async (header, token) => {
    if (!keys) await refresh().catch(() => {})
    if (!keys) throw new InvalidTokenError('oidc: authenticator not initialized')
    try {
      return await keys(header, token)
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error
      await refresh()
      return keys(header, token)
    }
  }
}
