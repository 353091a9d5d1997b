/** The file of --authentication-config: AuthenticationConfiguration of apiserver.config.k8s.io (validation as k8s.io/apiserver's ValidateAuthenticationConfiguration). */
import { X509Certificate } from 'node:crypto'
import { aggregateText, duplicate, type FieldError, type FieldPath, fieldErrorText, invalidValue, path, required, tooMany } from '#apimachinery/field-error.ts'
import { parseGoUrl } from '#apimachinery/go-url.ts'
import { isDns1123Subdomain, isDomainPrefixedPath } from '#apimachinery/names.ts'
import { CelError, type CelProgram } from '#cel/types.ts'
import { decodeConfiguration } from '../configuration/decode.ts'
import { apiserverKinds } from '../configuration/schemas.ts'
import { compileClaimMapping, compileClaimRule, compileUserRule } from './oidc/expressions.ts'
import type { JwtAuthenticatorConfig, PrefixedClaim } from './oidc/types.ts'

export interface AuthenticationConfiguration {
  readonly jwt: readonly JwtAuthenticatorConfig[]
  readonly anonymous?: AnonymousConfig
}

export interface AnonymousConfig {
  readonly enabled: boolean
  readonly conditions?: readonly { readonly path: string }[]
}

const maxAuthenticators = 64

/** Throws an Error: the file is none. */
export function loadAuthenticationConfiguration(text: string): AuthenticationConfiguration {
  if (text === '') throw new Error('empty config data')
  const { kind, object } = decodeConfiguration(text, apiserverKinds)
  if (kind !== 'AuthenticationConfiguration') throw new Error(`expected AuthenticationConfiguration, got *apiserver.${kind}`)
  const { jwt = [], anonymous } = object
  return { jwt, ...(anonymous ? { anonymous: { enabled: false, ...anonymous } } : {}) }
}

/** Throws an Error with the fields that are wrong. `own`: issuers that are the server's. */
export function validateAuthenticationConfiguration(configuration: AuthenticationConfiguration, own: readonly string[] = []): void {
  const errors = authenticationErrors(configuration)
  if (errors.length > 0) throw new Error(`invalid authentication configuration: ${aggregateText(errors.map(fieldErrorText))}`)
  refuseOwnIssuers(configuration.jwt, own)
}

/** The server's own issuer is looked for when the authenticators are made, of which each knows nothing of its place. */
function refuseOwnIssuers(jwt: readonly JwtAuthenticatorConfig[], own: readonly string[]): void {
  const shared = jwt.find(({ issuer }) => own.includes(issuer.url))
  if (shared) throw new Error(fieldErrorText(ownIssuer(path('issuer', 'url'), shared.issuer.url, own)))
}

const ownIssuer = (at: FieldPath, url: string, own: readonly string[]): FieldError =>
  invalidValue(at, url, `URL must not overlap with disallowed issuers: [${own.toSorted().join(' ')}]`)

/** `own`: issuers that are the server's. */
export function authenticationErrors({ jwt, anonymous }: AuthenticationConfiguration, own: readonly string[] = []): FieldError[] {
  const root = path('jwt')
  if (jwt.length > maxAuthenticators) return [tooMany(root, jwt.length, maxAuthenticators)]
  const errors: FieldError[] = []
  const issuers = new Set<string>()
  const discoveries = new Set<string>()
  for (const [index, each] of jwt.entries()) {
    const at = root.index(index)
    const { url = '', discoveryURL } = each.issuer
    if (own.includes(url)) errors.push(ownIssuer(at.child('issuer', 'url'), url, own))
    errors.push(...jwtErrors(each, at))
    if (issuers.has(url)) errors.push(duplicate(at.child('issuer', 'url'), url))
    issuers.add(url)
    if (!discoveryURL) continue
    if (discoveries.has(discoveryURL)) errors.push(duplicate(at.child('issuer', 'discoveryURL'), discoveryURL))
    discoveries.add(discoveryURL)
  }
  if (anonymous && !anonymous.enabled && anonymous.conditions?.length) {
    const shown = anonymous.conditions.map((condition) => ({ Path: condition.path ?? '' }))
    errors.push(invalidValue(path('anonymous', 'conditions'), shown, 'enabled should be set to true when conditions are defined'))
  }
  return errors
}

function jwtErrors({ issuer, claimMappings, claimValidationRules = [], userValidationRules = [] }: JwtAuthenticatorConfig, at: FieldPath): FieldError[] {
  const claimRules = ruleErrors(claimValidationRules, at.child('claimValidationRules'))
  return [
    ...issuerErrors(issuer, at.child('issuer')),
    ...claimRules.errors,
    ...mappingErrors(claimMappings, at.child('claimMappings'), claimRules.programs),
    ...userRuleErrors(userValidationRules, at.child('userValidationRules')),
  ]
}

