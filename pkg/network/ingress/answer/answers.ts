/** What the proxy answers itself, in nginx's order: redirects to TLS, who may come, how often, with what password, CORS, redirects. */
import type { RateLimit } from '../request/rate-limit.ts'
import type { Digests } from '../auth/digest.ts'
import { digestInFile, hashInFile } from '../auth/htpasswd.ts'
import type { Match } from '../routes/match.ts'
import { type Passwords, TooManyPasswords } from '../auth/passwords.ts'
import { isInRanges } from '../routes/source-ranges.ts'
import type { CorsOptions, IngressState, LocationOptions, PasswordAuth } from '../types.ts'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Set-Cookie may come more than once. */
  readonly cookies?: readonly string[]
}

export interface RequestFacts {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  /** Path and query. */
  readonly target: string
  readonly client: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** Where the proxy is asked; ports are 0 where they do not matter. */
export interface Ports {
  readonly http: number
  readonly https: number
}

/** "https://host", with the port unless it is the usual one. */
export function originOf(scheme: 'http' | 'https', host: string, { http, https }: Ports, withPort = false): string {
  const [port, usual] = scheme === 'https' ? [https || 443, 443] : [http || 80, 80]
  return `${scheme}://${host.replace(/:\d+$/, '')}${port === usual && !withPort ? '' : `:${port}`}`
}

const guards = ['allowedSources', 'deniedSources', 'auth', 'externalAuth'] as const
const withoutSlash = (target: string): string => (target.endsWith('/') ? target.slice(0, -1) : target)

/** The host's counterpart with or without "www.". */
export function wwwRedirect(to: string, { scheme, target }: RequestFacts, ports: Ports): Answer {
  return { status: 308, headers: { location: `${originOf(scheme, to, ports)}${withoutSlash(target)}` } }
}

/** To the same by TLS. With the port in it the slash stays, as it does upstream. */
export function tlsRedirect(
  { host, target }: RequestFacts,
  ports: Ports,
  { preserveTrailingSlash, portInRedirects }: Partial<Pick<LocationOptions, 'preserveTrailingSlash' | 'portInRedirects'>> = {},
): Answer {
  const asked = preserveTrailingSlash || portInRedirects ? target : withoutSlash(target)
  return { status: 308, headers: { location: `${originOf('https', host, ports, portInRedirects)}${asked}` } }
}

/** Before anybody is asked who he is. */
export function ownAnswer({ location, routes }: Match, facts: RequestFacts, rates: RateLimit, ports: Ports): Answer | undefined {
  const { options } = location
  // As with nginx, whose loops through proxies nobody wants to be told of.
  if (facts.method === 'TRACE') return { status: 405 }
  if (options.denied !== undefined) return { status: 503 }
  // An Ingress that keeps out nobody redirects before all else.
  if (options.redirect && !guards.some((name) => options[name] !== undefined)) return redirectAnswer(location, facts, ports)
  if (facts.scheme === 'http' && (options.forceSslRedirect || (options.sslRedirect && routes.tls))) return tlsRedirect(facts, ports, options)
  // Browsers send no passwords along with it, and no route of their own to be known by.
  const preflight = preflightAnswer(options, facts)
  if (preflight) return preflight
  if (options.deniedSources && isInRanges(facts.client, options.deniedSources)) return { status: 403 }
  const other = options.satisfyAny && (options.auth ?? options.externalAuth)
  if (!other && options.allowedSources && !isInRanges(facts.client, options.allowedSources)) return { status: 403 }
  const limited = options.rates.length > 0 && !(options.unlimitedSources && isInRanges(facts.client, options.unlimitedSources))
  if (limited && !options.rates.every(({ name, perSecond, burst }) => rates.allows(`${name} ${location.ingress} ${facts.client}`, perSecond, burst))) {
    return { status: 503 }
  }
  return undefined
}

/** The preflight of an origin that is let in; others' questions the backend answers. */
function preflightAnswer({ cors }: LocationOptions, facts: RequestFacts): Answer | undefined {
  if (!cors || facts.method !== 'OPTIONS') return undefined
  const headers = corsHeaders(cors, facts)
  return Object.keys(headers).length === 0 ? undefined : { status: 204, headers: { ...headers, 'content-length': '0' } }
}

/** Whether a source alone is enough to come in (nginx's `satisfy any`). */
export function sourceSuffices({ satisfyAny, allowedSources }: LocationOptions, { client }: RequestFacts): boolean {
  return satisfyAny && allowedSources !== undefined && isInRanges(client, allowedSources)
}

/** The refusal of somebody without a password, or nothing; at once where no password has to be checked. */
export function passwordAnswer(
  auth: PasswordAuth,
  facts: RequestFacts,
  state: IngressState,
  { passwords, digests }: { readonly passwords: Passwords; readonly digests: Digests },
): Answer | undefined | Promise<Answer | undefined> {
  // Without its users it is not known who may come.
  const secret = state.secret(auth.secret)
  if (!secret || (auth.kind === 'auth-file' && !secret.auth)) return { status: 503 }
  if (auth.type === 'digest') return digests.refusal(auth, facts, (user) => digestOf(auth, user, state))
  const refusal: Answer = { status: 401, headers: { 'www-authenticate': `Basic realm="${auth.realm}"` } }
  const given = credentialsOf(facts)
  const hash = given && hashOf(auth, given.user, state)
  if (!given || hash === undefined) return refusal
  const matches = passwords.matches(hash, given.password)
  if (typeof matches === 'boolean') return matches ? undefined : refusal
  return matches.then(
    (is) => (is ? undefined : refusal),
    (error) => {
      if (error instanceof TooManyPasswords) return { status: 503 }
      throw error
    },
  )
}

/** Behind all guards: where nobody's backend is asked. */
export function redirectAnswer({ options }: Match['location'], facts: RequestFacts, ports: Ports): Answer | undefined {
  if (options.appRoot && facts.target.split('?', 1)[0] === '/') {
    return { status: 302, headers: { location: `${facts.scheme}://${facts.host}${options.appRoot}` } }
  }
  if (!options.redirect) return undefined
  const { url, code, isRelative } = options.redirect
  return { status: code, headers: { location: url.startsWith('/') && !isRelative ? `${originOf(facts.scheme, facts.host, ports)}${url}` : url } }
}

/** Nothing when the origin is not one of those allowed. */
export function corsHeaders(cors: CorsOptions, { headers }: Pick<RequestFacts, 'headers'>): Record<string, string> {
  const origin = typeof headers.origin === 'string' ? headers.origin : undefined
  const all = cors.origins.includes('*')
  if (!all && !(origin && cors.origins.some((each) => originMatches(each, origin)))) return {}
  return {
    'access-control-allow-origin': all ? '*' : origin!,
    ...(cors.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    'access-control-allow-methods': cors.methods,
    'access-control-allow-headers': cors.headers,
    'access-control-max-age': String(cors.maxAgeSeconds),
    ...(cors.exposeHeaders ? { 'access-control-expose-headers': cors.exposeHeaders } : {}),
  }
}

/** "https://*.example.com" stands for one label; in any case of letters. */
function originMatches(allowed: string, origin: string): boolean {
  const [wanted, given] = [allowed.toLowerCase(), origin.toLowerCase()]
  const star = wanted.indexOf('*.')
  if (star < 0) return wanted === given
  const [before, after] = [wanted.slice(0, star), wanted.slice(star + 1)]
  const label = given.slice(before.length, given.length - after.length)
  return given.startsWith(before) && given.endsWith(after) && /^[\w-]+$/.test(label)
}

function credentialsOf({ headers }: RequestFacts): { readonly user: string; readonly password: string } | undefined {
  const given = /^basic\s+(\S+)$/i.exec(typeof headers.authorization === 'string' ? headers.authorization : '')
  const text = Buffer.from(given?.[1] ?? '', 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** A Secret of users has "realm:hash" of each. */
function digestOf({ secret: key, kind, realm }: PasswordAuth, user: string, state: IngressState): string | undefined {
  const secret = state.secret(key)
  if (!secret) return undefined
  if (kind === 'auth-file') return digestInFile(secret.auth?.toString() ?? '', user, realm)
  return Object.hasOwn(secret, user) ? digestInFile(`${user}:${secret[user]}`, user, realm) : undefined
}

function hashOf(auth: PasswordAuth, user: string, state: IngressState): string | undefined {
  const secret = state.secret(auth.secret)
  if (!secret) return undefined
  if (auth.kind === 'auth-file') return hashInFile(secret.auth?.toString() ?? '', user)
  return Object.hasOwn(secret, user) ? secret[user]?.toString().trim() : undefined
}
