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
  /** Events after this revision. Throws CompactedError when they are no longer all there. */
  readonly afterRevision: number
  /** All events of one commit tick together, in order of revision; called synchronously after the commit is durable. */
  readonly onEvents: (events: readonly StoreEvent[]) => void
  /** The watch ended by a failure (compaction overtook it, the store closed). */
  readonly onError: (error: Error) => void
}

export interface Store {
  /** The revision of the newest durable write. */
  revision(): number
  get(key: string): Promise<StoreEntry | undefined>
  /** Keys with the prefix, in byte order. */
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>
  count(prefix: string): Promise<number>
  /** Compare-and-swap; resolves when the write is durable. */
  put(key: string, value: Uint8Array, options: PutOptions): Promise<WriteResult>
  delete(key: string, options: { readonly expectRevision: number }): Promise<WriteResult>
  watch(options: WatchOptions): Promise<StoreWatch>
  /** Forgets what was superseded before `revision`. */
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
