import type { StoreEvent } from '../types.ts'
import { Fifo } from './fifo.ts'
import { invariant } from './invariant.ts'

/** The newest events, so that a watch which resumes soon needs no read of the journal. Every revision is one event. */
export class EventRing {
  #events = new Fifo<StoreEvent>()
  #bytes = 0
  #newest: number
  readonly #maxEvents: number
  readonly #maxBytes: number

  constructor(revision: number, { maxEvents, maxBytes }: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#newest = revision
    this.#maxEvents = maxEvents
    this.#maxBytes = maxBytes
  }

  push(event: StoreEvent): void {
    invariant(event.revision === this.#newest + 1, () => `event ${event.revision} after ${this.#newest}`)
    this.#newest = event.revision
    this.#events.push(event)
    this.#bytes += sizeOf(event)
    while (this.#events.length > this.#maxEvents || this.#bytes > this.#maxBytes) {
      const oldest = this.#events.at(0)
      if (!oldest) break
      this.#bytes -= sizeOf(oldest)
      this.#events.shift()
    }
  }

  /** Whether all events after the revision are here. */
  covers(afterRevision: number): boolean {
    return afterRevision >= this.#newest - this.#events.length
  }

  /** Only when `covers`. */
  after(revision: number): StoreEvent[] {
    return this.#events.slice(Math.max(0, revision - (this.#newest - this.#events.length)))
  }
}

/** The value before is counted too: often only the ring still holds it. */
function sizeOf(event: StoreEvent): number {
  return event.value.byteLength + (event.previous && event.previous.value !== event.value ? event.previous.value.byteLength : 0) + 200
}
