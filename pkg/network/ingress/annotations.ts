/** The annotations of ingress-nginx that are honoured, with its defaults. */
import type { Ingress } from '#api/gen/networking/v1.ts'
import { compileLinear } from '#apimachinery/linear-pattern.ts'
import { AnnotationError, annotationPrefix, Annotations } from './annotation-reader.ts'
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
} from './types.ts'
import { checkVariables } from './variables.ts'

/** Without these the Ingress would be open to those whom they would keep out. */
const guards = ['enable-modsecurity', 'enable-owasp-core-rules']

export interface ServerOptions {
  readonly aliases: readonly string[]
  readonly wwwRedirect: boolean
  readonly useRegex: boolean
  readonly clientAuth?: ClientAuth
  readonly passthrough: boolean
}

export function optionsOf({ metadata }: Ingress): LocationOptions & ServerOptions {
  const found = new Annotations(metadata.annotations)
  for (const each of guards) {
    if (found.text(each) !== undefined && found.text(each) !== 'false') throw new AnnotationError(`annotation ${annotationPrefix}${each} is not supported`)
  }
  const namespace = metadata.namespace ?? ''
  const tries = found.integer('proxy-next-upstream-tries') ?? 3
  return {
    useRegex: found.flag('use-regex', false),
    wwwRedirect: found.flag('from-to-www-redirect', false),
    aliases: found.attempt('server-alias', hostsOf) ?? [],
    passthrough: found.flag('ssl-passthrough', false),
    ...present('clientAuth', clientAuthOf(found, namespace)),
    ...present('rewriteTarget', found.text('rewrite-target')),
    ...present('upstreamHost', found.text('upstream-vhost')),
    ...present('forwardedPrefix', found.text('x-forwarded-prefix')),
    ...present('appRoot', found.attempt('app-root', absolutePath)),
    sslRedirect: found.flag('ssl-redirect', true),
    forceSslRedirect: found.flag('force-ssl-redirect', false),
    backendProtocol: found.oneOf<BackendProtocol>('backend-protocol', ['HTTP', 'HTTPS', 'AUTO_HTTP', 'GRPC', 'GRPCS']) ?? 'HTTP',
    bodyLimitBytes: found.attempt('proxy-body-size', bytesOf) ?? 1024 * 1024,
    connectTimeoutMs: (found.integer('proxy-connect-timeout') ?? 5) * 1000,
    readTimeoutMs: (found.integer('proxy-read-timeout') ?? 60) * 1000,
    attempts: found.text('proxy-next-upstream') === 'off' ? 1 : Math.min(10, tries === 0 ? 10 : tries),
    retry: retryOf(found),
    ...present('allowedSources', found.attempt('whitelist-source-range', parseSourceRanges) ?? found.attempt('allowlist-source-range', parseSourceRanges)),
    ...present('deniedSources', found.attempt('denylist-source-range', parseSourceRanges)),
    ...present('redirect', redirectOf(found)),
    rates: ratesOf(found),
    connectionLimit: found.integer('limit-connections') ?? 0,
    ...present('unlimitedSources', found.attempt('limit-allowlist', parseSourceRanges) ?? found.attempt('limit-whitelist', parseSourceRanges)),
    ...present('auth', authOf(found, namespace)),
    ...present('externalAuth', externalAuthOf(found, namespace)),
    satisfyAny: found.oneOf('satisfy', ['all', 'any']) === 'any',
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
  }
}

