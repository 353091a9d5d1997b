/** The file of --authentication-config: AuthenticationConfiguration of apiserver.config.k8s.io. */
import { parse } from 'yaml'
import { compileClaims } from './oidc/expressions.ts'
import type { JwtAuthenticatorConfig } from './oidc/types.ts'

export interface AuthenticationConfiguration {
  readonly jwt: readonly JwtAuthenticatorConfig[]
  readonly anonymous?: { readonly enabled: boolean; readonly conditions?: readonly { readonly path: string }[] }
}

const versions = new Set(['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`))
const maxAuthenticators = 64

/** Throws an Error with the fields that are wrong. */
export function parseAuthenticationConfiguration(text: string): AuthenticationConfiguration {
  const raw = parse(text) as (Partial<AuthenticationConfiguration> & { apiVersion?: string; kind?: string }) | null
  if (raw?.kind !== 'AuthenticationConfiguration' || !versions.has(raw.apiVersion ?? ''))
    throw new Error(`no kind ${JSON.stringify(raw?.kind ?? '')} is registered for version ${JSON.stringify(raw?.apiVersion ?? '')}`)
  const jwt = raw.jwt ?? []
  const errors = jwt.flatMap((each, at) => jwtErrors(each, `jwt[${at}]`))
  if (jwt.length > maxAuthenticators) errors.push(`jwt: Too many: ${jwt.length}: must have at most ${maxAuthenticators} items`)
  const urls = jwt.map(({ issuer }) => issuer?.url)
  for (const [at, url] of urls.entries()) if (urls.indexOf(url) < at) errors.push(`jwt[${at}].issuer.url: Duplicate value: ${JSON.stringify(url)}`)
  if (raw.anonymous && !raw.anonymous.enabled && raw.anonymous.conditions?.length)
    errors.push('anonymous.conditions: Invalid value: enabled should be set to true when conditions are defined')
  if (errors.length > 0) throw new Error(errors.join(', '))
  return { jwt, ...(raw.anonymous ? { anonymous: raw.anonymous } : {}) }
}

function jwtErrors({ issuer, claimMappings, claimValidationRules, userValidationRules }: JwtAuthenticatorConfig, at: string): string[] {
  const errors: string[] = []
  const url = issuer?.url ?? ''
  if (url === '') errors.push(`${at}.issuer.url: Required value: URL is required`)
  else if (!url.startsWith('https://')) errors.push(`${at}.issuer.url: Invalid value: ${JSON.stringify(url)}: URL scheme must be https`)
  if (issuer?.discoveryURL === url && url !== '')
    errors.push(`${at}.issuer.discoveryURL: Invalid value: ${JSON.stringify(url)}: discoveryURL must be different from URL`)
  if (!issuer?.audiences?.length) errors.push(`${at}.issuer.audiences: Required value: at least one jwt.issuer.audiences is required`)
  else if (issuer.audiences.length > 1 && issuer.audienceMatchPolicy !== 'MatchAny')
    errors.push(
      `${at}.issuer.audienceMatchPolicy: Invalid value: ${JSON.stringify(issuer.audienceMatchPolicy ?? '')}: audienceMatchPolicy must be MatchAny for multiple audiences`,
    )
  const username = claimMappings?.username
  const where = `${at}.claimMappings.username`
  if (!username?.claim && !username?.expression) errors.push(`${where}: Required value: claim or expression is required`)
  else if (username.claim && username.expression) errors.push(`${where}: Invalid value: "": claim and expression can't both be set`)
  else if (username.claim && username.prefix === undefined)
    errors.push(`${where}.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing`)
  const expressions = [
    username?.expression,
    claimMappings?.groups?.expression,
    claimMappings?.uid?.expression,
    ...(claimMappings?.extra ?? []).map(({ valueExpression }) => valueExpression),
    ...(claimValidationRules ?? []).map(({ expression }) => expression),
    ...(userValidationRules ?? []).map(({ expression }) => expression),
  ]
  for (const expression of expressions) {
    if (!expression) continue
    try {
      compileClaims(expression)
    } catch (error) {
      errors.push(`${at}: Invalid value: ${JSON.stringify(expression)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return errors
}
