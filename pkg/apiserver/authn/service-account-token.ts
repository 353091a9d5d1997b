/**
 * Service-account tokens: signature, issuer, audience, times, and that the account and what the token is bound to
 * still exist with the same uid. Signatures are verified once and remembered; existence is asked every time, so that
 * a deleted pod's token stops working at once.
 */
import { createHash } from 'node:crypto'
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import { type Clock, systemClock } from '#base/clock.ts'
import { checkBoundClaims } from './bound-claims.ts'
import { checkLegacyClaims, legacyIssuer } from './legacy-token.ts'
import { type VerificationKey, verificationKey } from './signing-keys.ts'
import { InvalidTokenError, type TokenAuthenticator, type TokenGetters } from './types.ts'

export interface ServiceAccountTokenOptions {
  /** PEMs of public keys (or private ones). */
  readonly publicKeys: readonly string[]
  /** Accepted issuers; the first is what new tokens carry. */
  readonly issuers: readonly string[]
  /** The API server's own audiences; default: the issuers. */
  readonly apiAudiences?: readonly string[]
  readonly getters: TokenGetters
  readonly clock?: Clock
}

const maxVerified = 4096

export function serviceAccountTokenAuthenticator(options: ServiceAccountTokenOptions): TokenAuthenticator {
  const { issuers, apiAudiences = issuers, getters, clock = systemClock } = options
  const keys = options.publicKeys.map(verificationKey)
  const verified = new Map<string, JWTPayload>()

  /** Undefined: the token is not ours to judge. */
  async function payloadOf(token: string): Promise<JWTPayload | undefined> {
    const digest = createHash('sha256').update(token).digest('base64')
    const known = verified.get(digest)
    if (known) return known
    const issuer = unverifiedIssuer(token)
    if (issuer === undefined || !(issuer === legacyIssuer || issuers.includes(issuer))) return undefined
    const payload = await verify(token, keys)
    if (verified.size >= maxVerified) verified.delete(verified.keys().next().value!)
    verified.set(digest, payload)
    return payload
  }

  return {
    name: 'service-account',
    async authenticateToken(token, audiences = apiAudiences) {
      const payload = await payloadOf(token)
      if (!payload) return undefined
      const now = clock.now()
      if (payload.iss === legacyIssuer) {
        const user = await checkLegacyClaims(token, payload, getters, now)
        return { user, audiences: audiences.filter((each) => apiAudiences.includes(each)) }
      }
      const tokenAudiences = payload.aud === undefined ? [] : [payload.aud].flat()
      const fitting = audiences.filter((each) => tokenAudiences.includes(each))
      if (fitting.length === 0)
        throw new InvalidTokenError(`token audiences ${JSON.stringify(tokenAudiences)} is invalid for the target audiences ${JSON.stringify(audiences)}`)
      return { user: await checkBoundClaims(payload, getters, now), audiences: fitting }
    },
  }
}

/** Read before verification, only to learn whether the token is ours to judge. */
function unverifiedIssuer(token: string): string | undefined {
  if (token.split('.').length !== 3) return undefined
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

async function verify(token: string, keys: readonly VerificationKey[]): Promise<JWTPayload> {
  let keyId: string | undefined
  try {
    keyId = decodeProtectedHeader(token).kid
  } catch {
    throw new InvalidTokenError('invalid service account token header')
  }
  const named = keys.filter((each) => each.id === keyId)
  for (const { publicKey, algorithm } of named.length > 0 ? named : keys) {
    try {
      // The algorithm is the key's own: a token cannot choose "none" or an HMAC over a public key.
      const { payload } = await compactVerify(token, publicKey, { algorithms: [algorithm] })
      return JSON.parse(new TextDecoder().decode(payload)) as JWTPayload
    } catch {
      // Try the next key.
    }
  }
  throw new InvalidTokenError('go-jose/go-jose: error in cryptographic primitive')
}
