/**
 * Contracts of the ingress proxy (upstream: the Ingress API, and ingress-nginx for its annotations).
 *
 * `compile.ts` makes a RouteTable of Ingresses, `match.ts` finds a request's Location in it, `answers.ts` says what the proxy
 * answers by itself, `forward.ts` sends everything else to an endpoint.
 */
import type { Span } from './source-ranges.ts'

export interface Backend {
  readonly namespace: string
  readonly service: string
  /** A Service's port, by name or number. */
  readonly port: string | number
}

export interface LocationOptions {
  readonly rewriteTarget?: string
  readonly sslRedirect: boolean
  readonly forceSslRedirect: boolean
  readonly redirect?: { readonly url: string; readonly code: number }
  readonly backendProtocol: 'HTTP' | 'HTTPS'
  /** 0: any size. */
  readonly bodyLimitBytes: number
  readonly connectTimeoutMs: number
  /** Between two reads of the answer. */
  readonly readTimeoutMs: number
  readonly allowedSources?: readonly Span[]
  readonly deniedSources?: readonly Span[]
  readonly rate?: { readonly perSecond: number; readonly burst: number }
  /** Basic authentication against a Secret "namespace/name". */
  readonly auth?: { readonly secret: string; readonly kind: 'auth-file' | 'auth-map'; readonly realm: string }
  readonly cors?: CorsOptions
  readonly affinity?: { readonly cookie: string; readonly path: string; readonly maxAgeSeconds?: number }
  readonly upstreamHost?: string
}

export interface CorsOptions {
  readonly origins: readonly string[]
  readonly methods: string
  readonly headers: string
  readonly exposeHeaders?: string
  readonly credentials: boolean
  readonly maxAgeSeconds: number
}

export interface Canary {
  readonly backend: Backend
  readonly weight: number
  readonly weightTotal: number
  readonly header?: string
  readonly headerValue?: string
  readonly headerPattern?: RegExp
  readonly cookie?: string
}

export interface Location {
  /** "namespace/name" of its Ingress. */
  readonly ingress: string
  readonly path: string
  readonly kind: 'Exact' | 'Prefix' | 'Regex'
  readonly pattern?: RegExp
  /** Nothing for kinds of backends that are not Services. */
  readonly backend?: Backend
  readonly options: LocationOptions
  readonly canaries: readonly Canary[]
}

export interface HostRoutes {
  /** The most specific first. */
  readonly locations: readonly Location[]
  /** Whether the host has TLS. */
  readonly tls: boolean
}

export interface RouteTable {
  /** By host in lower case; "*.example.com" for wildcards; "" for every other host. */
  readonly hosts: ReadonlyMap<string, HostRoutes>
  /** TLS Secret ("namespace/name") by host, wildcards as above. */
  readonly certificates: ReadonlyMap<string, string>
  /** All Secrets that the table needs. */
  readonly secrets: ReadonlySet<string>
}

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** What the data plane reads at each request; all of it changes under its feet. */
export interface IngressState {
  readonly table: RouteTable
  endpointsOf(backend: Backend): readonly Endpoint[]
  /** A Secret's values, decoded. */
  secret(key: string): Readonly<Record<string, Buffer>> | undefined
}
