import { closeSync, fdatasync, openSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { invariant } from '../../log/invariant.ts'
import type { Journal, LogRow } from '../../log/journal.ts'
import { StorageFullError } from '../../types.ts'

const columns = 'id, key, create_revision, previous_revision, deleted, expires_at_ms, value'
/** SQLite's primary result code for a full disk or quota. */
const full = 13

/** The revision log as an append-only table keyed by revision: the cheapest thing that SQLite can write. */
export class SqliteJournal implements Journal {
  readonly #database: DatabaseSync
  /** Of the write-ahead log, which is one file from the opening to the close. Unlike the database's own it carries no lock. */
  readonly #log: number
  readonly #insert: StatementSync
  readonly #value: StatementSync
  readonly #read: StatementSync
  readonly #remove: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#log = openSync(`${database.location()}-wal`, 'r+')
    this.#insert = database.prepare(`INSERT INTO log (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
    this.#value = database.prepare('SELECT value FROM log WHERE id = ?')
    this.#read = database.prepare(`SELECT ${columns} FROM log WHERE id > ? ORDER BY id LIMIT ?`)
    this.#read.setReturnArrays(true)
    this.#remove = database.prepare('DELETE FROM log WHERE id = ?')
  }

  compactedRevision(): number {
    return Number(this.#database.prepare("SELECT value FROM meta WHERE name = 'compacted_revision'").get()!.value)
  }

  *load(): Iterable<LogRow> {
    const all = this.#database.prepare(`SELECT ${columns} FROM log ORDER BY id`)
    all.setReturnArrays(true)
    for (const columnsOfRow of all.iterate()) yield toRow(columnsOfRow as unknown as RowColumns)
  }

  append(rows: readonly LogRow[]): Promise<void> {
    this.#transaction(() => {
      for (const { revision, key, createRevision, previousRevision, deleted, expiresAtMs, value } of rows) {
        const { lastInsertRowid } = this.#insert.run(revision, key, createRevision, previousRevision, deleted ? 1 : 0, expiresAtMs, value)
        invariant(lastInsertRowid === revision, () => `row ${revision} was written as ${lastInsertRowid}`)
      }
    })
    return this.#synced()
  }

  value(revision: number): Uint8Array {
    const row = this.#value.get(revision)
    invariant(row !== undefined, () => `row ${revision} is gone`)
    return row.value as Uint8Array
  }

  read(afterRevision: number, limit: number): LogRow[] {
    return this.#read.all(afterRevision, limit).map((columnsOfRow) => toRow(columnsOfRow as unknown as RowColumns))
  }

  setCompacted(revision: number): void {
    this.#transaction(() => this.#database.prepare("UPDATE meta SET value = ? WHERE name = 'compacted_revision'").run(revision))
  }

  remove(revisions: readonly number[]): void {
    this.#transaction(() => {
      for (const revision of revisions) this.#remove.run(revision)
    })
  }

  close(): void {
    closeSync(this.#log)
    this.#database.close()
  }

  /** The disk has all that is in the log. */
  #synced(): Promise<void> {
    return new Promise((resolve, reject) => fdatasync(this.#log, (error) => (error ? reject(error) : resolve())))
  }

  #transaction(write: () => void): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      write()
      this.#database.exec('COMMIT')
    } catch (error) {
      // Some errors end the transaction themselves, others leave it open.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw isFull(error) ? new StorageFullError(error) : error
    }
  }
}

type RowColumns = [number, string, number, number, number, number, Uint8Array]

function toRow([revision, key, createRevision, previousRevision, deleted, expiresAtMs, value]: RowColumns): LogRow {
  return { revision, key, value: asBuffer(value), createRevision, previousRevision, deleted: deleted === 1, expiresAtMs }
}

/** Whoever reads values wants Buffers; to make one beside each array costs as much again for every value that is kept. */
function asBuffer(bytes: Uint8Array): Uint8Array {
  return Object.setPrototypeOf(bytes, Buffer.prototype)
}

function isFull(error: unknown): boolean {
  return (Number((error as { errcode?: number }).errcode ?? 0) & 0xff) === full
}
