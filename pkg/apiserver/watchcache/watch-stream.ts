/**
 * One watcher: what is there at the start, then events as they come, as an async stream of frames.
 * Its queue is bounded; a watcher too slow to drain it is ended, as upstream ends it, and lists again.
 */
import type { CachedObject } from './cached-object.ts'
import type { CacheEvent } from './event-ring.ts'
import type { CacheSubscriber, ResourceCache } from './resource-cache.ts'

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** Turns objects into frames of one format. `format` names it in the events' caches of frames. */
export interface FrameEncoder {
  readonly format: string
  frame(type: WatchEventType, object: CachedObject): Uint8Array
  /** Told of each frame that goes out, where the next has another form. */
  sent?(): void
  bookmark(revision: number, initialEventsEnd: boolean): Uint8Array
}

export interface WatchStreamOptions {
  readonly encoder: FrameEncoder
  /** undefined: everything matches. */
  readonly matches: ((object: CachedObject) => boolean) | undefined
  readonly maxQueued: number
  /** What must be done before an event can be encoded; later frames wait for it. */
  readonly prepare?: (event: CacheEvent) => Promise<void>
}

const blockBytes = 256 * 1024
/** Events may be large: what waits for one watcher is bounded in bytes as well. */
const maxQueuedBytes = 32 * 1024 * 1024

export class WatchStream implements CacheSubscriber {
  readonly #options: WatchStreamOptions
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #wake: (() => void) | undefined
  #ended = false
  #chain: Promise<void> = Promise.resolve()
  #pending = 0
  #unsubscribe: (() => void) | undefined
  #told: (() => void) | undefined
  /** Ended by the server because the client did not keep up. */
  overflowed = false

  constructor(options: WatchStreamOptions) {
    this.#options = options
  }

  /** Subscribes now, synchronously with the caller's look at the cache: no event is lost between. */
  attach(cache: ResourceCache): void {
    this.#unsubscribe = cache.subscribe(this)
  }

  onEvent(event: CacheEvent): void {
    const { prepare } = this.#options
    if (prepare) {
      this.#after(async () => {
        await prepare(event)
        this.#take(event)
        this.#signal()
      })
    } else this.#take(event)
  }

  #take(event: CacheEvent): void {
    const frame = this.#frameOf(event)
    if (frame) this.push(frame)
  }

  /** In order; one that fails ends the watch. At most `maxQueued` wait. */
  #after(action: () => Promise<void> | void): void {
    if (this.#ended) return
    if (++this.#pending > this.#options.maxQueued) {
      this.overflowed = true
      this.end()
      return
    }
    this.#chain = this.#chain
      .then(action)
      .catch(() => this.end())
      .finally(() => this.#pending--)
  }

  onFlush(): void {
    if (this.#queue.length > 0) this.#signal()
  }

  onReset(): void {
    this.end()
  }

  push(frame: Uint8Array): void {
    if (this.#ended) return
    this.#queuedBytes += frame.length
    if (this.#queue.length >= this.#options.maxQueued || this.#queuedBytes > maxQueuedBytes) {
      this.overflowed = true
      this.#queue = []
      this.end()
      return
    }
    this.#queue.push(frame)
  }

  /** Sends a frame that is no event: bookmarks. */
  send(frame: Uint8Array): void {
    const go = () => {
      this.push(frame)
      this.#signal()
    }
    if (this.#options.prepare) this.#after(go)
    else go()
  }

  /** No more events; what is queued still goes out. */
  end(): void {
    this.#ended = true
    this.#unsubscribe?.()
    this.#signal()
    this.#told?.()
    this.#told = undefined
  }

  /** Calls it once, when there are no more events. */
  onEnd(told: () => void): void {
    if (this.#ended) told()
    else this.#told = told
  }

  /** Small frames together in blocks, or each by itself. */
  async *frames(initial: Iterable<Uint8Array>, apart = false): AsyncGenerator<Uint8Array> {
    const blocks = apart ? (frames: Iterable<Uint8Array>) => frames : joined
    try {
      yield* blocks(initial)
      for (;;) {
        if (this.#queue.length > 0) {
          const batch = this.#queue
          this.#queue = []
          this.#queuedBytes = 0
          yield* blocks(batch)
        } else if (this.#ended) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.end()
    }
  }

  #signal(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  #frameOf(event: CacheEvent): Uint8Array | undefined {
    const { matches, encoder } = this.#options
    const now = event.current !== undefined && (matches === undefined || matches(event.current))
    const before = event.previous !== undefined && (matches === undefined || matches(event.previous))
    if (!now && !before) return undefined
    const type: WatchEventType = now ? (before ? 'MODIFIED' : 'ADDED') : 'DELETED'
    const key = `${encoder.format} ${type}`
    let frame = event.frames.get(key)
    if (!frame) {
      // Of what left, watchers are shown the last state they knew, at the revision of its leaving.
      frame = encoder.frame(type, now ? event.current! : event.previous!.at(event.revision))
      event.frames.set(key, frame)
    }
    encoder.sent?.()
    return frame
  }

  /** Past events, for a watch that begins at an older revision. */
  replay(events: readonly CacheEvent[]): Uint8Array[] {
    return events.map((event) => this.#frameOf(event)).filter((frame) => frame !== undefined)
  }
}

/** Small frames together in blocks; one write for what arrived in one tick. */
function* joined(frames: Iterable<Uint8Array>): Generator<Uint8Array> {
  let block: Uint8Array[] = []
  let size = 0
  for (const frame of frames) {
    block.push(frame)
    size += frame.length
    if (size < blockBytes) continue
    yield block.length === 1 ? block[0]! : Buffer.concat(block, size)
    block = []
    size = 0
  }
  if (block.length > 0) yield block.length === 1 ? block[0]! : Buffer.concat(block, size)
}
