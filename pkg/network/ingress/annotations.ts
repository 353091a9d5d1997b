/** The annotations of ingress-nginx that are honoured, with its defaults. */
import type { Ingress } from '#api/gen/networking/v1.ts'
import { parseSourceRanges } from './source-ranges.ts'
import type { Canary, CorsOptions, LocationOptions } from './types.ts'

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
    return value === '' ? undefined : value
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
    return new AnnotationError(`annotation ${annotationPrefix}${name} has an invalid value ${JSON.stringify(this.text(name))}`)
  }

  attempt<T>(name: string, read: (text: string) => T): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    try {
      return read(value)
    } catch {
      throw this.bad(name)
    }
  }
}

const refused = ['server-snippet', 'configuration-snippet', 'stream-snippet', 'auth-snippet', 'modsecurity-snippet']
const unsupported = ['auth-url', 'auth-tls-secret']

/** Snippets of another program's configuration, which we do not follow. */
export function refusedAnnotations({ metadata }: Ingress): string[] {
  const found = new Annotations(metadata.annotations)
  return refused.filter((each) => found.text(each) !== undefined)
}

export function optionsOf({ metadata }: Ingress): LocationOptions & { readonly useRegex: boolean } {
  const found = new Annotations(metadata.annotations)
  // Without them the Ingress would be open to those whom they would keep out.
  for (const each of unsupported) if (found.text(each) !== undefined) throw new AnnotationError(`annotation ${annotationPrefix}${each} is not supported`)
  const protocol = (found.text('backend-protocol') ?? 'HTTP').toUpperCase()
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') throw found.bad('backend-protocol')
  const perSecond = found.integer('limit-rps') ?? (found.integer('limit-rpm') ?? 0) / 60
  const burst = Math.max(1, (perSecond < 1 ? (found.integer('limit-rpm') ?? 0) : perSecond) * (found.integer('limit-burst-multiplier') ?? 5))
  const rewriteTarget = found.text('rewrite-target')
  const upstreamHost = found.text('upstream-vhost')
  return {
    useRegex: found.flag('use-regex', false),
    ...(rewriteTarget ? { rewriteTarget } : {}),
    ...(upstreamHost ? { upstreamHost } : {}),
    sslRedirect: found.flag('ssl-redirect', true),
    forceSslRedirect: found.flag('force-ssl-redirect', false),
    backendProtocol: protocol,
    bodyLimitBytes: found.attempt('proxy-body-size', bytesOf) ?? 1024 * 1024,
    connectTimeoutMs: (found.integer('proxy-connect-timeout') ?? 5) * 1000,
    readTimeoutMs: (found.integer('proxy-read-timeout') ?? 60) * 1000,
    ...present('allowedSources', found.attempt('whitelist-source-range', parseSourceRanges) ?? found.attempt('allowlist-source-range', parseSourceRanges)),
    ...present('deniedSources', found.attempt('denylist-source-range', parseSourceRanges)),
    ...present('redirect', redirectOf(found)),
    ...(perSecond > 0 ? { rate: { perSecond, burst } } : {}),
    ...present('auth', authOf(found, metadata.namespace ?? '')),
    ...present('cors', corsOf(found)),
    ...present('affinity', affinityOf(found)),
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
      found.attempt('canary-by-header-pattern', (text) => new RegExp(text)),
    ),
    ...present('cookie', found.text('canary-by-cookie')),
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

function affinityOf(found: Annotations): LocationOptions['affinity'] | undefined {
  if (found.text('affinity') !== 'cookie') return undefined
  const cookie = found.text('session-cookie-name') ?? 'INGRESSCOOKIE'
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(cookie)) throw found.bad('session-cookie-name')
  return { cookie, path: found.text('session-cookie-path') ?? '/', ...present('maxAgeSeconds', found.integer('session-cookie-max-age')) }
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
