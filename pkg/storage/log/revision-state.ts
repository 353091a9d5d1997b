import { CompactedError, FutureRevisionError, type RangeOptions, type RangeResult, type StoreEntry, type StoreEvent } from '../types.ts'
import { Compactor } from './compactor.ts'
import { EventRing } from './event-ring.ts'
import { invariant } from './invariant.ts'
import type { Journal, LogRow } from './journal.ts'
import { KeyHistory } from './key-history.ts'
import { KeyIndex } from './key-index.ts'

/** An empty etcd answers revision 1 too: 0 means "any" in the Kubernetes API. */
const firstRevision = 1

/** The state that the rows of a journal amount to. Only `apply` changes it, one row at a time. */
export class RevisionState {
  readonly histories = new Map<string, KeyHistory>()
  readonly index = new KeyIndex()
  readonly compactor: Compactor
  readonly ring: EventRing
  readonly #journal: Journal
  readonly #loadValue: (revision: number) => Uint8Array
  #revision = firstRevision

  constructor(journal: Journal, recent: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#journal = journal
    this.#loadValue = (revision) => journal.value(revision)
    this.compactor = new Compactor(journal, this.index, this.histories)
    for (const row of journal.load()) {
      invariant(row.revision > this.#revision, () => `row ${row.revision} after ${this.#revision}`)
      this.#revision = row.revision
      this.#advance(row)
    }
    // Compaction may have removed the newest row, a delete.
    this.#revision = Math.max(this.#revision, journal.compactedRevision())
    this.ring = new EventRing(this.#revision, recent)
  }

  revision(): number {
    return this.#revision
  }

  compactedRevision(): number {
    return this.compactor.compactedRevision
  }

  /** Takes a row in that was just made durable. */
  apply(row: LogRow): { readonly event: StoreEvent; readonly history: KeyHistory } {
    invariant(row.revision === this.#revision + 1, () => `row ${row.revision} after ${this.#revision}`)
    this.#revision = row.revision
    const previous = this.histories.get(row.key)?.entry
    const history = this.#advance(row)
    const event = toEvent(row, previous)
    this.ring.push(event)
    return { event, history }
  }

  range(prefix: string, { limit = 0, after, revision = this.#revision }: RangeOptions): RangeResult {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision)
    if (revision < this.compactedRevision()) throw new CompactedError(this.compactedRevision())
    const entries: StoreEntry[] = []
    let more = false
    this.index.scan(prefix, after, (history) => {
      if (limit > 0 && entries.length === limit) {
        more = true
        return false
      }
      const entry = history.at(revision, this.#loadValue)
      if (entry) entries.push(entry)
      return true
    })
    return { entries, revision, remaining: more ? this.#countAt(revision, prefix, entries[entries.length - 1]!.key) : 0 }
  }

  readEvents(afterRevision: number, limit: number): StoreEvent[] {
    // A commit that waits for the disk is in the journal already, and nobody may see it yet.
    const rows = this.#journal.read(afterRevision, limit).filter(({ revision }) => revision <= this.#revision)
    return rows.map((row) => toEvent(row, this.#entryOfRow(row.key, row.previousRevision, row.createRevision)))
  }

  /** How many keys existed after `after` at a revision: by today's count and what changed since when that is at hand. */
  #countAt(revision: number, prefix: string, after: string): number {
    if (this.ring.covers(revision)) {
      let count = this.index.countLive(prefix, after)
      for (const { type, key, previous } of this.ring.after(revision)) {
        if (!key.startsWith(prefix) || this.index.compare(key, after) <= 0) continue
        if (type === 'delete') count++
        else if (!previous) count--
      }
      return count
    }
    let count = 0
    this.index.scan(prefix, after, (history) => {
      if (history.existedAt(revision)) count++
      return true
    })
    return count
  }

  #entryOfRow(key: string, revision: number, createRevision: number): StoreEntry | undefined {
    return revision === 0 ? undefined : { key, value: this.#journal.value(revision), revision, createRevision }
  }

  #advance(row: LogRow): KeyHistory {
    const { key, value, revision, createRevision, previousRevision, deleted, expiresAtMs } = row
    const entry = deleted ? undefined : { key, value, revision, createRevision }
    let history = this.histories.get(key)
    const existing = history?.entry
    // At load the row before may be gone, when it was superseded by a compacted one; a live one never is.
    invariant(
      existing ? existing.revision === previousRevision && existing.createRevision === createRevision : previousRevision <= this.compactedRevision(),
      () => `row ${revision} replaces ${previousRevision} of ${key}, which is at ${existing?.revision ?? 0}`,
    )
    if (!history) {
      history = new KeyHistory(key)
      this.histories.set(key, history)
      history.advance(revision, createRevision, entry, expiresAtMs)
      this.index.insert(history)
    } else {
      history.advance(revision, createRevision, entry, expiresAtMs)
      if (!existing !== deleted) this.index.changeLive(key, deleted ? -1 : 1)
    }
    this.compactor.noteWrite(history, revision, existing ? previousRevision : 0, deleted)
    return history
  }
}

function toEvent(row: LogRow, previous: StoreEntry | undefined): StoreEvent {
  const { key, revision, createRevision, deleted } = row
  return { type: deleted ? 'delete' : 'put', key, value: deleted ? previous!.value : row.value, previous, revision, createRevision }
}
