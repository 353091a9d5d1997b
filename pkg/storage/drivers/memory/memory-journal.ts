import type { Journal, LogRow } from '../../log/journal.ts'

/** Keeps the rows as long as compaction lets it, and nothing longer than the process. */
export class MemoryJournal implements Journal {
  /** In order of revision, as a Map keeps what is appended. */
  readonly #rows = new Map<number, LogRow>()
  #compacted = 0
  #newest = 0

  compactedRevision(): number {
    return this.#compacted
  }

  load(): Iterable<LogRow> {
    return this.#rows.values()
  }

  append(rows: readonly LogRow[]): void {
    for (const row of rows) {
      this.#rows.set(row.revision, row)
      this.#newest = row.revision
    }
  }

  value(revision: number): Uint8Array {
    return this.#rows.get(revision)!.value
  }

  read(afterRevision: number, limit: number): LogRow[] {
    const rows: LogRow[] = []
    for (let revision = afterRevision + 1; revision <= this.#newest && rows.length < limit; revision++) {
      const row = this.#rows.get(revision)
      if (row) rows.push(row)
    }
    return rows
  }

  setCompacted(revision: number): void {
    this.#compacted = revision
  }

  remove(revisions: readonly number[]): void {
    for (const revision of revisions) this.#rows.delete(revision)
  }

  close(): void {}
}
