/** The annotations of ingress-nginx that are honoured, with its defaults. */
import type { Ingress } from '#api/gen/networking/v1.ts'
import { compileLinear } from '#apimachinery/linear-pattern.ts'
import { AnnotationError, annotationPrefix, Annotations, type Consequence } from './annotation-reader.ts'
import { parseSourceRanges } from './source-ranges.ts'
import type {
  Affinity,
  Backend,
  BackendProtocol,
  Canary,
  ClientAuth,
  CorsOptions,
  ExternalAuth,
  LocationOptions,
  Mirror,
  Rate,
  Replacement,
  RetryOptions,
  UpstreamTlsOptions,
} from '../types.ts'
import { checkVariables } from './variables.ts'

const consequences: ReadonlyMap<string, Consequence> = new Map([
  ...`use-regex app-root ssl-redirect force-ssl-redirect preserve-trailing-slash use-port-in-redirects backend-protocol proxy-body-size
  proxy-connect-timeout proxy-read-timeout proxy-next-upstream proxy-next-upstream-tries proxy-next-upstream-timeout proxy-redirect-from proxy-redirect-to
  proxy-cookie-domain proxy-cookie-path satisfy limit-burst-multiplier limit-rate limit-rate-after
  cors-allow-origin cors-allow-methods cors-allow-headers cors-expose-headers cors-allow-credentials cors-max-age
  session-cookie-name session-cookie-path session-cookie-domain session-cookie-max-age session-cookie-expires session-cookie-samesite session-cookie-secure
  session-cookie-change-on-failure session-cookie-conditional-samesite-none canary canary-weight-total`
    .split(/\s+/)
    .map((name) => [name, 'ignored'] as const),
  ...['whitelist-source-range', 'allowlist-source-range', 'denylist-source-range', 'auth-secret', 'auth-url', 'auth-method', 'auth-response-headers'].map(
    (name) => [name, 'denied'] as const,
  ),
])

/** Without these the Ingress would be open to those whom they would keep out. */
const guards = ['enable-modsecurity', 'enable-owasp-core-rules']

export interface ServerOptions {
  readonly aliases: readonly (string | RegExp)[]
  readonly wwwRedirect: boolean
  readonly useRegex: boolean
  readonly clientAuth?: ClientAuth
  readonly passthrough: boolean
  /** What cannot be read and is ignored. */
  readonly faults: readonly string[]
}

