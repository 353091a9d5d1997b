/** The annotations of ingress-nginx that are honoured, with its defaults. */
import type { Ingress } from '#api/gen/networking/v1.ts'
import { compileLinear } from '#apimachinery/linear-pattern.ts'
import { parseSourceRanges } from './source-ranges.ts'
import type { Affinity, Backend, BackendProtocol, Canary, CorsOptions, ExternalAuth, LocationOptions, Rate } from './types.ts'
import { checkVariables } from './variables.ts'

export const annotationPrefix = 'nginx.ingress.kubernetes.io/'

/** An Ingress with an annotation that cannot be read gets none of its routes: half of what was meant may be open to the world. */
export class AnnotationError extends Error {}

class Annotations {
  readonly #values: Readonly<Record<string, string>>

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.#values = values
  }

  text(name: string): string | undefined {
    const value = this.#values[annotationPrefix + name]?.trim()
    if (value === undefined || value === '') return undefined
    // Most come to stand in a header, where a line's end would begin another one.
    if (/[\x00-\x1f\x7f]/.test(value)) throw this.bad(name)
    return value
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = allowed.find((each) => each.toLowerCase() === value.toLowerCase())
    if (found === undefined) throw this.bad(name)
    return found
  }

  /** The names of ours that are set. */
  names(): string[] {
    return Object.keys(this.#values)
      .filter((each) => each.startsWith(annotationPrefix))
      .map((each) => each.slice(annotationPrefix.length))
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.text(name)
    if (value === undefined) return otherwise
    if (!/^(true|false|1|0|t|f)$/i.test(value)) throw this.bad(name)
    return /^(true|1|t)$/i.test(value)
  }

  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^\d{1,9}$/.test(value)) throw this.bad(name)
    return Number(value)
  }

  bad(name: string): AnnotationError {
    return new AnnotationError(`annotation ${annotationPrefix}${name} has an invalid value ${JSON.stringify(this.#values[annotationPrefix + name])}`)
  }

  attempt<T>(name: string, read: (text: string) => T): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    try {
      return read(value)
    } catch (error) {
      throw error instanceof SyntaxError ? new AnnotationError(`${this.bad(name).message}: ${error.message}`) : this.bad(name)
    }
  }
}

const refused = ['server-snippet', 'configuration-snippet', 'stream-snippet', 'auth-snippet', 'modsecurity-snippet']
/** Without these the Ingress would be open to those whom they would keep out. */
const guards = ['auth-tls-secret', 'enable-modsecurity', 'ssl-passthrough']

/** Snippets of another program's configuration, which we do not follow. */
export function refusedAnnotations({ metadata }: Ingress): string[] {
  const found = new Annotations(metadata.annotations)
  return found.names().filter((each) => refused.includes(each))
}

/** What is asked for and neither honoured nor without meaning here. */
export function unknownAnnotations({ metadata }: Ingress): string[] {
  return new Annotations(metadata.annotations).names().filter((each) => !honoured.has(each) && !meaningless.has(each) && !refused.includes(each))
}

