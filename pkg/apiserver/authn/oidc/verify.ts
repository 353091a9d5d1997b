/** What must be right with a token before its claims count: signature, issuer, audience, time (upstream: go-oidc's IDTokenVerifier). */
import { compactVerify, decodeProtectedHeader, errors as joseErrors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '#base/clock.ts'
import { InvalidTokenError } from '../types.ts'
import { checkSources, type Claims, claimText, claimTexts, readClaims } from './claims.ts'
import type { JwtAuthenticatorConfig } from './types.ts'

/** All that are allowed; a file may not choose, --oidc-signing-algs does. */
export const signingAlgorithms = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512']

/** Answers the claims of a token that the issuer has signed, for one of the audiences, and whose time it is. */
export type Verify = (token: string) => Promise<Claims>

const notBeforeLeewayMs = 60_000

export function verifier({ issuer, algorithms = signingAlgorithms }: JwtAuthenticatorConfig, url: string, keys: JWTVerifyGetKey, clock: Clock): Verify {
  const { audiences } = issuer
  return async (token) => {
    const alg = algorithmOf(token)
    if (!algorithms.includes(alg))
      throw new Error(`oidc: id token signed with unsupported algorithm, expected ${quotedList(algorithms)} got ${JSON.stringify(alg)}`)
    const text = await signed(token, keys, algorithms)
    const claims = await rephrased('oidc: failed to unmarshal claims', async () => readClaims(text))
    checkSources(claims)
    if (claims.iss !== url)
      throw new Error(`oidc: id token issued by a different provider, expected ${JSON.stringify(url)} got ${JSON.stringify(claims.iss ?? '')}`)
    const meant = claims.aud === undefined ? [] : claims.aud === null ? [''] : claimTexts(claims.aud)
    if (!meant.some((each) => audiences.includes(each)))
      throw new Error(
        audiences.length > 1
          ? `oidc: expected audience in ${quotedList(audiences.toSorted())} got ${quotedList(meant)}`
          : `oidc: expected audience ${JSON.stringify(audiences[0])} got ${quotedList(meant)}`,
      )
    const nowMs = clock.now()
    const expiryMs = typeof claims.exp === 'number' ? claims.exp * 1000 : Number.NEGATIVE_INFINITY
    if (expiryMs < nowMs) throw new Error(`oidc: token is expired (Token Expiry: ${goTime(expiryMs)})`)
    if (typeof claims.nbf === 'number' && nowMs + notBeforeLeewayMs < claims.nbf * 1000)
      throw new Error(`oidc: current time ${goTime(nowMs)} before the nbf (not before) time: ${goTime(claims.nbf * 1000)}`)
    return claims
  }
}

/** The text of what was signed. */
async function signed(token: string, keys: JWTVerifyGetKey, algorithms: readonly string[]): Promise<string> {
  try {
    const { payload } = await compactVerify(token, keys as never, { algorithms: [...algorithms] }).catch((error: unknown) =>
      withAnyOf(error, token, algorithms),
    )
    return Buffer.from(payload).toString()
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) throw new Error('failed to verify signature: failed to verify id token signature', { cause: error })
    throw error
  }
}

/** A token that names no key may be signed by each that fits. */
async function withAnyOf(error: unknown, token: string, algorithms: readonly string[]): ReturnType<typeof compactVerify> {
  if (!(error instanceof joseErrors.JWKSMultipleMatchingKeys)) throw error
  for await (const key of error) {
    try {
      return await compactVerify(token, key, { algorithms: [...algorithms] })
    } catch (failure) {
      if (!(failure instanceof joseErrors.JWSSignatureVerificationFailed)) throw failure
    }
  }
  throw new joseErrors.JWSSignatureVerificationFailed()
}

function algorithmOf(token: string): string {
  try {
    return String(decodeProtectedHeader(token).alg ?? '')
  } catch (error) {
    throw new Error(`oidc: malformed jwt: ${(error as Error).message}`, { cause: error })
  }
}

/** What the token says of itself; undefined: it is none. */
export function untrustedIssuer(token: string): string | undefined {
  const parts = token.split('.')
  if (parts.length !== 3 || !/^[\w-]*$/.test(parts[1]!)) return undefined
  try {
    const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString())
    const issuer = claimText(claims.iss ?? '')
    return issuer === 'accounts.google.com' ? 'https://accounts.google.com' : issuer
  } catch {
    return undefined
  }
}

/** As Go's %q has a list. */
const quotedList = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`

/** As Go prints a time in UTC. */
function goTime(ms: number): string {
  if (!Number.isFinite(ms)) return '0001-01-01 00:00:00 +0000 UTC'
  const [day, time] = new Date(ms).toISOString().slice(0, -1).split('T')
  return `${day} ${time!.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros))} +0000 UTC`
}

/** Tells what was being done when it failed; what is worded already stays. */
export async function rephrased<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof InvalidTokenError) throw error
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error })
  }
}
