/**
 * Tokens of an OpenID Connect issuer (docs: "OpenID Connect Tokens", "Authentication configuration from a file"): the
 * signature by `jose`, then who it is, then the rules. Upstream: apiserver's plugin/pkg/authenticator/token/oidc.
 */
import type { Clock } from '#base/clock.ts'
import type { UserInfo } from '../../types.ts'
import { InvalidTokenError, type TokenAuthenticator } from '../types.ts'
import { claimMapper } from './claim-mapper.ts'
import { distributedClaims } from './distributed-claims.ts'
import { type FetchDocument, type FetchText, fetchOver, issuerKeys } from './keys.ts'
import type { JwtAuthenticatorConfig } from './types.ts'
import { rephrased, untrustedIssuer, type Verify, verifier } from './verify.ts'

export { signingAlgorithms } from './verify.ts'

export interface OidcOptions {
  readonly config: JwtAuthenticatorConfig
  readonly clock: Clock
  /** For tests. */
  readonly fetch?: FetchDocument
}

/** Throws CelCompileError when an expression of the configuration cannot be. */
export function oidcAuthenticator({ config, clock, fetch }: OidcOptions): TokenAuthenticator {
  const { issuer } = config
  const fetchText: FetchText = fetchOver(issuer.certificateAuthority)
  const documents: FetchDocument = fetch ?? (async (url) => JSON.parse(await fetchText(url)))
  const verifierOf = (url: string, discoveryUrl?: string): Verify =>
    verifier(config, url, issuerKeys({ issuer: url, discoveryUrl, fetch: documents, clock }), clock)
  const verify = verifierOf(issuer.url, issuer.discoveryURL)
  const userOf = claimMapper(config)
  const { claim } = config.claimMappings.groups ?? {}
  const expand = claim ? distributedClaims({ claim, verifierOf, fetch: fetchText }) : undefined
  return {
    name: 'oidc',
    async authenticateToken(token): Promise<{ user: UserInfo } | undefined> {
      // Another issuer's tokens are another authenticator's business.
      if (untrustedIssuer(token) !== issuer.url) return undefined
      try {
        const claims = await rephrased('verify token', () => verify(token))
        if (expand) await rephrased('could not expand distributed claims', () => expand(claims))
        return { user: await userOf(claims) }
      } catch (error) {
        if (error instanceof InvalidTokenError) throw error
        throw new InvalidTokenError(`oidc: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
  }
}
