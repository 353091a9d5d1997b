/**
 * The contract of the store: a revision log with multi-version reads, as etcd's.
 *
 * Every write gets the next revision, alone (no two writes share one). Values are opaque bytes to the store.
 * A driver is right when `conformance.ts` passes on it. Only `apiserver` imports this folder.
 */

export interface StoreEntry {
  readonly key: string
  readonly value: Uint8Array
  /** The revision of the last write; an object's resourceVersion. */
  readonly revision: number
  /** The revision that created the key. */
  readonly createRevision: number
}

export interface StoreEvent {
  readonly type: 'put' | 'delete'
  readonly key: string
  /** Of a put, the new value; of a delete, the last value. */
  readonly value: Uint8Array
  readonly previous: StoreEntry | undefined
  readonly revision: number
  readonly createRevision: number
}

export interface RangeOptions {
  /** At most so many entries; 0 or absent: all. */
  readonly limit?: number
  /** Only keys after this one. */
  readonly after?: string
  /** As of this revision; absent: now. Throws CompactedError when it is gone, FutureRevisionError when it is not yet. */
  readonly revision?: number
}

export interface RangeResult {
  readonly entries: readonly StoreEntry[]
  /** The revision the answer is of. */
  readonly revision: number
  /** How many more entries the range has after these. */
  readonly remaining: number
}

export type WriteResult =
  | { readonly ok: true; readonly revision: number; readonly createRevision: number }
  /** The precondition did not hold; `current` is what is there instead. */
  | { readonly ok: false; readonly current: StoreEntry | undefined }

export interface PutOptions {
  /** 0: the key must not exist. Otherwise the revision it must have. */
  readonly expectRevision: number
  /** Gone by itself after so many seconds (events). */
  readonly ttlSeconds?: number
}

export interface StoreWatch {
  /** Stops; no callback comes after. */
  close(): void
}

export interface WatchOptions {
  readonly prefix: string
  /** Events after this revision (of a future one: once it has passed). Throws CompactedError when they are no longer all there. */
  readonly afterRevision: number
  /** All events of one commit tick together, in order of revision; called synchronously after the commit is durable. */
  readonly onEvents: (events: readonly StoreEvent[]) => void
  /** The watch ended by a failure (CompactedError: compaction overtook it; StoreClosedError). Called once at most, and nothing after it. */
  readonly onError: (error: Error) => void
}

export interface Store {
  /** The revision of the newest durable write known here; 1 or more, also of an empty store. */
  revision(): number
  /**
   * Only of a store that others write to as well: a revision that is not older than any write, by whomever, that ended before the call.
   * It may be that of a key that is none of ours, which no watch will ever reach.
   */
  confirmedRevision?(): Promise<number>
  get(key: string): Promise<StoreEntry | undefined>
  /** Keys with the prefix, in byte order. */
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>
  count(prefix: string): Promise<number>
  /** Compare-and-swap; resolves when the write is durable. The value must not be changed afterwards: the store keeps it. */
  put(key: string, value: Uint8Array, options: PutOptions): Promise<WriteResult>
  /** The key must exist and have the revision; answers the revision of the delete. */
  delete(key: string, options: { readonly expectRevision: number }): Promise<WriteResult>
  watch(options: WatchOptions): Promise<StoreWatch>
  /**
   * Forgets what was superseded at or before `revision`: reads below it and watches after less than it then throw CompactedError.
   * The forgetting goes on in bounded steps; resolves when it is done. An older revision than the last compaction's does nothing.
   */
  compact(revision: number): Promise<void>
  compactedRevision(): number
  close(): Promise<void>
}

export class CompactedError extends Error {
  override readonly name = 'CompactedError'
  readonly compactedRevision: number
  constructor(compactedRevision: number) {
    super('required revision has been compacted')
    this.compactedRevision = compactedRevision
  }
}

export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError'
  readonly currentRevision: number
  constructor(currentRevision: number) {
    super('required revision is a future revision')
    this.currentRevision = currentRevision
  }
}

/** No space for a write (ENOSPC, a quota). Nothing of the write is there; reads go on, and writes work again when there is space. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError'
  constructor(cause?: unknown) {
    super('no space left on the store', { cause })
  }
}

/** More writes wait than the store lets wait; try again later. */
export class StoreOverloadedError extends Error {
  override readonly name = 'StoreOverloadedError'
  constructor() {
    super('too many writes are waiting for the store')
  }
}

/** The store was closed. A write that got this error may not have happened. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError'
  constructor() {
    super('the store is closed')
  }
}

/**
 * The store cannot write any more (a disk error, a broken invariant, the server gone), or refuses to open (locked, newer layout).
 * What it holds can still be read; the process should be started anew.
 */
export class StoreFailedError extends Error {
  override readonly name = 'StoreFailedError'
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
  }
}

/** The server of the store did not answer. A write that got this error may have happened. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
  constructor(cause?: unknown) {
    super(`the store does not answer${cause instanceof Error ? `: ${cause.message}` : ''}`, { cause })
  }
}
