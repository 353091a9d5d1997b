/**
 * The contracts of the API server's request path. It knows nothing of sockets: adapters at the edge
 * (TLS with HTTP/1.1 and HTTP/2, and the in-process client) turn what they have into an ApiRequest and
 * write out an ApiResponse.
 */
import type { Reinvocation } from './admission/reinvocation.ts'
import type { AuditNotes } from './audit/types.ts'
import type { KubeObject } from '#apimachinery/object.ts'

/** Who asks, as authentication found (authentication.k8s.io UserInfo). */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What is asked, parsed from method and path (upstream's request.RequestInfo). */
export interface RequestInfo {
  readonly isResourceRequest: boolean
  readonly path: string
  /** get list watch create update patch delete deletecollection, "proxy"-less; for other paths the lower-case HTTP method. */
  readonly verb: string
  /** "api" or "apis"; empty for paths that are no resource. */
  readonly apiPrefix: string
  readonly group: string
  readonly version: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** Path segments after resource/name/subresource (proxy paths). */
  readonly parts: readonly string[]
}

/** A raw two-way stream after `Upgrade` or CONNECT: exec, attach, port-forward, proxy. */
export interface UpgradeSocket {
  readonly socket: import('node:stream').Duplex
  /** Bytes that came with the head. */
  readonly head: Uint8Array
  /** The underlying node:http request, for protocol libraries (ws) that insist on it. */
  readonly request: import('node:http').IncomingMessage
}

export interface ApiRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Both, as they were sent. */
  readonly uri?: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The whole body; rejects with RequestEntityTooLarge beyond the limit (3 MiB). */
  body(): Promise<Uint8Array>
  /** For what must not be buffered (proxying). */
  bodyStream(): AsyncIterable<Uint8Array>
  /** Aborts when the client goes away or the server's deadline passes. */
  readonly signal: AbortSignal
  readonly remoteAddress: string
  /** DER of the client's verified certificate, if it showed one. */
  readonly clientCertificate?: Uint8Array | undefined
  readonly upgrade?: UpgradeSocket | undefined
  /** The chain fills these in as it goes. */
  readonly context: RequestContext
}

export interface RequestContext {
  info: RequestInfo
  user: UserInfo
  auditId: string
  /** Texts for Warning headers (299), without duplicates. */
  readonly warnings: string[]
  receivedAtMs: number
  /** The deadline has passed and the client has its answer: what the handler answers now is sent to nobody. */
  isAbandoned?: boolean
  /** Present while the request is audited. */
  audit?: AuditNotes
  /** Set by the in-process client: the caller is this user without credentials being checked. */
  trustedUser?: UserInfo
}

export interface ApiResponse {
  readonly status: number
  readonly headers: Record<string, string>
  /** Whole, in blocks, or as a stream that ends when the generator does; absent after an upgrade. */
  readonly body?: Uint8Array | string | readonly Uint8Array[] | AsyncIterable<Uint8Array | string> | undefined
  /**
   * How a streamed body is told to who asks for a WebSocket: each block as one message of text or binary, or as the bytes
   * of one stream. Absent: it is not.
   */
  readonly messages?: 'text' | 'binary' | 'bytes'
  /** The handler took the socket over. */
  readonly upgraded?: boolean
  /** When an answer that is not a watch must have been sent; what the client has not taken by then is cut off. Absent: whenever. */
  sendBeforeMs?: number
  /** Of a watch: has the given function called when it is over. What the client has not taken half a minute later is cut off. */
  readonly onEnd?: (told: () => void) => void
  /** Called once by who sends it, when all of it has been handed to the connection, or cannot be any more. */
  whenSent?: () => void
}

export type Handler = (request: ApiRequest) => Promise<ApiResponse>
/** One link of the chain (`chain.ts` lists them in order). */
export type Filter = (request: ApiRequest, next: Handler) => Promise<ApiResponse>

// --- authentication -------------------------------------------------------------------------------------------

/** Answers a user, or undefined when the request carries no credentials of its kind; throws Unauthorized on bad ones. */
export interface Authenticator {
  readonly name: string
  authenticate(request: ApiRequest): Promise<UserInfo | undefined>
}

// --- authorization --------------------------------------------------------------------------------------------

export interface AuthorizerAttributes {
  readonly user: UserInfo
  readonly verb: string
  readonly isResourceRequest: boolean
  readonly path: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export interface Decision {
  readonly decision: 'allow' | 'deny' | 'no-opinion'
  readonly reason: string
  /** What kept an authorizer from deciding: without an allowance the request has failed, rather than been forbidden. */
  readonly error?: string
}

export interface Authorizer {
  readonly name: string
  authorize(attributes: AuthorizerAttributes): Promise<Decision> | Decision
}

// --- admission ------------------------------------------------------------------------------------------------

export interface AdmissionAttributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly resource: string
  /** The resource's, where what is written is a kind of another group (an Eviction, a TokenRequest). */
  readonly resourceGroup?: string
  /** The version that the resource was asked for in. */
  readonly servedVersion?: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly user: UserInfo
  readonly dryRun: boolean
  /** What is to be written; plugins of the mutating phase may change it in place. Absent on DELETE. */
  readonly object?: KubeObject | undefined
  readonly oldObject?: KubeObject | undefined
  /** The CreateOptions, UpdateOptions, DeleteOptions or connect options. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Of the mutating phase, whose plugins may have to run once more. */
  readonly reinvocation?: Reinvocation
  warn(text: string): void
  /** A note in the audit log, from that level on; absent where nothing is audited. */
  annotate?(key: string, value: string, from?: 'Metadata' | 'Request'): void
}

export interface AdmissionPlugin {
  readonly name: string
  /** Cheap pre-check, so that most plugins are skipped for most requests. */
  handles(attributes: AdmissionAttributes): boolean
  /** Mutating phase; throws StatusError to refuse. */
  admit?(attributes: AdmissionAttributes): Promise<void> | void
  /** Validating phase, after all mutation and the object's own validation of form. */
  validate?(attributes: AdmissionAttributes): Promise<void> | void
}

/** Typed, cached read access that authorizers and admission plugins are given: informers on the in-process loopback client. */
export type { InformerFactory } from '#client/informer-types.ts'
