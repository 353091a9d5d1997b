/** Everything of one stored resource, current and in key order, with its newest events and its watchers. */
import type { StoreEntry, StoreEvent } from '#storage/types.ts'
import { CachedObject } from './cached-object.ts'
import { type CacheEvent, EventRing } from './event-ring.ts'
import { SortedKeys } from './sorted-keys.ts'

export interface CacheSubscriber {
  /** Called for each event in order; must not throw. */
  onEvent(event: CacheEvent): void
  /** All events of a commit tick have been given. */
  onFlush(): void
  /** The cache lost its place: end. */
  onReset(): void
}

export type DecodeValue = (key: string, value: Uint8Array) => Uint8Array

const ringCapacity = 2048

export class ResourceCache {
  /** "/registry/GROUP/PLURAL/". */
  readonly prefix: string
  readonly #decode: DecodeValue
  #objects = new Map<string, CachedObject>()
  readonly #keys = new SortedKeys()
  #ring = new EventRing(ringCapacity, 0)
  #lastEventRevision = 0
  readonly #subscribers = new Set<CacheSubscriber>()
  #waiting: StoreEvent[] | undefined = []
  #unflushed: CacheEvent[] = []

  constructor(prefix: string, decode: DecodeValue) {
    this.prefix = prefix
    this.#decode = decode
  }

  /** Takes the state as of `revision`, then the events that came meanwhile. */
  load(entries: readonly StoreEntry[], revision: number): void {
    this.#objects = new Map()
    for (const entry of entries) {
      this.#objects.set(entry.key, this.#toObject(entry.key, entry.value, entry.revision, entry.createRevision))
    }
    this.#keys.load(entries.map(({ key }) => key))
    this.#ring = new EventRing(ringCapacity, revision)
    this.#lastEventRevision = revision
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const event of waiting) this.apply(event)
  }

  /** Drops everything: events are kept aside until `load`. */
  reset(): void {
    this.#waiting = []
    for (const subscriber of [...this.#subscribers]) subscriber.onReset()
    this.#subscribers.clear()
  }

  apply(event: StoreEvent): void {
    if (this.#waiting) {
      this.#waiting.push(event)
      return
    }
    if (event.revision <= this.#lastEventRevision) return
    const previous = this.#objects.get(event.key)
    let current: CachedObject | undefined
    if (event.type === 'put') {
      current = this.#toObject(event.key, event.value, event.revision, event.createRevision)
      this.#objects.set(event.key, current)
      if (!previous) this.#keys.add(event.key)
    } else {
      if (!previous) return
      this.#objects.delete(event.key)
      this.#keys.remove(event.key)
    }
    this.#lastEventRevision = event.revision
    const cacheEvent: CacheEvent = { revision: event.revision, current, previous, frames: new Map() }
    this.#ring.push(cacheEvent)
    this.#unflushed.push(cacheEvent)
    for (const subscriber of this.#subscribers) subscriber.onEvent(cacheEvent)
  }

  flush(): void {
    // Every watcher has its frame now; the ring would keep them for nothing.
    for (const event of this.#unflushed) event.frames.clear()
    this.#unflushed = []
    for (const subscriber of this.#subscribers) subscriber.onFlush()
  }

  get(key: string): CachedObject | undefined {
    return this.#objects.get(key)
  }

  get size(): number {
    return this.#objects.size
  }

  /** The revision of the newest change. */
  get lastEventRevision(): number {
    return this.#lastEventRevision
  }

  /** In key order, keys with the prefix, after `after`. */
  *range(prefix: string, after?: string): Generator<CachedObject> {
    // A copy of the keys would cost as much as the list; a list is taken synchronously by its callers.
    for (const key of this.#keys.from(after ?? prefix, after !== undefined)) {
      if (!key.startsWith(prefix)) return
      yield this.#objects.get(key)!
    }
  }

  /** How many keys with the prefix come after `after`. */
  countAfter(prefix: string, after: string): number {
    const end = `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`
    return Math.max(0, this.#keys.rank(end) - this.#keys.rank(after) - (this.#keys.has(after) ? 1 : 0))
  }

  eventsSince(revision: number): CacheEvent[] | undefined {
    return this.#ring.since(revision)
  }

  get oldestRevision(): number {
    return this.#ring.after
  }

  subscribe(subscriber: CacheSubscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** Of a few of them: enough to guess what a list costs. */
  get averageBytes(): number {
    let count = 0
    let bytes = 0
    for (const object of this.#objects.values()) {
      bytes += object.storedLength
      if (++count === 8) break
    }
    return count === 0 ? 0 : bytes / count
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  #toObject(key: string, value: Uint8Array, revision: number, createRevision: number): CachedObject {
    return new CachedObject(key, this.#decode(key, value), revision, createRevision)
  }
}
