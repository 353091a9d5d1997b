/**
 * Contracts of the ingress proxy (upstream: the Ingress API, and ingress-nginx for its annotations).
 *
 * `compile.ts` makes a RouteTable of Ingresses, `match.ts` finds a request's Location in it, `answers.ts` says what the proxy
 * answers by itself, `proxy.ts` sends everything else to an endpoint.
 */
import type { IpRange } from '../ip.ts'

export interface Backend {
  readonly namespace: string
  readonly service: string
  /** A Service's port, by name or number. */
  readonly port: string | number
}

export type BackendProtocol = 'HTTP' | 'HTTPS' | 'GRPC' | 'GRPCS'

export interface LocationOptions {
  readonly rewriteTarget?: string
  readonly sslRedirect: boolean
  readonly forceSslRedirect: boolean
  readonly redirect?: { readonly url: string; readonly code: number }
  /** Where a request for "/" is sent. */
  readonly appRoot?: string
  readonly backendProtocol: BackendProtocol
  /** 0: any size. */
  readonly bodyLimitBytes: number
  readonly connectTimeoutMs: number
  /** Between two reads of the answer. */
  readonly readTimeoutMs: number
  /** How often a request is tried before the client is told. */
  readonly attempts: number
  readonly allowedSources?: readonly IpRange[]
  readonly deniedSources?: readonly IpRange[]
  /** All of them must allow a request. */
  readonly rates: readonly Rate[]
  /** Requests of one client at a time; 0 for any number. */
  readonly connectionLimit: number
  /** Clients that no limit is for. */
  readonly unlimitedSources?: readonly IpRange[]
  /** Basic authentication against a Secret "namespace/name". */
  readonly auth?: { readonly secret: string; readonly kind: 'auth-file' | 'auth-map'; readonly realm: string }
  readonly externalAuth?: ExternalAuth
  readonly cors?: CorsOptions
  readonly affinity?: Affinity
  readonly upstreamHost?: string
  readonly forwardedPrefix?: string
  /** Statuses of backends that the default backend answers instead. */
  readonly customErrors: readonly number[]
  /** Answers when the location's own Service has no endpoint, and for `customErrors`. */
  readonly fallback?: Backend
  readonly accessLog: boolean
}

export interface Rate {
  readonly name: string
  readonly perSecond: number
  readonly burst: number
}

/** Asking somebody else whether a request may pass (nginx's auth_request). Texts may hold nginx's variables (`variables.ts`). */
export interface ExternalAuth {
  readonly url: string
  readonly method: string
  /** Where those without a session are sent. */
  readonly signin?: string
  readonly redirectParameter: string
  /** Headers of the answer that the backend is to see, in lower case. */
  readonly responseHeaders: readonly string[]
  readonly requestRedirect?: string
  readonly alwaysSetCookie: boolean
}

export interface Affinity {
  readonly cookie: string
  /** The location's own path unless said otherwise. */
  readonly path?: string
  readonly domain?: string
  readonly maxAgeSeconds?: number
  readonly expiresSeconds?: number
  readonly sameSite?: string
  /** Unless said: when the request came over TLS. */
  readonly secure?: boolean
  readonly changeOnFailure: boolean
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
  /** Clients whose affinity cookie names an endpoint of either side stay there. */
  readonly sticky: boolean
}

export interface Location {
  /** "namespace/name" of its Ingress. */
  readonly ingress: string
  readonly path: string
  readonly kind: 'Exact' | 'Prefix' | 'Regex'
  readonly pattern?: RegExp
  /** What is answered here, whoever asks (ACME's HTTP-01). */
  readonly answer?: string
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
  /** Nothing is served here but a redirect to this host (from-to-www-redirect). */
  readonly redirectTo?: string
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
  /** The address is a host that has to be looked up first. */
  readonly isName?: true
  readonly port: number
}

/** What the data plane reads at each request; all of it changes under its feet. */
export interface IngressState {
  readonly table: RouteTable
  endpointsOf(backend: Backend): readonly Endpoint[]
  /** The address of a host that is no pod's: of ExternalName Services and of those asked whether a request may pass. Rejects for the node's own. */
  resolve(host: string): Promise<string>
  /** A Secret's values, decoded. */
  secret(key: string): Readonly<Record<string, Buffer>> | undefined
}