function issuerErrors({ url = '', discoveryURL = '', audiences = [], ...issuer }: JwtAuthenticatorConfig['issuer'], at: FieldPath): FieldError[] {
  const errors = url === '' ? [required(at.child('url'))] : urlErrors(url, at.child('url'))
  if (discoveryURL !== '') {
    const where = at.child('discoveryURL')
    const plain = (each: string): string => each.replace(/\/+$/, '')
    if (url !== '' && plain(url) === plain(discoveryURL)) errors.push(invalidValue(where, discoveryURL, 'discoveryURL must be different from URL'))
    errors.push(...urlErrors(discoveryURL, where))
  }
  errors.push(...audienceErrors(audiences, issuer.audienceMatchPolicy ?? '', at))
  const { certificateAuthority = '', egressSelectorType = '' } = issuer
  if (certificateAuthority !== '' && !holdsCertificate(certificateAuthority))
    errors.push(invalidValue(at.child('certificateAuthority'), '<omitted>', 'data does not contain any valid RSA or ECDSA certificates'))
  if (egressSelectorType !== '' && egressSelectorType !== 'controlplane' && egressSelectorType !== 'cluster')
    errors.push(invalidValue(at.child('egressSelectorType'), egressSelectorType, 'egress selector must be either controlplane or cluster'))
  return errors
}

function urlErrors(text: string, at: FieldPath): FieldError[] {
  try {
    const { scheme, user, query, fragment } = parseGoUrl(text)
    return [
      ...(scheme === 'https' ? [] : ['URL scheme must be https']),
      ...(user === undefined ? [] : ['URL must not contain a username or password']),
      ...(query === '' ? [] : ['URL must not contain a query']),
      ...(fragment === '' ? [] : ['URL must not contain a fragment']),
    ].map((why) => invalidValue(at, text, why))
  } catch (error) {
    return [invalidValue(at, text, (error as Error).message)]
  }
}

