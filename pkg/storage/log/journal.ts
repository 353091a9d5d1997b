/** The durable half of a revision log: a driver is a journal below the one `LogStore`. */

/** One write. Rows are never changed; a row goes away only by compaction. */
export interface LogRow {
  readonly revision: number
  readonly key: string
  /** Empty for a delete. */
  readonly value: Uint8Array
  readonly createRevision: number
  /** The revision that this write replaced; 0 when the key did not exist. */
  readonly previousRevision: number
  readonly deleted: boolean
  /** When the entry goes by itself, in milliseconds since the epoch; 0: never. */
  readonly expiresAtMs: number
}

export interface Journal {
  /** The last compaction, as persisted; 0 at first. */
  compactedRevision(): number
  /** Every row in order of revision; read once, at open. */
  load(): Iterable<LogRow>
  /**
   * All or nothing, and written when it returns; durable when what it returns resolves, or at once when it returns nothing. Throws
   * StorageFullError when there is no room: nothing was written then. One that rejects leaves unknown what is durable. No other append
   * may begin before it has resolved; reads already see the rows.
   */
  append(rows: readonly LogRow[]): Promise<void> | void
  /** The value of a row that is there. */
  value(revision: number): Uint8Array
  /** Rows after a revision, in order. */
  read(afterRevision: number, limit: number): LogRow[]
  /** Persists that everything superseded at or before `revision` may go. */
  setCompacted(revision: number): void
  /** Removes rows, all or nothing. */
  remove(revisions: readonly number[]): void
  close(): void
}
