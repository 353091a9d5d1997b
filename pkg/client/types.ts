/**
 * How every part outside the API server reaches the cluster.
 *
 * Three transports serve one contract: HTTPS, the API server's own chain in this process, and a fake.
 * Failures are StatusErrors (`#apimachinery/status-error.ts`).
 */
import type { Draft, KubeList, KubeObject, ObjectKey, ResourceRef } from '#apimachinery/object.ts'

export interface ListOptions {
  readonly namespace?: string | undefined
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
  /** Ask for PartialObjectMetadata (apiVersion, kind, metadata) only; a transport that cannot may answer whole objects. */
  readonly metadataOnly?: boolean
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  readonly allowWatchBookmarks?: boolean
  readonly sendInitialEvents?: boolean
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
}

export type WatchEvent<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T } | { readonly type: 'BOOKMARK'; readonly object: T }

export interface WriteOptions {
  readonly dryRun?: boolean
  readonly fieldManager?: string
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
  /** "status", "scale", "binding" … */
  readonly subresource?: string
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType
  /** Apply only: take over fields that others own. */
  readonly force?: boolean
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: boolean
}

export interface RawRequest {
  readonly method: string
  /** Path with query: "/api/v1/nodes?limit=5". */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The whole body; for streams use `stream`. */
  bytes(): Promise<Uint8Array>
  text(): Promise<string>
  stream(): AsyncIterable<Uint8Array>
}

export interface Client {
  get<T extends KubeObject>(of: ResourceRef<T>, key: ObjectKey, options?: { readonly subresource?: string; readonly resourceVersion?: string }): Promise<T>
  list<T extends KubeObject>(of: ResourceRef<T>, options?: ListOptions): Promise<KubeList<T>>
  /** Ends when the server ends it; throws StatusError (isExpired: list again) on an ERROR event or a refused request. */
  watch<T extends KubeObject>(of: ResourceRef<T>, options?: WatchOptions): AsyncIterable<WatchEvent<T>>
  /** Namespace and name come from the object's metadata; for a subresource such as "binding" the name is the parent's. */
  create<T extends KubeObject>(of: ResourceRef<T>, object: Draft<T> | Draft<KubeObject>, options?: WriteOptions): Promise<T>
  update<T extends KubeObject>(of: ResourceRef<T>, object: Draft<T>, options?: WriteOptions): Promise<T>
  /** `patch` is a JSON value (an array for type json). */
  patch<T extends KubeObject>(of: ResourceRef<T>, key: ObjectKey, patch: unknown, options: PatchOptions): Promise<T>
  /** Answers the object as it is while finalizers or a grace period hold it, else the final Status. */
  delete(of: ResourceRef, key: ObjectKey, options?: DeleteOptions): Promise<void>
  deleteCollection(of: ResourceRef, list: ListOptions, options?: DeleteOptions): Promise<void>
  /** Anything else: logs, discovery, subresources. Does not throw on an HTTP error status. */
  request(request: RawRequest): Promise<RawResponse>
  close(): void
}

/** What carries a client's requests: HTTPS (`https-transport.ts`), or the API server's own chain in this process. */
export interface Transport {
  /** Rejects only when there is no answer at all; an HTTP error status is an answer. Aborting `signal` ends the body stream too. */
  request(request: RawRequest): Promise<RawResponse>
  close(): void
}
