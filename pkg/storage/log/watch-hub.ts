import { CompactedError, type StoreEvent, type StoreWatch, type WatchOptions } from '../types.ts'
import type { EventRing } from './event-ring.ts'

interface Watcher {
  readonly options: WatchOptions
  /** Everything up to this revision is delivered. */
  position: number
  /** Takes part in dispatch; before that it reads what has been. */
  live: boolean
  closed: boolean
}

export interface WatchSource {
  readonly ring: EventRing
  revision(): number
  compactedRevision(): number
  /** Events after a revision from the journal, at most `limit`. */
  readEvents(afterRevision: number, limit: number): StoreEvent[]
}

/** How many old events are read from the journal in one go, which blocks. */
const backlogStep = 500

/** Gives every watcher each event of its prefix once, in order: first what has been since its revision, then what commits. */
export class WatchHub {
  readonly #source: WatchSource
  readonly #watchers = new Set<Watcher>()

  constructor(source: WatchSource) {
    this.#source = source
  }

  watch(options: WatchOptions): StoreWatch {
    const compacted = this.#source.compactedRevision()
    if (options.afterRevision < compacted) throw new CompactedError(compacted)
    const position = options.afterRevision
    const watcher: Watcher = { options, position, live: position >= this.#source.revision(), closed: false }
    this.#watchers.add(watcher)
    if (!watcher.live) setImmediate(() => this.#catchUp(watcher))
    return { close: () => this.#close(watcher) }
  }

  /** The events of one commit. */
  dispatch(events: readonly StoreEvent[]): void {
    for (const watcher of [...this.#watchers]) if (watcher.live) this.#deliver(watcher, events)
  }

  failAll(error: Error): void {
    for (const watcher of [...this.#watchers]) this.#fail(watcher, error)
  }

  #catchUp(watcher: Watcher): void {
    if (watcher.closed) return
    try {
      const compacted = this.#source.compactedRevision()
      if (watcher.position < compacted) throw new CompactedError(compacted)
      if (this.#source.ring.covers(watcher.position)) {
        // From here to the end nothing else runs: no commit falls between the ring's last event and going live.
        watcher.live = true
        this.#deliver(watcher, this.#source.ring.after(watcher.position))
        return
      }
      this.#deliver(watcher, this.#source.readEvents(watcher.position, backlogStep))
      setImmediate(() => this.#catchUp(watcher))
    } catch (error) {
      this.#fail(watcher, error as Error)
    }
  }

  #deliver(watcher: Watcher, events: readonly StoreEvent[]): void {
    if (watcher.closed || events.length === 0) return
    const { prefix, onEvents } = watcher.options
    const wanted = events.filter((event) => event.revision > watcher.position && event.key.startsWith(prefix))
    watcher.position = Math.max(watcher.position, events[events.length - 1]!.revision)
    if (wanted.length === 0) return
    try {
      onEvents(wanted)
    } catch (error) {
      // One watcher's fault is neither the store's nor the others'.
      this.#fail(watcher, error as Error)
    }
  }

  #fail(watcher: Watcher, error: Error): void {
    if (watcher.closed) return
    this.#close(watcher)
    watcher.options.onError(error)
  }

  #close(watcher: Watcher): void {
    watcher.closed = true
    this.#watchers.delete(watcher)
  }
}
