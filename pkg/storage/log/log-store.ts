import { type Clock, systemClock } from '#base/clock.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import {
  FutureRevisionError,
  type PutOptions,
  type RangeOptions,
  type RangeResult,
  StorageFullError,
  type Store,
  StoreClosedError,
  type StoreEntry,
  type StoreEvent,
  StoreFailedError,
  type StoreWatch,
  type WatchOptions,
  type WriteResult,
} from '../types.ts'
import { type CommitLimits, CommitQueue, defaultCommitLimits, type PendingWrite } from './commit-queue.ts'
import type { Journal, LogRow } from './journal.ts'
import { RevisionState } from './revision-state.ts'
import { WatchHub } from './watch-hub.ts'
import { Expiry } from './expiry.ts'

export interface LogStoreOptions {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly limits?: Partial<CommitLimits>
  /** The newest events kept in memory for watches that resume. */
  readonly maxRecentEvents?: number
  readonly maxRecentBytes?: number
  /** When so many superseded versions have gathered and nobody compacts, the older half is compacted. */
  readonly maxSuperseded?: number
}

const noBytes = new Uint8Array(0)

/**
 * The store as one process has it: the current state in memory, every write appended to a journal first.
 * One commit at a time, and its change of memory is synchronous, so reads see whole commits only, and durable ones only.
 */
export class LogStore implements Store {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #maxSuperseded: number
  readonly #state: RevisionState
  readonly #queue: CommitQueue
  readonly #hub: WatchHub
  readonly #expiry: Expiry
  #failure: StoreFailedError | undefined
  #closed = false

