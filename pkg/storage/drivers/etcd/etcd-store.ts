import { type Clock, systemClock } from '#base/clock.ts'
import {
  CompactedError,
  FutureRevisionError,
  type PutOptions,
  type RangeOptions,
  type RangeResult,
  type Store,
  StoreClosedError,
  type StoreEntry,
  StoreUnavailableError,
  type StoreWatch,
  type WatchOptions,
  type WriteResult,
} from '../../types.ts'
import { type EtcdConnection, RevisionOutOfRange } from './connection.ts'
import { EtcdWatch } from './etcd-watch.ts'
import { KeySpace } from './keys.ts'
import { Leases } from './leases.ts'
import type { RangeResponse, TxnResponse, WatchResponse } from './protocol.ts'

/** A range is read in pages of so many, all of one revision: a message has a bound. */
const pageEntries = 1000

export interface EtcdStoreOptions {
  readonly prefix: string
  readonly clock?: Clock
}

/** The store in an etcd that other API servers use too. */
export class EtcdStore implements Store {
  readonly #connection: EtcdConnection
  readonly #clock: Clock
  readonly #keys: KeySpace
  readonly #leases: Leases
  readonly #watches = new Set<EtcdWatch>()
  #revision = 1
  #compacted = 0
  #closed = false

  constructor(connection: EtcdConnection, { prefix, clock = systemClock }: EtcdStoreOptions) {
    this.#connection = connection
    this.#clock = clock
    this.#keys = new KeySpace(prefix)
    this.#leases = new Leases(connection.call, clock)
  }

  /** Learns where etcd is. */
  async start(): Promise<this> {
    const { header } = await this.#range({ key: this.#keys.encode('/'), count_only: true })
    this.#noteRevision(header.revision)
    await this.#learnCompacted()
    return this
  }

  /** Of our own writes and watched events: other keys of the same etcd have revisions too, and no watch of ours would ever reach those. */
  revision(): number {
    return this.#revision
  }

  async confirmedRevision(): Promise<number> {
    return (await this.#range({ key: this.#keys.encode('/'), count_only: true })).header.revision
  }

  compactedRevision(): number {
    return this.#compacted
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    const { kvs } = await this.#range({ key: this.#keys.encode(key) })
    return kvs[0] && this.#keys.entry(kvs[0])
  }

  async range(prefix: string, { limit = 0, after, revision = 0 }: RangeOptions = {}): Promise<RangeResult> {
    const entries: StoreEntry[] = []
    for (let from = after, at = revision; ; from = entries.at(-1)!.key) {
      const want = limit === 0 ? pageEntries : Math.min(pageEntries, limit - entries.length)
      const { kvs, count, header } = await this.#range({ ...this.#keys.interval(prefix, from), limit: want, revision: at })
      at ||= header.revision
      for (const each of kvs) entries.push(this.#keys.entry(each))
      const remaining = count - kvs.length
      if (remaining === 0 || entries.length === limit) return { entries, revision: at, remaining }
    }
  }

  async count(prefix: string): Promise<number> {
    return (await this.#range({ ...this.#keys.interval(prefix), count_only: true })).count
  }

  async put(key: string, value: Uint8Array, { expectRevision, ttlSeconds }: PutOptions): Promise<WriteResult> {
    this.#mustBeOpen()
    const lease = ttlSeconds ? await this.#leases.for(ttlSeconds) : 0
    return this.#swap(key, expectRevision, [
      { request_put: { key: this.#keys.encode(key), value, lease } },
      // Tells the create revision.
      { request_range: { key: this.#keys.encode(key), keys_only: true } },
    ])
  }

  async delete(key: string, { expectRevision }: { readonly expectRevision: number }): Promise<WriteResult> {
    this.#mustBeOpen()
    if (expectRevision === 0) return { ok: false, current: await this.get(key) }
    return this.#swap(key, expectRevision, [
      { request_range: { key: this.#keys.encode(key), keys_only: true } },
      { request_delete_range: { key: this.#keys.encode(key) } },
    ])
  }

  async watch(options: WatchOptions): Promise<StoreWatch> {
    this.#mustBeOpen()
    if (options.afterRevision < this.#compacted) throw new CompactedError(this.#compacted)
    const watch = new EtcdWatch({
      connection: this.#connection,
      keys: this.#keys,
      clock: this.#clock,
      watch: options,
      onRevision: (revision) => this.#noteRevision(revision),
      onCompacted: (revision) => this.#noteCompacted(revision),
      onClose: (closed) => this.#watches.delete(closed),
    })
    this.#watches.add(watch)
    await watch.start()
    return watch
  }

  async compact(revision: number): Promise<void> {
    this.#mustBeOpen()
    if (revision <= this.#compacted) return
    try {
      await this.#connection.call('KV', 'Compact', { revision, physical: true })
      this.#noteCompacted(revision)
    } catch (error) {
      if (!(error instanceof RevisionOutOfRange)) throw error
      // Another API server was before us.
      if (error.compacted) await this.#learnCompacted()
      else throw new FutureRevisionError(this.#revision)
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const watch of [...this.#watches]) watch.fail(new StoreClosedError())
    this.#connection.close()
  }

  async #swap(key: string, expectRevision: number, success: readonly object[]): Promise<WriteResult> {
    const { succeeded, header, responses } = await this.#connection.call<TxnResponse>('KV', 'Txn', {
      compare: [{ result: 'EQUAL', target: 'MOD', key: this.#keys.encode(key), mod_revision: expectRevision }],
      success,
      failure: [{ request_range: { key: this.#keys.encode(key) } }],
    })
    const found = responses.map((each) => each.response_range?.kvs[0]).find((each) => each !== undefined)
    if (!succeeded) return { ok: false, current: found && this.#keys.entry(found) }
    this.#noteRevision(header.revision)
    return { ok: true, revision: header.revision, createRevision: found!.create_revision }
  }

  async #range(request: Readonly<Record<string, unknown>>): Promise<RangeResponse> {
    this.#mustBeOpen()
    try {
      return await this.#connection.call<RangeResponse>('KV', 'Range', request)
    } catch (error) {
      if (!(error instanceof RevisionOutOfRange)) throw error
      if (!error.compacted) throw new FutureRevisionError(this.#revision)
      await this.#learnCompacted()
      throw new CompactedError(this.#compacted)
    }
  }

  /** etcd tells what it compacted only to a watch that comes too late: so, when there was a compaction, we make one. */
  async #learnCompacted(): Promise<void> {
    try {
      await this.#connection.call<RangeResponse>('KV', 'Range', { key: this.#keys.encode('/'), revision: 1, count_only: true })
      return
    } catch (error) {
      if (!(error instanceof RevisionOutOfRange && error.compacted)) throw error
    }
    const stream = this.#connection.watch()
    try {
      const compacted = await new Promise<number>((resolve, reject) => {
        stream.on('data', ({ canceled, compact_revision }: WatchResponse) => canceled && resolve(compact_revision))
        stream.on('error', (error) => reject(new StoreUnavailableError(error)))
        stream.on('end', () => reject(new StoreUnavailableError()))
        stream.write({ create_request: { key: this.#keys.encode('/'), start_revision: 1 } })
      })
      this.#noteCompacted(compacted)
    } finally {
      stream.cancel()
    }
  }

  #noteRevision(revision: number): void {
    this.#revision = Math.max(this.#revision, revision)
  }

  #noteCompacted(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision)
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StoreClosedError()
  }
}
