/** The newest events of a resource, bounded: from these a watch can begin in the past. */
import type { CachedObject } from './cached-object.ts'

export interface CacheEvent {
  readonly revision: number
  /** The object after the event; absent when it was deleted. */
  readonly current: CachedObject | undefined
  readonly previous: CachedObject | undefined
  /** What watchers are sent, by format and type: encoded once for all. */
  readonly frames: Map<string, Uint8Array>
}

export class EventRing {
  readonly #capacity: number
  #events: CacheEvent[] = []
  #start = 0
  /** Everything after this revision is here. */
  #after: number

  constructor(capacity: number, after: number) {
    this.#capacity = capacity
    this.#after = after
  }

  /** The oldest revision a watch can continue from. */
  get after(): number {
    return this.#after
  }

  push(event: CacheEvent): void {
    if (this.#events.length < this.#capacity) {
      this.#events.push(event)
      return
    }
    this.#after = this.#events[this.#start]!.revision
    this.#events[this.#start] = event
    this.#start = (this.#start + 1) % this.#capacity
  }

  /** Events after `revision` in order; undefined when some of them are gone. */
  since(revision: number): CacheEvent[] | undefined {
    if (revision < this.#after) return undefined
    const result: CacheEvent[] = []
    for (let step = this.#events.length - 1; step >= 0; step--) {
      const event = this.#events[(this.#start + step) % this.#events.length]!
      if (event.revision <= revision) break
      result.push(event)
    }
    return result.reverse()
  }
}