  /** Reads the journal whole. */
  constructor(journal: Journal, options: LogStoreOptions = {}) {
    this.#journal = journal
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    this.#maxSuperseded = options.maxSuperseded ?? 1_000_000
    this.#state = new RevisionState(journal, { maxEvents: options.maxRecentEvents ?? 20_000, maxBytes: options.maxRecentBytes ?? 64 << 20 })
    this.#queue = new CommitQueue({ ...defaultCommitLimits, ...options.limits }, (batch) => this.#commit(batch))
    this.#hub = new WatchHub(this.#state)
    this.#expiry = new Expiry({ clock: this.#clock, expire: (due) => this.#expire(due.map((each) => each.entry!)) })
    for (const history of this.#state.histories.values()) if (history.entry && history.expiresAtMs !== 0) this.#expiry.note(history)
    this.#compactInBackground(() => this.#state.compactor.resume())
  }

  revision(): number {
    return this.#state.revision()
  }

  compactedRevision(): number {
    return this.#state.compactedRevision()
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    this.#mustBeOpen()
    return this.#state.histories.get(key)?.entry
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#mustBeOpen()
    return this.#state.range(prefix, options)
  }

  async count(prefix: string): Promise<number> {
    this.#mustBeOpen()
    return this.#state.index.countLive(prefix)
  }

  async put(key: string, value: Uint8Array, { expectRevision, ttlSeconds }: PutOptions): Promise<WriteResult> {
    if (key === '' || !key.isWellFormed() || key.includes('\0')) throw new TypeError(`not a key: ${JSON.stringify(key)}`)
    const expiresAtMs = ttlSeconds ? this.#clock.now() + ttlSeconds * 1000 : 0
    return this.#write({ key, value, expectRevision, expiresAtMs })
  }

  async delete(key: string, { expectRevision }: { readonly expectRevision: number }): Promise<WriteResult> {
    return this.#write({ key, value: undefined, expectRevision, expiresAtMs: 0 })
  }

  async watch(options: WatchOptions): Promise<StoreWatch> {
    this.#mustBeOpen()
    return this.#hub.watch(options)
  }

  async compact(revision: number): Promise<void> {
    this.#mustBeOpen()
    if (revision > this.revision()) throw new FutureRevisionError(this.revision())
    await this.#state.compactor.compact(revision).catch((error) => {
      throw error instanceof StoreClosedError ? error : this.#noteFailure(error)
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#queue.drain()
    this.#expiry.stop()
    this.#state.compactor.stop()
    this.#hub.failAll(new StoreClosedError())
    this.#journal.close()
  }

  #write(write: Omit<PendingWrite, 'resolve' | 'reject'>): Promise<WriteResult> {
    if (this.#failure) throw this.#failure
    this.#mustBeOpen()
    return new Promise((resolve, reject) => this.#queue.push({ ...write, resolve, reject }))
  }

  /**
   * One group commit: preconditions in order of arrival, one append, and when that is durable memory, watchers, answers. Nothing sees
   * the writes before; meanwhile reads are answered from before them.
   */
  #commit(batch: readonly PendingWrite[]): Promise<void> | void {
    const rows: LogRow[] = []
    const results: WriteResult[] = []
    /** What the earlier writes of this batch will have made of a key. */
    const staged = new Map<string, StoreEntry | undefined>()
    try {
      if (this.#failure) throw this.#failure
      for (const write of batch) results.push(this.#stage(write, rows, staged))
      const written = rows.length > 0 ? this.#journal.append(rows) : undefined
      if (written) {
        return written.then(
          () => this.#finish(batch, rows, results),
          (error) => this.#refuse(batch, error),
        )
      }
    } catch (error) {
      this.#refuse(batch, error)
      return
    }
    this.#finish(batch, rows, results)
  }

  #finish(batch: readonly PendingWrite[], rows: readonly LogRow[], results: readonly WriteResult[]): void {
    let events: readonly StoreEvent[]
    try {
      if (this.#failure) throw this.#failure
      events = this.#apply(rows)
    } catch (error) {
      this.#refuse(batch, error)
      return
    }
    if (events.length > 0) this.#hub.dispatch(events)
    for (const [position, write] of batch.entries()) write.resolve(results[position]!)
    this.#boundHistory()
  }

  #refuse(batch: readonly PendingWrite[], error: unknown): void {
    const reason = this.#noteFailure(error)
    for (const write of batch) write.reject(reason)
  }

  #stage(write: PendingWrite, rows: LogRow[], staged: Map<string, StoreEntry | undefined>): WriteResult {
    const { key, value, expectRevision, expiresAtMs } = write
    const current = staged.has(key) ? staged.get(key) : this.#state.histories.get(key)?.entry
    if ((current?.revision ?? 0) !== expectRevision || (!value && !current)) return { ok: false, current }
    const revision = this.#state.revision() + rows.length + 1
    const createRevision = current?.createRevision ?? revision
    staged.set(key, value && { key, value, revision, createRevision })
    rows.push({ revision, key, value: value ?? noBytes, createRevision, previousRevision: expectRevision, deleted: !value, expiresAtMs })
    return { ok: true, revision, createRevision }
  }

  /** The rows are durable: an error from here on means that memory and journal differ, and ends all writing. */
  #apply(rows: readonly LogRow[]): StoreEvent[] {
    try {
      return rows.map((row) => {
        const { event, history } = this.#state.apply(row)
        if (row.expiresAtMs !== 0) this.#expiry.note(history)
        return event
      })
    } catch (error) {
      throw error instanceof StoreFailedError ? error : new StoreFailedError('store cannot apply what it wrote', error)
    }
  }

  #noteFailure(error: unknown): Error {
    if (error instanceof StorageFullError) {
      this.#logger.warn('no space for a write', { error: error.cause ?? error })
      return error
    }
    if (!this.#failure) {
      // After a failed fsync nobody knows what is on the disk: no write may follow until the journal is read anew.
      this.#failure = error instanceof StoreFailedError ? error : new StoreFailedError(`store failed: ${(error as Error).message}`, error)
      this.#logger.error('store failed, no more writes', { error: this.#failure })
      this.#hub.failAll(this.#failure)
    }
    return this.#failure
  }

  async #expire(due: readonly StoreEntry[]): Promise<void> {
    if (this.#closed) return
    await Promise.all(due.map(({ key, revision }) => this.#write({ key, value: undefined, expectRevision: revision, expiresAtMs: 0 })))
  }

  #boundHistory(): void {
    const { compactor } = this.#state
    if (compactor.backlog <= this.#maxSuperseded) return
    const revision = compactor.revisionAt(compactor.backlog >>> 1)
    if (revision <= compactor.compactedRevision) return
    this.#logger.info('compacting, since nobody else did', { revision })
    this.#compactInBackground(() => compactor.compact(revision))
  }

  #compactInBackground(run: () => Promise<void>): void {
    run().catch((error) => {
      if (!(error instanceof StoreClosedError)) this.#noteFailure(error)
    })
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StoreClosedError()
  }
}