export function optionsOf({ metadata }: Ingress): LocationOptions & ServerOptions {
  const found = new Annotations(metadata.annotations, consequences)
  for (const each of guards) {
    if (found.text(each) !== undefined && found.text(each) !== 'false') throw new AnnotationError(`annotation ${annotationPrefix}${each} is not supported`)
  }
  // Either is done by taking turns, but what is neither is no Ingress upstream.
  found.attempt('load-balance', (text) => matching(text, /^(round_robin|ewma)$/))
  // A protocol that we do not speak, unlike those that are none.
  if (/^fcgi$/i.test(found.text('backend-protocol') ?? '')) throw found.bad('backend-protocol')
  const namespace = metadata.namespace ?? ''
  const tries = found.integer('proxy-next-upstream-tries') ?? 3
  const options = {
    useRegex: found.flag('use-regex', false),
    wwwRedirect: found.flag('from-to-www-redirect', false),
    aliases: found.attempt('server-alias', hostsOf) ?? [],
    passthrough: found.flag('ssl-passthrough', false),
    ...present('clientAuth', clientAuthOf(found, namespace)),
    ...present(
      'rewriteTarget',
      found.attempt('rewrite-target', (text) => matching(text, pathWithCaptures)),
    ),
    ...present(
      'upstreamHost',
      found.attempt('upstream-vhost', (text) => matching(checkVariables(text), serverName) && text),
    ),
    ...present(
      'forwardedPrefix',
      found.attempt('x-forwarded-prefix', (text) => matching(text.replaceAll(' ', ''), pathWithCaptures)),
    ),
    ...present('appRoot', found.attempt('app-root', absolutePath)),
    sslRedirect: found.flag('ssl-redirect', true),
    preserveTrailingSlash: found.flag('preserve-trailing-slash', false),
    portInRedirects: found.flag('use-port-in-redirects', false),
    forceSslRedirect: found.flag('force-ssl-redirect', false),
    backendProtocol: found.oneOf<BackendProtocol>('backend-protocol', ['HTTP', 'HTTPS', 'AUTO_HTTP', 'GRPC', 'GRPCS']) ?? 'HTTP',
    bodyLimitBytes: found.attempt('proxy-body-size', bytesOf) ?? 1024 * 1024,
    connectTimeoutMs: (positive(found, 'proxy-connect-timeout') ?? 5) * 1000,
    readTimeoutMs: (positive(found, 'proxy-read-timeout') ?? 60) * 1000,
    attempts: found.text('proxy-next-upstream') === 'off' ? 1 : Math.min(10, tries === 0 ? 10 : tries),
    retry: retryOf(found),
    ...present('allowedSources', found.attempt('allowlist-source-range', parseSourceRanges) ?? found.attempt('whitelist-source-range', parseSourceRanges)),
    ...present('deniedSources', found.attempt('denylist-source-range', parseSourceRanges)),
    ...present('redirect', redirectOf(found)),
    rates: ratesOf(found),
    connectionLimit: found.integer('limit-connections') ?? 0,
    ...present('unlimitedSources', found.attempt('limit-allowlist', parseSourceRanges) ?? found.attempt('limit-whitelist', parseSourceRanges)),
    ...present('auth', authOf(found, namespace)),
    ...present('externalAuth', externalAuthOf(found, namespace)),
    satisfyAny: found.attempt('satisfy', (text) => matching(text, /^(all|any)$/)) === 'any',
    ...present('cors', corsOf(found)),
    ...present('affinity', affinityOf(found)),
    ...present(
      'hashBy',
      found.attempt('upstream-hash-by', (text) => (checkVariables(text) === '' ? undefined : text)),
    ),
    ...present('upstreamTls', upstreamTlsOf(found, namespace)),
    ...present('locationHeader', locationHeaderOf(found)),
    ...present('cookieDomain', replacementOf(found, 'proxy-cookie-domain')),
    ...present('cookiePath', replacementOf(found, 'proxy-cookie-path')),
    ...present('customHeaders', ownNameOf(found, 'custom-headers', namespace)),
    ...present('mirror', mirrorOf(found)),
    ...present('pace', paceOf(found)),
    interceptErrors: !found.flag('disable-proxy-intercept-errors', false),
    customErrors: found.attempt('custom-http-errors', statusesOf) ?? [],
    ...present('fallback', fallbackOf(found, namespace)),
    accessLog: found.flag('enable-access-log', true),
    faults: found.faults,
  }
  return { ...options, ...present('denied', found.denied) }
}

/** Seconds or counts, of which those below one mean nothing. */
function positive(found: Annotations, name: string): number | undefined {
  const value = found.integer(name)
  return value === undefined || value >= 1 ? value : found.fault(name)
}

/** What makes an Ingress the canary of another, or nothing. */
export function canaryOf({ metadata }: Ingress): Omit<Canary, 'backend'> | undefined {
  const found = new Annotations(metadata.annotations, consequences)
  if (!found.flag('canary', false)) return undefined
  return {
    weight: found.integer('canary-weight') ?? 0,
    weightTotal: found.integer('canary-weight-total') ?? 100,
    ...present('header', found.text('canary-by-header')?.toLowerCase()),
    ...present('headerValue', found.text('canary-by-header-value')),
    ...present(
      'headerPattern',
      found.attempt('canary-by-header-pattern', (text) => compileLinear(text)),
    ),
    ...present('cookie', found.text('canary-by-cookie')),
    sticky: found.oneOf('affinity-canary-behavior', ['sticky', 'legacy']) !== 'legacy',
  }
}

