/**
 * Tokens of an OpenID Connect issuer (docs: "OpenID Connect Tokens", "Authentication configuration from a file"): the
 * signature by `jose`, then the rules, then who it is.
 */
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '#base/clock.ts'
import type { CelProgram } from '#cel/types.ts'
import type { UserInfo } from '../../types.ts'
import { InvalidTokenError, type TokenAuthenticator } from '../types.ts'
import { compileClaims, evaluateClaims } from './expressions.ts'
import { type FetchDocument, fetchOver, issuerKeys } from './keys.ts'
import type { JwtAuthenticatorConfig, PrefixedClaim } from './types.ts'

const defaultAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512']

export interface OidcOptions {
  readonly config: JwtAuthenticatorConfig
  readonly clock: Clock
  /** For tests. */
  readonly fetch?: FetchDocument
}

/** Throws CelCompileError when an expression of the configuration cannot be. */
export function oidcAuthenticator({ config, clock, fetch }: OidcOptions): TokenAuthenticator {
  const { issuer, algorithms = defaultAlgorithms } = config
  const documents = fetch ?? fetchOver(issuer.certificateAuthority)
  const keys = issuerKeys({ issuer: issuer.url, discoveryUrl: issuer.discoveryURL, fetch: documents, clock })
  const toUser = mappingOf(config)
  return {
    name: 'oidc',
    async authenticateToken(token) {
      let claimed: JWTPayload
      try {
        claimed = decodeJwt(token)
      } catch {
        return undefined
      }
      // Another issuer's tokens are another authenticator's business.
      if (claimed.iss !== issuer.url) return undefined
      try {
        const checks = {
          issuer: issuer.url,
          audience: [...issuer.audiences],
          algorithms: [...algorithms],
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp'],
        }
        const { payload } = await jwtVerify(token, keys, checks)
        return { user: await toUser(payload) }
      } catch (error) {
        if (error instanceof InvalidTokenError) throw error
        throw new InvalidTokenError(`oidc: verify token: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
  }
}

/** From claims to a user; compiled once. */
function mappingOf({ claimMappings, claimValidationRules = [], userValidationRules = [] }: JwtAuthenticatorConfig): (claims: JWTPayload) => Promise<UserInfo> {
  const { username, groups, uid, extra = [] } = claimMappings
  const program = (text: string | undefined, type?: string): CelProgram | undefined => (text ? compileClaims(text, type) : undefined)
  const usernameProgram = program(username.expression)
  const groupsProgram = program(groups?.expression)
  const uidProgram = program(uid?.expression)
  const extraPrograms = extra.map(({ key, valueExpression }) => ({ key, value: compileClaims(valueExpression) }))
  const claimRules = claimValidationRules.map((rule) => ({ ...rule, program: program(rule.expression, 'bool') }))
  const userRules = userValidationRules.map((rule) => ({ ...rule, program: compileClaims(rule.expression, 'bool') }))

  return async (claims) => {
    for (const { claim, requiredValue = '', expression, message, program: rule } of claimRules) {
      if (rule) {
        const holds = await evaluated(rule, { claims }, 'error evaluating claim validation expression')
        if (holds !== true)
          throw new InvalidTokenError(`oidc: error evaluating claim validation expression: validation expression '${expression}' failed: ${message ?? ''}`)
      } else if (claim) {
        const value = claims[claim]
        if (value === undefined) throw new InvalidTokenError(`oidc: required claim ${claim} not present in ID token`)
        if (value !== requiredValue)
          throw new InvalidTokenError(`oidc: required claim ${claim} value does not match. Got = ${String(value)}, want = ${requiredValue}`)
      }
    }
    const name = usernameProgram ? await evaluated(usernameProgram, { claims }, 'error evaluating username claim expression') : plainUsername(claims, username)
    if (typeof name !== 'string')
      throw new InvalidTokenError('oidc: error evaluating username claim expression: username claim expression must return a string')
    if (usernameProgram && name === '') throw new InvalidTokenError('oidc: username evaluated via CEL expression is empty')
    const groupList = groupsProgram
      ? stringsOf(await evaluated(groupsProgram, { claims }, 'error evaluating group claim expression'))
      : plainGroups(claims, groups)
    const uidValue = uidProgram ? await evaluated(uidProgram, { claims }, 'error evaluating uid claim expression') : uid?.claim ? claims[uid.claim] : undefined
    const extras: Record<string, string[]> = {}
    for (const { key, value } of extraPrograms) {
      const values = stringsOf(await evaluated(value, { claims }, 'error evaluating extra claim expression'))
      if (values.length > 0) extras[key] = values
    }
    const user: UserInfo = {
      name,
      groups: groupList,
      ...(typeof uidValue === 'string' && uidValue !== '' ? { uid: uidValue } : {}),
      ...(Object.keys(extras).length > 0 ? { extra: extras } : {}),
    }
    const shown = { username: user.name, groups: user.groups, uid: user.uid ?? '', extra: user.extra ?? {} }
    for (const { expression, message, program: rule } of userRules) {
      if ((await evaluated(rule, { user: shown }, 'error evaluating user info validation rule')) !== true)
        throw new InvalidTokenError(`oidc: error evaluating user info validation rule: validation expression '${expression}' failed: ${message ?? ''}`)
    }
    return user
  }
}

async function evaluated(program: CelProgram, variables: { claims?: unknown; user?: unknown }, what: string): Promise<unknown> {
  try {
    return await evaluateClaims(program, variables)
  } catch (error) {
    throw new InvalidTokenError(`oidc: ${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function plainUsername(claims: JWTPayload, { claim = '', prefix = '' }: PrefixedClaim): string {
  const value = claims[claim]
  if (value === undefined) throw new InvalidTokenError(`oidc: parse username claims ${JSON.stringify(claim)}: claim not present`)
  if (typeof value !== 'string') throw new InvalidTokenError(`oidc: parse username claims ${JSON.stringify(claim)}: the claim is no string`)
  // An address that anyone could have written down is nobody's name.
  if (claim === 'email' && claims.email_verified !== undefined && claims.email_verified !== true) throw new InvalidTokenError('oidc: email not verified')
  return `${prefix}${value}`
}

function plainGroups(claims: JWTPayload, groups: PrefixedClaim | undefined): string[] {
  if (!groups?.claim) return []
  return stringsOf(claims[groups.claim]).map((group) => `${groups.prefix ?? ''}${group}`)
}

/** A string stands for a list of itself; null and "" for none. */
function stringsOf(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return []
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.filter((each) => each !== '')
  throw new InvalidTokenError('oidc: expression must return a string or a list of strings')
}
