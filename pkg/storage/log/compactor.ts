import { StoreClosedError } from '../types.ts'
import { Fifo } from './fifo.ts'
import type { Journal } from './journal.ts'
import type { KeyHistory } from './key-history.ts'
import type { KeyIndex } from './key-index.ts'

/** A row that nobody can see at `from` or later. */
interface Superseded {
  readonly from: number
  readonly revision: number
  readonly history: KeyHistory
}

/** Rows removed in one step; a step is one short transaction. */
const stepRows = 256

/** Removes superseded rows up to the compacted revision, a step a turn of the event loop. */
export class Compactor {
  readonly #journal: Journal
  readonly #index: KeyIndex
  readonly #histories: Map<string, KeyHistory>
  readonly #superseded = new Fifo<Superseded>()
  #compacted: number
  #running: Promise<void> | undefined
  #stopped = false

  constructor(journal: Journal, index: KeyIndex, histories: Map<string, KeyHistory>) {
    this.#journal = journal
    this.#index = index
    this.#histories = histories
    this.#compacted = journal.compactedRevision()
  }

  get compactedRevision(): number {
    return this.#compacted
  }

  /** Versions that wait to be forgotten. */
  get backlog(): number {
    return this.#superseded.length
  }

  /** The revision up to which to compact to be rid of `count` of the backlog. */
  revisionAt(count: number): number {
    return this.#superseded.at(count)?.from ?? this.#compacted
  }

  /** To be called for every write, in order: what it replaced goes some day, and a delete itself as well. */
  noteWrite(history: KeyHistory, revision: number, previousRevision: number, deleted: boolean): void {
    if (previousRevision !== 0) this.#superseded.push({ from: revision, revision: previousRevision, history })
    if (deleted) this.#superseded.push({ from: revision, revision, history })
  }

  async compact(revision: number): Promise<void> {
    if (revision > this.#compacted) {
      this.#journal.setCompacted(revision)
      this.#compacted = revision
    }
    await this.resume()
  }

  /** Goes on with what the last compaction, or the last process, left. */
  resume(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  stop(): void {
    this.#stopped = true
  }

  async #run(): Promise<void> {
    while (this.#step()) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#stopped) throw new StoreClosedError()
    }
  }

  /** True: there is more to do. */
  #step(): boolean {
    const step: Superseded[] = []
    for (let next = this.#superseded.at(step.length); next && next.from <= this.#compacted && step.length < stepRows; ) {
      step.push(next)
      next = this.#superseded.at(step.length)
    }
    if (step.length === 0) return false
    // First the rows: if that fails (no space), memory still matches them.
    this.#journal.remove(step.map((each) => each.revision))
    for (const _ of step) this.#superseded.shift()
    for (const history of new Set(step.map((each) => each.history))) {
      if (!history.compact(this.#compacted) || this.#histories.get(history.key) !== history) continue
      this.#histories.delete(history.key)
      this.#index.remove(history.key)
    }
    return true
  }
}