/** nginx's names of servers: patterns begin with "~". */
function hostsOf(text: string): (string | RegExp)[] {
  return text.split(',').map((each) => {
    const host = each.trim()
    if (host.startsWith('~')) return compileLinear(matching(host.replace(/^~\*?/, ''), serverName), { ignoreCase: true })
    if (!/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)) throw new RangeError('no host names')
    return host.toLowerCase()
  })
}

/** What ingress-nginx lets into a path with captures, an address, and a server's name. */
const pathWithCaptures = /^\/?[\w.~/:$-]*$/
const address = /^[\w.~/:,?&=-]*$/
const serverName = /^[\w.~/:^$[\](){}*+?|&=\\-]*$/

function matching(text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new RangeError('other characters')
  return text
}

function absolutePath(text: string): string {
  if (!text.startsWith('/')) throw new RangeError('no path')
  return matching(text, pathWithCaptures)
}

function statusesOf(text: string): number[] {
  const statuses = text.split(',').map(Number)
  if (!statuses.every((each) => Number.isInteger(each) && each >= 400 && each < 600)) throw new RangeError('no statuses of errors')
  return statuses
}

function fallbackOf(found: Annotations, namespace: string): Backend | undefined {
  const service = found.text('default-backend')
  if (service !== undefined && !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(service)) throw found.bad('default-backend')
  // Its first port, as ingress-nginx has it.
  return service === undefined ? undefined : { namespace, service, port: 0 }
}

function ratesOf(found: Annotations): Rate[] {
  const multiplier = positive(found, 'limit-burst-multiplier') ?? 5
  const [second, minute] = [found.integer('limit-rps') ?? 0, found.integer('limit-rpm') ?? 0]
  return [
    ...(second > 0 ? [{ name: 'rps', perSecond: second, burst: second * multiplier }] : []),
    ...(minute > 0 ? [{ name: 'rpm', perSecond: minute / 60, burst: minute * multiplier }] : []),
  ]
}

function urlOf(text: string): string {
  const { protocol, hostname } = new URL(checkVariables(text))
  if (!/^https?:$/.test(protocol) || hostname === '' || hostname.includes('..')) throw new RangeError('no URL')
  return text
}

function externalAuthOf(found: Annotations, namespace: string): ExternalAuth | undefined {
  const url = found.attempt('auth-url', urlOf)
  if (url === undefined) return undefined
  const headers = (found.text('auth-response-headers') ?? '').split(',').map((each) => each.trim().toLowerCase())
  if (!headers.every((each) => /^[a-z\d_-]*$/.test(each))) return found.fault('auth-response-headers')
  return {
    url,
    method: found.attempt('auth-method', (text) => matching(text, /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/)) ?? 'GET',
    ...present(
      'signin',
      found.attempt('auth-signin', (text) => (checkVariables(text) === '' ? undefined : text)),
    ),
    redirectParameter: found.text('auth-signin-redirect-param') ?? 'rd',
    responseHeaders: headers.filter((each) => each !== ''),
    ...present('requestRedirect', found.text('auth-request-redirect')),
    ...present('headersFrom', ownNameOf(found, 'auth-proxy-set-headers', namespace)),
    alwaysSetCookie: found.flag('auth-always-set-cookie', false),
  }
}

function mirrorOf(found: Annotations): Mirror | undefined {
  const url = found.attempt('mirror-target', (text) => (checkVariables(text) === '' ? '' : urlOf(text.split('$', 1)[0]!) && text))
  if (url === undefined) return undefined
  const host = found.text('mirror-host') ?? new URL(url.split('$', 1)[0]!).hostname
  if (!/^[\w.:[\]-]+$/.test(host)) throw found.bad('mirror-host')
  return { url, host, withBody: found.oneOf('mirror-request-body', ['on', 'off']) !== 'off' }
}

