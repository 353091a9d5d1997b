/** How an API server is made. Everything is optional; the defaults are those of a test, and safe. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { Store } from '#storage/types.ts'
import type { Transport } from '#client/types.ts'
import type { ConnectHandlers } from './connect/types.ts'
import type { Audit } from './audit/index.ts'
import type { PreparedSeeds, Seed } from './bootstrap/seed.ts'
import type { EncryptionProviders } from './encryption/index.ts'
import type { Aggregated } from './discovery/groups.ts'
import type { ResourceFacts } from './flowcontrol/estimate.ts'
import type { HealthCheck } from './discovery/health.ts'
import type { FlowControl } from './flowcontrol/index.ts'
import type { Transformer } from './registry/object-store.ts'
import type { AdmissionPlugin, ApiRequest, ApiResponse, Authenticator, Authorizer, Handler, RequestInfo, UserInfo } from './types.ts'
import type { VirtualHandlers } from './virtual-types.ts'

/** What authenticates, authorizes, admits and answers beside the registry. */
export interface ServerPlugins {
  /** Asked in order; one that is a union of others may stand alone. */
  readonly authenticators?: readonly Authenticator[]
  /** Default: system:masters may do everything, nobody else anything. */
  readonly authorizer?: Authorizer
  readonly admission?: readonly AdmissionPlugin[]
  readonly connectHandlers?: ConnectHandlers
  readonly virtualHandlers?: VirtualHandlers
  /** Group versions that other servers serve through this one. */
  readonly aggregated?: Aggregated
  readonly audit?: Audit
  /** Who waits for whom; absent: plain bounds on what runs at once. */
  readonly flowControl?: FlowControl
  /** Further checks of /readyz, /livez and /healthz. */
  readonly checks?: readonly HealthCheck[]
  /** Further lines of /metrics. */
  readonly metrics?: () => readonly string[]
  /** Exact GET paths with fixed answers: /openid/v1/jwks … */
  readonly documents?: Readonly<Record<string, { readonly contentType: string; readonly body: string }>>
}

export interface ApiServerOptions extends ServerPlugins {
  /** Default: in memory. */
  readonly store?: Store
  /** Default: every built-in kind. */
  readonly definitions?: readonly ResourceDefinition[]
  readonly clock?: Clock
  readonly log?: Logger
  /** Whether requests without credentials are system:anonymous (default) or refused. */
  readonly anonymous?: boolean
  /** Default 10.96.0.0/16; two ranges of different families, with a comma between them, make Services dual-stack. */
  readonly serviceCidr?: string
  /** Default 30000–32767. */
  readonly nodePortRange?: { readonly from: number; readonly to: number }
  /** Secrets at rest. Absent: stored as they are. */
  readonly encryption?: Transformer | { readonly keyFile: string }
  /** What is sealed, and by whom, instead; what `encryption` has sealed before can still be opened. */
  readonly encryptionProviders?: EncryptionProviders
  /** Where the `kubernetes` Service leads; absent: it has no endpoints. */
  readonly advertise?: { readonly address: string; readonly port: number }
  /** Of requests that are no watches or streams; default a minute. */
  readonly requestTimeoutMs?: number
  /** On closing: how long `/readyz` says no before anything else happens; default 0. */
  readonly shutdownDelayMs?: number
  readonly maxInFlight?: { readonly reading: number; readonly mutating: number }
  readonly minWatchSeconds?: number
  /** `/debug/pprof/` and `/debug/flags/v`; default true. */
  readonly profiling?: boolean
  readonly featureGates?: ReadonlySet<string>
  /** By name, what /flagz shows. */
  readonly flags?: Readonly<Record<string, string>>
  /** "GROUP/VERSION" of what is not served by default and is asked for; its feature gate must be on too. */
  readonly runtimeConfig?: ReadonlySet<string>
  /** What an empty store is given before anything is read from it. */
  readonly seeds?: readonly Seed[]
  /** Beside them, what no other cluster has. */
  readonly ownSeeds?: () => Promise<readonly Seed[]>
  /** The seeds and all else that a new server writes, prepared (`bootstrap/seed.ts`). */
  readonly preparedSeeds?: () => Promise<PreparedSeeds | undefined>
  /** Namespaces, `kubernetes` Service; default true. */
  readonly bootstrap?: boolean
}

export interface ListenOptions {
  /** Addresses to listen on; default 127.0.0.1. */
  readonly hosts?: readonly string[]
  /** 0: any free one (the same for every address). */
  readonly port: number
  readonly tls: {
    /** PEM. */
    readonly cert: string
    readonly key: string
    /** PEM bundle that client certificates are verified against. */
    readonly clientCa?: string
  }
}

export interface Listening {
  readonly port: number
  /** How many are under way. */
  readonly requests: number
  /** New connections are shown this certificate (PEM); those that are open go on. */
  useCertificate(pair: { readonly cert: string; readonly key: string }): void
  /** Stops accepting, ends watches, waits for the rest. */
  close(): Promise<void>
}

export interface ApiServer {
  /** What is kept of a resource, and how many watch it. */
  facts(info: RequestInfo): ResourceFacts | undefined
  /** The whole chain. */
  readonly handler: Handler
  /** In-process; default user: system:apiserver in system:masters. */
  transport(user?: UserInfo): Transport
  listen(options: ListenOptions): Promise<Listening>
  /** Caches loaded, namespaces there. */
  readonly ready: Promise<void>
  /** Sets or replaces plugins; for those that themselves need the server's in-process transport. */
  use(plugins: ServerPlugins): void
  /** The store was empty, and has been given the seeds; known once ready. */
  isNew(): boolean
  /** What is served now. */
  readonly kinds: { all(): readonly ResourceDefinition[] }
  addDefinition(definition: ResourceDefinition): Promise<void>
  removeDefinition(group: string, version: string, plural: string): void
  /** Answers a path prefix outside the registry ("/apis/metrics.k8s.io/v1beta1"): aggregation, CRDs. Returns a function that ends it. */
  mount(prefix: string, handler: (request: ApiRequest) => Promise<ApiResponse>): () => void
  close(): Promise<void>
}
