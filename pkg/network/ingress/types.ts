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

/** AUTO_HTTP: HTTPS for what came by TLS, HTTP for the rest. */
export type BackendProtocol = 'HTTP' | 'HTTPS' | 'AUTO_HTTP' | 'GRPC' | 'GRPCS'

export interface LocationOptions {
  readonly rewriteTarget?: string
  readonly sslRedirect: boolean
  readonly forceSslRedirect: boolean
  readonly preserveTrailingSlash: boolean
  /** The port stands in redirects to TLS though it is the usual one. */
  readonly portInRedirects: boolean
  readonly redirect?: { readonly url: string; readonly code: number; readonly isRelative: boolean }
  /** Why nobody comes in here. */
  readonly denied?: string
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
  readonly retry: RetryOptions
  readonly allowedSources?: readonly IpRange[]
  readonly deniedSources?: readonly IpRange[]
  /** All of them must allow a request. */
  readonly rates: readonly Rate[]
  /** Requests of one client at a time; 0 for any number. */
  readonly connectionLimit: number
  /** Clients that no limit is for. */
  readonly unlimitedSources?: readonly IpRange[]
  readonly auth?: PasswordAuth
  readonly externalAuth?: ExternalAuth
  /** An allowed source needs no password, and a password no allowed source. */
  readonly satisfyAny: boolean
  readonly cors?: CorsOptions
  readonly affinity?: Affinity
  /** Requests for which this text is the same go to the same endpoint; with nginx's variables. */
  readonly hashBy?: string
  readonly upstreamHost?: string
  readonly upstreamTls?: UpstreamTlsOptions
  /** How the backend's own Location, and its cookies' domain and path, are told to the client. */
  readonly locationHeader?: Replacement
  readonly cookieDomain?: Replacement
  readonly cookiePath?: Replacement
  /** "namespace/name" of a ConfigMap of headers that every answer gets. */
  readonly customHeaders?: string
  readonly mirror?: Mirror
  readonly pace?: { readonly bytesPerSecond: number; readonly afterBytes: number }
  readonly forwardedPrefix?: string
  /** Statuses that the default backend answers instead. */
  readonly customErrors: readonly number[]
  /** Those of backends too. */
  readonly interceptErrors: boolean
  /** Answers when the location's own Service has no endpoint, and for `customErrors`. */
  readonly fallback?: Backend
  readonly accessLog: boolean
}

/** What of an attempt that went wrong makes for another (nginx's proxy_next_upstream). */
export interface RetryOptions {
  readonly errors: boolean
  readonly timeouts: boolean
  readonly statuses: readonly number[]
  /** Also what is not idempotent. */
  readonly anyMethod: boolean
  /** No other attempt begins after so long; 0 for any time. */
  readonly withinMs: number
}

export interface Replacement {
  readonly from: string
  readonly to: string
}

/** How an endpoint that speaks TLS is met (nginx's proxy_ssl_*). */
export interface UpstreamTlsOptions {
  /** "namespace/name": what we show, and the CAs that the endpoint is checked by. */
  readonly secret?: string
  readonly name?: string
  /** The name is told in the handshake. */
  readonly tellName: boolean
  readonly verify: boolean
}

/** Certificates that clients of a host must, or may, show (nginx's ssl_verify_client). */
export interface ClientAuth {
  /** "namespace/name" of a Secret with ca.crt, and ca.crl where some were revoked. */
  readonly secret: string
  readonly mode: 'on' | 'optional' | 'optional_no_ca'
  /** Certificates between the client's own and the CA. */
  readonly depth: number
  readonly errorPage?: string
  readonly passCertificate: boolean
  readonly subjectPattern?: RegExp
}

/** Authentication by passwords in a Secret "namespace/name": of HTTP's Basic kind, or Digest (RFC 7616, with MD5 as nginx's module has it). */
export interface PasswordAuth {
  readonly type: 'basic' | 'digest'
  readonly secret: string
  readonly kind: 'auth-file' | 'auth-map'
  readonly realm: string
}

/** Where each request is sent a second time; nobody waits for what is answered there (nginx's mirror). */
export interface Mirror {
  /** May hold nginx's variables. */
  readonly url: string
  readonly host: string
  readonly withBody: boolean
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
  /** "namespace/name" of a ConfigMap of headers that the question gets. */
  readonly headersFrom?: string
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
  /** `SameSite=None` is left out where browsers refuse it. */
  readonly sameSiteUnlessRefused: boolean
  /** Also when the request did not come over TLS. */
  readonly secure: boolean
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
  readonly clientAuth?: ClientAuth
  /** TLS is not ended here, but goes on to this backend as it comes. */
  readonly passthrough?: Backend
  /** Nothing is served here but a redirect to this host (from-to-www-redirect). */
  readonly redirectTo?: string
}

export interface RouteTable {
  /** By host in lower case; "*.example.com" for wildcards; "" for every other host. */
  readonly hosts: ReadonlyMap<string, HostRoutes>
  /** Other names of hosts, as patterns. */
  readonly hostPatterns: readonly { readonly pattern: RegExp; readonly routes: HostRoutes }[]
  /** TLS Secret ("namespace/name") by host, wildcards as above. */
  readonly certificates: ReadonlyMap<string, string>
  /** All Secrets that the table needs. */
  readonly secrets: ReadonlySet<string>
  /** All ConfigMaps likewise. */
  readonly configMaps: ReadonlySet<string>
  /** Some host wants more of TLS than a certificate: names have to be known before the handshake. */
  readonly looksAtNames: boolean
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
  configMap(key: string): Readonly<Record<string, string>> | undefined
}
