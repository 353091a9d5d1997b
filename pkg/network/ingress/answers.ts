/** What the proxy answers itself, in nginx's order: redirects to TLS, who may come, how often, with what password, CORS, redirects. */
import type { RateLimit } from './rate-limit.ts'
import { checkFile, checkHash } from './htpasswd.ts'
import type { Match } from './match.ts'
import { isInRanges } from './source-ranges.ts'
import type { CorsOptions, IngressState, LocationOptions } from './types.ts'

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

/** The host's counterpart with or without "www.". */
export function wwwRedirect(to: string, { scheme, target }: RequestFacts): Answer {
  return { status: 308, headers: { location: `${scheme}://${to}${target}` } }
}

export function ownAnswer({ location, routes }: Match, facts: RequestFacts, state: IngressState, rates: RateLimit): Answer | undefined {
  const { options } = location
  if (facts.scheme === 'http' && (options.forceSslRedirect || (options.sslRedirect && routes.tls))) {
    return { status: 308, headers: { location: `https://${facts.host}${facts.target}` } }
  }
  if (options.deniedSources && isInRanges(facts.client, options.deniedSources)) return { status: 403 }
  if (options.allowedSources && !isInRanges(facts.client, options.allowedSources)) return { status: 403 }
  const limited = options.rates.length > 0 && !(options.unlimitedSources && isInRanges(facts.client, options.unlimitedSources))
  if (limited && !options.rates.every(({ name, perSecond, burst }) => rates.allows(`${name} ${location.ingress} ${facts.client}`, perSecond, burst))) {
    return { status: 503 }
  }
  if (options.cors && facts.method === 'OPTIONS') return { status: 204, headers: { ...corsHeaders(options.cors, facts), 'content-length': '0' } }
  if (options.auth && !isKnown(options.auth, facts, state)) {
    return { status: 401, headers: { 'www-authenticate': `Basic realm="${options.auth.realm}"` } }
  }
  if (options.appRoot && facts.target.split('?', 1)[0] === '/') {
    return { status: 302, headers: { location: `${facts.scheme}://${facts.host}${options.appRoot}` } }
  }
  if (options.redirect) return { status: options.redirect.code, headers: { location: options.redirect.url } }
  return undefined
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

/** "https://*.example.com" stands for one label. */
function originMatches(allowed: string, origin: string): boolean {
  const star = allowed.indexOf('*.')
  if (star < 0) return allowed === origin
  const [before, after] = [allowed.slice(0, star), allowed.slice(star + 1)]
  const label = origin.slice(before.length, origin.length - after.length)
  return origin.startsWith(before) && origin.endsWith(after) && /^[\w-]+$/.test(label)
}

function isKnown(auth: NonNullable<LocationOptions['auth']>, { headers }: RequestFacts, state: IngressState): boolean {
  const given = /^basic\s+(\S+)$/i.exec(typeof headers.authorization === 'string' ? headers.authorization : '')
  const secret = state.secret(auth.secret)
  if (!given || !secret) return false
  const text = Buffer.from(given[1]!, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0) return false
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)]
  if (auth.kind === 'auth-file') return checkFile(secret.auth?.toString() ?? '', user, password)
  const hash = Object.hasOwn(secret, user) ? secret[user]?.toString().trim() : undefined
  return hash !== undefined && checkHash(hash, password)
}
