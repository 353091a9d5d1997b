/** `Authorization: Bearer TOKEN`, and WebSocket's `base64url.bearer.authorization.k8s.io.TOKEN` subprotocol, asked of token authenticators in order. */
import { unauthorized } from '#apimachinery/status-error.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import type { ApiRequest, Authenticator } from '../types.ts'
import { InvalidTokenError, type TokenAuthenticator, type TokenUser } from './types.ts'

export const webSocketTokenPrefix = 'base64url.bearer.authorization.k8s.io.'
/** Longer than any real token; shields the parsers. */
const maxTokenLength = 64 * 1024

export function bearerTokenAuthenticator(tokens: TokenAuthenticator, log: Logger = silentLogger): Authenticator {
  return {
    name: 'bearer-token',
    async authenticate(request) {
      const token = bearerToken(request)
      if (token === undefined) return undefined
      try {
        const found = await tokens.authenticateToken(token)
        if (found) return found.user
      } catch (error) {
        if (!(error instanceof InvalidTokenError)) throw error
        log.info('refused a bearer token', { reason: error.message })
      }
      throw unauthorized()
    },
  }
}

/** The token of a request, or undefined when it carries none. Unauthorized for WebSocket's subprotocol where it is not alone of its kind, or alone at all. */
export function bearerToken({ headers }: Pick<ApiRequest, 'headers'>): string | undefined {
  const authorization = headers.authorization?.trim()
  if (authorization) {
    const [scheme, token] = authorization.split(/ +/, 2)
    return scheme?.toLowerCase() === 'bearer' && token && token.length <= maxTokenLength ? token : undefined
  }
  if (headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  const protocols = headers['sec-websocket-protocol']?.split(',').map((each) => each.trim()) ?? []
  const tokens = protocols.filter((each) => each.startsWith(webSocketTokenPrefix))
  if (tokens.length === 0) return undefined
  const encoded = tokens[0]!.slice(webSocketTokenPrefix.length)
  // Another must be there to be answered with: a token is not to be sent back.
  if (tokens.length > 1 || tokens.length === protocols.length || !isBase64Url(encoded)) throw unauthorized()
  return Buffer.from(encoded, 'base64url').toString()
}

/** Some, without padding. */
function isBase64Url(text: string): boolean {
  return /^[\w-]+$/.test(text) && text.length <= maxTokenLength
}

/** The first that accepts; a failure counts only when none does. */
export function unionTokenAuthenticator(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return {
    name: 'union',
    async authenticateToken(token, audiences): Promise<TokenUser | undefined> {
      const failures: string[] = []
      for (const authenticator of authenticators) {
        try {
          const found = await authenticator.authenticateToken(token, audiences)
          if (found) return found
        } catch (error) {
          if (!(error instanceof InvalidTokenError)) throw error
          failures.push(error.message)
        }
      }
      if (failures.length > 0) throw new InvalidTokenError(`[invalid bearer token, ${failures.join(', ')}]`)
      return undefined
    },
  }
}