/** What makes an Ingress the canary of another, or nothing. */
export function canaryOf({ metadata }: Ingress): Omit<Canary, 'backend'> | undefined {
  const found = new Annotations(metadata.annotations)
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

function hostsOf(text: string): string[] {
  const hosts = text.split(',').map((each) => each.trim().toLowerCase())
  if (!hosts.every((each) => /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(each))) throw new RangeError('no host names')
  return hosts
}

function absolutePath(text: string): string {
  if (!/^\/(?!\/)\S*$/.test(text)) throw new RangeError('no path')
  return text
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
  const multiplier = found.integer('limit-burst-multiplier') ?? 5
  const [second, minute] = [found.integer('limit-rps') ?? 0, found.integer('limit-rpm') ?? 0]
  return [
    ...(second > 0 ? [{ name: 'rps', perSecond: second, burst: second * multiplier }] : []),
    ...(minute > 0 ? [{ name: 'rpm', perSecond: minute / 60, burst: minute * multiplier }] : []),
  ]
}

function urlOf(text: string): string {
  const { protocol, hostname } = new URL(checkVariables(text))
  if (!/^https?:$/.test(protocol) || hostname === '') throw new RangeError('no URL')
  return text
}

function externalAuthOf(found: Annotations, namespace: string): ExternalAuth | undefined {
  const url = found.attempt('auth-url', urlOf)
  if (url === undefined) return undefined
  const headers = (found.text('auth-response-headers') ?? '').split(',').map((each) => each.trim().toLowerCase())
  if (!headers.every((each) => /^[a-z\d_-]*$/.test(each))) throw found.bad('auth-response-headers')
  return {
    url,
    method: found.oneOf('auth-method', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) ?? 'GET',
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

function redirectOf(found: Annotations): LocationOptions['redirect'] | undefined {
  const permanent = found.text('permanent-redirect')
  if (permanent) return { url: permanent, code: found.integer('permanent-redirect-code') ?? 301 }
  const temporal = found.text('temporal-redirect')
  return temporal ? { url: temporal, code: found.integer('temporal-redirect-code') ?? 302 } : undefined
}

function authOf(found: Annotations, namespace: string): LocationOptions['auth'] | undefined {
  const type = found.text('auth-type')
  if (!type) return undefined
  const secret = found.text('auth-secret')
  const kind = found.text('auth-secret-type') ?? 'auth-file'
  if (type !== 'basic' && type !== 'digest') throw found.bad('auth-type')
  if (!secret) throw found.bad('auth-secret')
  if (kind !== 'auth-file' && kind !== 'auth-map') throw found.bad('auth-secret-type')
  return { type, secret: ownNameOf(found, 'auth-secret', namespace)!, kind, realm: (found.text('auth-realm') ?? '').replaceAll(/["\\\r\n]/g, '') }
}

/** "namespace/name"; another namespace's Secrets and ConfigMaps are not this Ingress's author's to use. */
function ownNameOf(found: Annotations, annotation: string, namespace: string): string | undefined {
  const secret = found.text(annotation)
  if (secret === undefined) return undefined
  const slash = secret.indexOf('/')
  if (slash >= 0 && secret.slice(0, slash) !== namespace) throw found.bad(annotation)
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
  if (!words.every((each) => retryWords.has(each))) throw found.bad('proxy-next-upstream')
  return {
    errors: words.includes('error'),
    timeouts: words.includes('timeout'),
    statuses: words.flatMap((each) => retryStatuses.get(each) ?? []),
    anyMethod: words.includes('non_idempotent'),
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
  if (from.startsWith('~')) throw found.bad('proxy-redirect-from')
  return { from, to }
}

function replacementOf(found: Annotations, name: string): Replacement | undefined {
  const text = found.text(name)
  if (text === undefined || text === 'off') return undefined
  const [from, to, ...more] = text.split(/\s+/)
  if (!from || !to || more.length > 0 || from.startsWith('~') || /[;,]/.test(to)) throw found.bad(name)
  return { from, to }
}

/** nginx counts both in KiB. */
function paceOf(found: Annotations): LocationOptions['pace'] | undefined {
  const rate = found.integer('limit-rate') ?? 0
  return rate === 0 ? undefined : { bytesPerSecond: rate * 1024, afterBytes: (found.integer('limit-rate-after') ?? 0) * 1024 }
}

function corsOf(found: Annotations): CorsOptions | undefined {
  if (!found.flag('enable-cors', false)) return undefined
  return {
    origins: (found.text('cors-allow-origin') ?? '*').split(',').map((each) => each.trim()),
    methods: found.text('cors-allow-methods') ?? 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
    headers: found.text('cors-allow-headers') ?? 'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
    ...present('exposeHeaders', found.text('cors-expose-headers')),
    credentials: found.flag('cors-allow-credentials', true),
    maxAgeSeconds: found.integer('cors-max-age') ?? 1728000,
  }
}

function affinityOf(found: Annotations): Affinity | undefined {
  if (found.text('affinity') !== 'cookie') return undefined
  const cookie = found.text('session-cookie-name') ?? 'INGRESSCOOKIE'
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(cookie)) throw found.bad('session-cookie-name')
  for (const name of ['session-cookie-path', 'session-cookie-domain']) if (/[;,\s]/.test(found.text(name) ?? '')) throw found.bad(name)
  return {
    cookie,
    ...present('path', found.text('session-cookie-path')),
    ...present('domain', found.text('session-cookie-domain')),
    ...present('maxAgeSeconds', found.integer('session-cookie-max-age')),
    ...present('expiresSeconds', found.integer('session-cookie-expires')),
    ...present('sameSite', found.oneOf('session-cookie-samesite', ['None', 'Lax', 'Strict'])),
    ...(found.text('session-cookie-secure') === undefined ? {} : { secure: found.flag('session-cookie-secure', false) }),
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