export interface ServerOptions {
  readonly aliases: readonly string[]
  readonly wwwRedirect: boolean
  readonly useRegex: boolean
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
    ...present('rewriteTarget', found.text('rewrite-target')),
    ...present('upstreamHost', found.text('upstream-vhost')),
    ...present('forwardedPrefix', found.text('x-forwarded-prefix')),
    ...present('appRoot', found.attempt('app-root', absolutePath)),
    sslRedirect: found.flag('ssl-redirect', true),
    forceSslRedirect: found.flag('force-ssl-redirect', false),
    backendProtocol: found.oneOf<BackendProtocol>('backend-protocol', ['HTTP', 'HTTPS', 'GRPC', 'GRPCS']) ?? 'HTTP',
    bodyLimitBytes: found.attempt('proxy-body-size', bytesOf) ?? 1024 * 1024,
    connectTimeoutMs: (found.integer('proxy-connect-timeout') ?? 5) * 1000,
    readTimeoutMs: (found.integer('proxy-read-timeout') ?? 60) * 1000,
    attempts: found.text('proxy-next-upstream') === 'off' ? 1 : Math.min(10, tries === 0 ? 10 : tries),
    ...present('allowedSources', found.attempt('whitelist-source-range', parseSourceRanges) ?? found.attempt('allowlist-source-range', parseSourceRanges)),
    ...present('deniedSources', found.attempt('denylist-source-range', parseSourceRanges)),
    ...present('redirect', redirectOf(found)),
    rates: ratesOf(found),
    connectionLimit: found.integer('limit-connections') ?? 0,
    ...present('unlimitedSources', found.attempt('limit-allowlist', parseSourceRanges) ?? found.attempt('limit-whitelist', parseSourceRanges)),
    ...present('auth', authOf(found, namespace)),
    ...present('externalAuth', externalAuthOf(found)),
    ...present('cors', corsOf(found)),
    ...present('affinity', affinityOf(found)),
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

const honoured: ReadonlySet<string> = new Set(
  `use-regex from-to-www-redirect server-alias rewrite-target upstream-vhost x-forwarded-prefix app-root ssl-redirect force-ssl-redirect
  backend-protocol proxy-body-size proxy-connect-timeout proxy-read-timeout proxy-next-upstream proxy-next-upstream-tries whitelist-source-range
  allowlist-source-range denylist-source-range permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code limit-rps limit-rpm
  limit-burst-multiplier limit-connections limit-allowlist limit-whitelist auth-type auth-secret auth-secret-type auth-realm auth-url auth-method
  auth-signin auth-signin-redirect-param auth-response-headers auth-request-redirect auth-always-set-cookie enable-cors cors-allow-origin
  cors-allow-methods cors-allow-headers cors-expose-headers cors-allow-credentials cors-max-age affinity affinity-mode affinity-canary-behavior
  session-cookie-name session-cookie-path session-cookie-domain session-cookie-max-age session-cookie-expires session-cookie-samesite
  session-cookie-secure session-cookie-change-on-failure custom-http-errors default-backend enable-access-log canary canary-weight
  canary-weight-total canary-by-header canary-by-header-value canary-by-header-pattern canary-by-cookie`.split(/\s+/),
)

/** They tune nginx's own machinery; what they want is so here, or does not arise. */
const meaningless: ReadonlySet<string> = new Set(
  `proxy-buffering proxy-request-buffering proxy-buffers-number proxy-buffer-size proxy-busy-buffers-size proxy-max-temp-file-size proxy-send-timeout
  proxy-next-upstream-timeout proxy-http-version client-body-buffer-size auth-keepalive auth-keepalive-share-vars auth-keepalive-requests
  auth-keepalive-timeout auth-cache-key auth-cache-duration enable-global-auth enable-rewrite-log enable-opentelemetry http2-push-preload
  service-upstream session-cookie-conditional-samesite-none load-balance preserve-trailing-slash auth-tls-verify-client auth-tls-verify-depth
  enable-modsecurity ssl-passthrough`.split(/\s+/),
)

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

function externalAuthOf(found: Annotations): ExternalAuth | undefined {
  const url = found.attempt('auth-url', (text) => {
    const { protocol, hostname } = new URL(checkVariables(text))
    if (!/^https?:$/.test(protocol) || hostname === '') throw new RangeError('no URL')
    return text
  })
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
    alwaysSetCookie: found.flag('auth-always-set-cookie', false),
  }
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
  if (type !== 'basic') throw found.bad('auth-type')
  if (!secret) throw found.bad('auth-secret')
  if (kind !== 'auth-file' && kind !== 'auth-map') throw found.bad('auth-secret-type')
  const slash = secret.indexOf('/')
  // Another namespace's Secrets are not this Ingress's author's to use.
  if (slash >= 0 && secret.slice(0, slash) !== namespace) throw found.bad('auth-secret')
  return { secret: slash >= 0 ? secret : `${namespace}/${secret}`, kind, realm: (found.text('auth-realm') ?? '').replaceAll(/["\\\r\n]/g, '') }
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