function audienceErrors(audiences: readonly string[], policy: string, at: FieldPath): FieldError[] {
  const where = at.child('audiences')
  if (audiences.length === 0) return [required(where, `at least one ${where.toString()} is required`)]
  const errors: FieldError[] = []
  for (const [index, audience] of audiences.entries()) {
    if (audience === '') errors.push(required(where.index(index)))
    if (audiences.indexOf(audience) < index) errors.push(duplicate(where.index(index), audience))
  }
  if (audiences.length > 1 && policy !== 'MatchAny')
    errors.push(invalidValue(at.child('audienceMatchPolicy'), policy, 'audienceMatchPolicy must be MatchAny for multiple audiences'))
  if (audiences.length === 1 && policy !== '' && policy !== 'MatchAny')
    errors.push(invalidValue(at.child('audienceMatchPolicy'), policy, 'audienceMatchPolicy must be empty or MatchAny for single audience'))
  return errors
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

type Compiled = { readonly program: CelProgram } | { readonly error: FieldError }

function compiled(compile: (text: string) => CelProgram, text: string, at: FieldPath): Compiled {
  try {
    return { program: compile(text) }
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return { error: invalidValue(at, text, error.message) }
  }
}

function ruleErrors(rules: NonNullable<JwtAuthenticatorConfig['claimValidationRules']>, at: FieldPath): { errors: FieldError[]; programs: CelProgram[] } {
  const errors: FieldError[] = []
  const programs: CelProgram[] = []
  const claims = new Set<string>()
  const expressions = new Set<string>()
  for (const [index, { claim = '', expression = '', message = '', requiredValue = '' }] of rules.entries()) {
    const where = at.index(index)
    if (claim !== '' && expression !== '') errors.push(invalidValue(where, claim, "claim and expression can't both be set"))
    else if (claim !== '') {
      if (message !== '') errors.push(invalidValue(where.child('message'), message, 'may not be specified when claim is set'))
      if (claims.has(claim)) errors.push(duplicate(where.child('claim'), claim))
      claims.add(claim)
    } else if (expression === '') errors.push(required(where, 'claim or expression is required'))
    else {
      if (requiredValue !== '') errors.push(invalidValue(where.child('requiredValue'), requiredValue, 'may not be specified when expression is set'))
      if (expressions.has(expression)) {
        errors.push(duplicate(where.child('expression'), expression))
        continue
      }
      expressions.add(expression)
      const found = compiled(compileClaimRule, expression, where.child('expression'))
      if ('error' in found) errors.push(found.error)
      else programs.push(found.program)
    }
  }
  return { errors, programs }
}

const emailUnverified =
  'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'

function mappingErrors(
  { username, groups, uid, extra = [] }: JwtAuthenticatorConfig['claimMappings'],
  at: FieldPath,
  rules: readonly CelProgram[],
): FieldError[] {
  const errors: FieldError[] = []
  const name = prefixedErrors(username, at.child('username'), true)
  errors.push(...name.errors, ...prefixedErrors(groups ?? {}, at.child('groups'), false).errors)
  if (uid?.claim && uid.expression) errors.push(invalidValue(at.child('uid'), '', "claim and expression can't both be set"))
  else if (uid?.expression) {
    const found = compiled(compileClaimMapping, uid.expression, at.child('uid', 'expression'))
    if ('error' in found) errors.push(found.error)
  }
  const extras = extraErrors(extra, at.child('extra'))
  errors.push(...extras.errors)
  const verifying = [...rules, ...extras.programs, ...(name.program ? [name.program] : [])]
  if (name.program?.selects('claims', 'email') && !verifying.some((program) => program.selects('claims', 'email_verified')))
    errors.push(invalidValue(at.child('username', 'expression'), username.expression, emailUnverified))
  return errors
}

function prefixedErrors(
  { claim = '', expression = '', prefix }: PrefixedClaim,
  at: FieldPath,
  isRequired: boolean,
): { errors: FieldError[]; program?: CelProgram } {
  if (expression !== '' && claim !== '') return { errors: [invalidValue(at, '', "claim and expression can't both be set")] }
  if (expression !== '') {
    const errors = prefix === undefined ? [] : [invalidValue(at.child('prefix'), prefix, 'may not be specified when expression is set')]
    const found = compiled(compileClaimMapping, expression, at.child('expression'))
    if ('error' in found) return { errors: [...errors, found.error] }
    // Of a mapping that is wrong nothing further is looked at.
    return errors.length > 0 ? { errors } : { errors, program: found.program }
  }
  if (claim !== '' && prefix === undefined)
    return { errors: [required(at.child('prefix'), 'prefix is required when claim is set. It can be set to an empty string to disable prefixing')] }
  return { errors: claim === '' && isRequired ? [required(at, 'claim or expression is required')] : [] }
}

function extraErrors(
  extra: NonNullable<JwtAuthenticatorConfig['claimMappings']['extra']>,
  at: FieldPath,
): { readonly errors: FieldError[]; readonly programs: CelProgram[] } {
  const errors: FieldError[] = []
  const programs: CelProgram[] = []
  const keys = new Set<string>()
  for (const [index, { key = '', valueExpression = '' }] of extra.entries()) {
    const where = at.index(index)
    errors.push(...keyErrors(key, where.child('key')))
    if (keys.has(key)) {
      errors.push(duplicate(where.child('key'), key))
      continue
    }
    keys.add(key)
    if (valueExpression === '') {
      errors.push(required(where.child('valueExpression')))
      continue
    }
    const found = compiled(compileClaimMapping, valueExpression, where.child('valueExpression'))
    if ('error' in found) errors.push(found.error)
    else programs.push(found.program)
  }
  return { errors, programs }
}

function keyErrors(key: string, at: FieldPath): FieldError[] {
  if (key === '') return [required(at)]
  const [domain, rest] = key.includes('/') ? [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)] : ['', '']
  const errors =
    domain === '' || rest === ''
      ? [invalidValue(at, key, isDomainPrefixedPath(key)[0]!)]
      : [
          ...isDns1123Subdomain(domain).map((why) => invalidValue(at, domain, why)),
          ...isDomainPrefixedPath(`a.b/${rest}`).map((why) => invalidValue(at, rest, why)),
        ]
  if (key !== key.toLowerCase()) errors.push(invalidValue(at, key, 'must be lowercase'))
  if (/^(.*\.)?(kubernetes|k8s)\.io$/s.test(domain))
    errors.push(invalidValue(at, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'))
  return errors
}

function userRuleErrors(rules: NonNullable<JwtAuthenticatorConfig['userValidationRules']>, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const expressions = new Set<string>()
  for (const [index, { expression = '' }] of rules.entries()) {
    const where = at.index(index).child('expression')
    if (expression === '') errors.push(required(where))
    else if (expressions.has(expression)) errors.push(duplicate(where, expression))
    else {
      expressions.add(expression)
      const found = compiled(compileUserRule, expression, where)
      if ('error' in found) errors.push(found.error)
    }
  }
  return errors
}
