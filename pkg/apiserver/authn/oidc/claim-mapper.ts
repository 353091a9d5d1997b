/** From an issuer's claims to a user, by names of claims or by CEL, and the rules that both must hold. */
import type { CelProgram } from '#cel/types.ts'
import type { UserInfo } from '../../types.ts'
import { InvalidTokenError } from '../types.ts'
import { type Claims, claimFlag, claimText, claimTexts } from './claims.ts'
import { compileClaimMapping, compileClaimRule, compileUserRule, evaluateClaims } from './expressions.ts'
import type { JwtAuthenticatorConfig, PrefixedClaim } from './types.ts'

const credentialId = 'authentication.kubernetes.io/credential-id'

/** Expressions are compiled once. Throws InvalidTokenError. */
export function claimMapper({
  claimMappings,
  claimValidationRules = [],
  userValidationRules = [],
}: JwtAuthenticatorConfig): (claims: Claims) => Promise<UserInfo> {
  const { username, groups = {}, uid = {}, extra = [] } = claimMappings
  const mapping = (expression: string | undefined): CelProgram | undefined => (expression ? compileClaimMapping(expression) : undefined)
  const programs = { username: mapping(username.expression), groups: mapping(groups.expression), uid: mapping(uid.expression) }
  const extras = extra.map(({ key, valueExpression }) => ({ key, program: compileClaimMapping(valueExpression) }))
  const required = claimValidationRules.filter(({ claim }) => claim)
  const claimRules = claimValidationRules
    .filter(({ claim }) => !claim)
    .map(({ expression = '', message = '' }) => ({ message, program: compileClaimRule(expression) }))
  const userRules = userValidationRules.map(({ expression, message = '' }) => ({ message, program: compileUserRule(expression) }))

  return async (claims) => {
    const uidOf = async (): Promise<string> => {
      if (uid.claim) return told(`parse uid claim ${JSON.stringify(uid.claim)}`, () => claimText(present(claims, uid.claim!)))
      if (!programs.uid) return ''
      const found = await evaluated(programs.uid, { claims }, 'uid claim expression')
      if (typeof found !== 'string') throw wrong('error evaluating uid claim expression: uid claim expression must return a string')
      return found
    }
    const name = await usernameOf(claims, username, programs.username)
    const groupList = await groupsOf(claims, groups, programs.groups)
    const id = await uidOf()
    const more = await extraOf(claims, extras)
    const user: UserInfo = { name, groups: groupList, ...(id === '' ? {} : { uid: id }), ...(Object.keys(more).length > 0 ? { extra: more } : {}) }
    for (const { claim = '', requiredValue = '' } of required) checkRequired(claims, claim, requiredValue)
    await check(claimRules, { claims }, 'claim validation expression')
    await check(userRules, { user: shown(user) }, 'user info validation rule')
    return user
  }
}

type Variables = { readonly claims?: unknown; readonly user?: unknown }

const wrong = (why: string): InvalidTokenError => new InvalidTokenError(`oidc: ${why}`)

function told<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw wrong(`${what}: ${(error as Error).message}`)
  }
}

function present(claims: Claims, name: string): unknown {
  if (!Object.hasOwn(claims, name)) throw new Error('claim not present')
  return claims[name]
}

async function evaluated(program: CelProgram, variables: Variables, what: string): Promise<unknown> {
  try {
    return await evaluateClaims(program, variables)
  } catch (error) {
    const why = `expression '${program.expression}' resulted in error: ${error instanceof Error ? error.message : String(error)}`
    throw new InvalidTokenError(what === '' ? why : `oidc: error evaluating ${what}: ${why}`)
  }
}

async function usernameOf(claims: Claims, { claim = '', prefix = '' }: PrefixedClaim, program: CelProgram | undefined): Promise<string> {
  if (program) {
    const found = await evaluated(program, { claims }, 'username claim expression')
    if (typeof found !== 'string') throw wrong('error evaluating username claim expression: username claim expression must return a string')
    if (found === '') throw wrong('empty username via CEL expression is not allowed')
    return found
  }
  const found = told(`parse username claims ${JSON.stringify(claim)}`, () => claimText(present(claims, claim)))
  // An address that anyone could have written down is nobody's name.
  if (claim === 'email' && Object.hasOwn(claims, 'email_verified') && !told("parse 'email_verified' claim", () => claimFlag(claims.email_verified)))
    throw wrong('email not verified')
  return `${prefix}${found}`
}

async function groupsOf(claims: Claims, { claim = '', prefix = '' }: PrefixedClaim, program: CelProgram | undefined): Promise<string[]> {
  if (claim !== '' && Object.hasOwn(claims, claim))
    return told(`parse groups claim ${JSON.stringify(claim)}`, () => claimTexts(claims[claim])).map((group) => `${prefix}${group}`)
  if (!program) return []
  const found = await evaluated(program, { claims }, 'group claim expression')
  return told('error evaluating group claim expression', () => stringsOf(found))
}

async function extraOf(claims: Claims, extras: readonly { readonly key: string; readonly program: CelProgram }[]): Promise<Record<string, string[]>> {
  const extra: Record<string, string[]> = {}
  if (typeof claims.jti === 'string' && claims.jti !== '') extra[credentialId] = [`JTI=${claims.jti}`]
  // All are evaluated before any is looked at.
  const found: { key: string; expression: string; value: unknown }[] = []
  for (const { key, program } of extras) found.push({ key, expression: program.expression, value: await evaluated(program, { claims }, '') })
  for (const { key, expression, value } of found) {
    const values = told(`error evaluating extra claim expression: ${expression}`, () => stringsOf(value))
    if (values.length > 0) extra[key] = values
  }
  return extra
}

function checkRequired(claims: Claims, claim: string, requiredValue: string): void {
  if (!Object.hasOwn(claims, claim)) throw wrong(`required claim ${claim} not present in ID token`)
  const value = told(`parse claim ${claim}`, () => claimText(claims[claim]))
  if (value !== requiredValue) throw wrong(`required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`)
}

async function check(rules: readonly { readonly message: string; readonly program: CelProgram }[], variables: Variables, what: string): Promise<void> {
  const results: { holds: unknown; message: string; expression: string }[] = []
  for (const { message, program } of rules) results.push({ holds: await evaluated(program, variables, what), message, expression: program.expression })
  for (const { holds, message, expression } of results) {
    if (typeof holds !== 'boolean') throw wrong(`error evaluating ${what}: validation expression must return a boolean`)
    if (!holds) throw wrong(`error evaluating ${what}: validation expression '${expression}' failed: ${message}`)
  }
}

const shown = ({ name, groups, uid = '', extra = {} }: UserInfo): object => ({ username: name, groups, uid, extra })

/** A string stands for a list of itself; null and "" for none. */
function stringsOf(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return []
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.filter((each) => each !== '')
  throw new Error('expression must return a string or a list of strings')
}