/** A temporal one comes before a permanent one. */
function redirectOf(found: Annotations): LocationOptions['redirect'] | undefined {
  const isRelative = found.flag('relative-redirects', false)
  const codeOf = (kind: string, otherwise: number, last: number) => {
    const code = found.integer(`${kind}-redirect-code`) ?? otherwise
    return code >= 300 && code <= last ? code : otherwise
  }
  const temporal = found.attempt('temporal-redirect', (text) => matching(text, address))
  // Nothing else of it counts then, not even a permanent one.
  if (temporal !== undefined)
    return /^https?:/.test(temporal) ? { url: temporal, code: codeOf('temporal', 302, 307), isRelative } : found.ignore('temporal-redirect')
  const permanent = found.attempt('permanent-redirect', (text) => matching(text, address))
  return permanent === undefined ? undefined : { url: permanent, code: codeOf('permanent', 301, 308), isRelative }
}

function authOf(found: Annotations, namespace: string): LocationOptions['auth'] | undefined {
  const type = found.text('auth-type')
  if (!type) return undefined
  const secret = found.text('auth-secret')
  const kind = found.text('auth-secret-type') ?? 'auth-file'
  if (type !== 'basic' && type !== 'digest') throw found.bad('auth-type')
  if (!secret) return found.fault('auth-secret')
  if (kind !== 'auth-file' && kind !== 'auth-map') throw found.bad('auth-secret-type')
  const realm = found.attempt('auth-realm', (text) => matching(text, /^[\w.~/: -]*$/)) ?? ''
  const named = ownNameOf(found, 'auth-secret', namespace)
  return named === undefined ? undefined : { type, secret: named, kind, realm }
}

/** "namespace/name"; another namespace's Secrets and ConfigMaps are not this Ingress's author's to use. */
function ownNameOf(found: Annotations, annotation: string, namespace: string): string | undefined {
  const secret = found.text(annotation)
  if (secret === undefined) return undefined
  const slash = secret.indexOf('/')
  if (slash >= 0 && (secret.slice(0, slash) !== namespace || secret.includes('/', slash + 1))) return found.fault(annotation)
  return slash >= 0 ? secret : `${namespace}/${secret}`
}

function clientAuthOf(found: Annotations, namespace: string): ClientAuth | undefined {
  const secret = ownNameOf(found, 'auth-tls-secret', namespace)
  const mode = found.oneOf('auth-tls-verify-client', ['on', 'off', 'optional', 'optional_no_ca']) ?? 'on'
  if (secret === undefined || mode === 'off') return undefined
  return {
    secret,
    mode,
    depth: found.integer('auth-tls-verify-depth') || 1,
    ...present('errorPage', found.text('auth-tls-error-page')),
    passCertificate: found.flag('auth-tls-pass-certificate-to-upstream', false),
    ...present(
      'subjectPattern',
      found.attempt('auth-tls-match-cn', (text) => {
        if (!text.startsWith('CN=')) throw new RangeError('no CN')
        return compileLinear(text)
      }),
    ),
  }
}

const retryStatuses: ReadonlyMap<string, number> = new Map([500, 502, 503, 504, 403, 404, 429].map((status) => [`http_${status}`, status]))
const retryWords: ReadonlySet<string> = new Set(['error', 'timeout', 'invalid_header', 'non_idempotent', 'off', ...retryStatuses.keys()])

function retryOf(found: Annotations): RetryOptions {
  const words = (found.text('proxy-next-upstream') ?? 'error timeout').split(/\s+/)
  const known = words.every((each) => retryWords.has(each)) ? words : (found.fault('proxy-next-upstream') ?? ['error', 'timeout'])
  return {
    errors: known.includes('error'),
    timeouts: known.includes('timeout'),
    statuses: known.flatMap((each) => retryStatuses.get(each) ?? []),
    anyMethod: known.includes('non_idempotent'),
    withinMs: (found.integer('proxy-next-upstream-timeout') ?? 0) * 1000,
  }
}

function onOrOff(found: Annotations, name: string): boolean {
  return found.oneOf(name, ['on', 'off']) === 'on'
}

function upstreamTlsOf(found: Annotations, namespace: string): UpstreamTlsOptions | undefined {
  const secret = ownNameOf(found, 'proxy-ssl-secret', namespace)
  const name = found.text('proxy-ssl-name')
  const verify = onOrOff(found, 'proxy-ssl-verify')
  // Without the CAs nobody could be told from anybody.
  if (verify && secret === undefined) throw found.bad('proxy-ssl-verify')
  if (secret === undefined && name === undefined) return undefined
  return { ...present('secret', secret), ...present('name', name), tellName: onOrOff(found, 'proxy-ssl-server-name'), verify }
}

function locationHeaderOf(found: Annotations): Replacement | undefined {
  const [from, to] = [found.text('proxy-redirect-from'), found.text('proxy-redirect-to')]
  if (from === undefined || from === 'off' || from === 'default' || to === undefined || to === 'off') return undefined
  // nginx's regular expressions begin so.
  if (from.startsWith('~')) return found.fault('proxy-redirect-from')
  return { from, to }
}

function replacementOf(found: Annotations, name: string): Replacement | undefined {
  const text = found.text(name)
  if (text === undefined || text === 'off') return undefined
  const [from, to, ...more] = text.split(/\s+/)
  if (!from || !to || more.length > 0 || from.startsWith('~') || /[;,$"]/.test(to)) return found.fault(name)
  return { from, to }
}

/** nginx counts both in KiB. */
function paceOf(found: Annotations): LocationOptions['pace'] | undefined {
  const rate = found.integer('limit-rate') ?? 0
  return rate <= 0 ? undefined : { bytesPerSecond: rate * 1024, afterBytes: Math.max(0, found.integer('limit-rate-after') ?? 0) * 1024 }
}

function corsOf(found: Annotations): CorsOptions | undefined {
  if (!found.flag('enable-cors', false)) return undefined
  const list = (name: string, pattern: RegExp) => found.attempt(name, (text) => matching(text, pattern))
  return {
    origins: found.attempt('cors-allow-origin', originsOf) ?? ['*'],
    methods: list('cors-allow-methods', /^([a-z]+,?\s?)+$/i) ?? 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
    headers:
      list('cors-allow-headers', /^[\w, -]*$/) ?? 'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
    ...present('exposeHeaders', list('cors-expose-headers', /^(([\w-]+|\*),?\s?)+$/)),
    credentials: found.flag('cors-allow-credentials', true),
    maxAgeSeconds: found.integer('cors-max-age') ?? 1728000,
  }
}

const originList = compileLinear('^((((([a-z]+://)?(\\*\\.)?[A-Za-z0-9.-]*(:\\d+)?,?)|null)+)|\\*)?$')

/** Those that are none are passed over, as long as the list holds no strange characters. */
function originsOf(text: string): string[] {
  matching(text.replaceAll(' ', ''), originList)
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => /^([a-z]+:\/\/(\*\.)?[a-z\d.-]+(:\d+)?|\*|null)$/i.test(each))
}

function affinityOf(found: Annotations): Affinity | undefined {
  if (found.text('affinity') !== 'cookie') return undefined
  const text = (name: string, pattern: RegExp) => found.attempt(name, (given) => matching(given, pattern))
  return {
    cookie: text('session-cookie-name', /^[\w.~:/-]+$/) ?? 'INGRESSCOOKIE',
    ...present('path', text('session-cookie-path', /^[\w.~/:,?&=-]*$/)),
    ...present('domain', text('session-cookie-domain', /^[\w.~/:-]*$/)),
    ...present('maxAgeSeconds', found.integer('session-cookie-max-age')),
    ...present('expiresSeconds', found.integer('session-cookie-expires')),
    ...present('sameSite', text('session-cookie-samesite', /^(None|Lax|Strict)$/)),
    sameSiteUnlessRefused: found.flag('session-cookie-conditional-samesite-none', false),
    secure: found.flag('session-cookie-secure', false),
    changeOnFailure: found.flag('session-cookie-change-on-failure', false),
  }
}

/** nginx's sizes: "8m", "512k", "1g", bytes; 0 for no limit. */
function bytesOf(text: string): number {
  const found = /^(\d+)([kmg]?)$/i.exec(text)
  if (!found) throw new RangeError('no size')
  return Number(found[1]) * { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[found[2]!.toLowerCase() as '' | 'k' | 'm' | 'g']
}

function present<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V })
}
