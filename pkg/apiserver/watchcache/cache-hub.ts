/**
 * Feeds every resource's cache from one watch of the store, so that all of them are always at one revision.
 * When the watch fails, the caches are loaded again and their watchers ended (clients list again).
 */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import type { Store, StoreEvent, StoreWatch } from '#storage/types.ts'
import { type DecodeValue, ResourceCache } from './resource-cache.ts'

export const registryPrefix = '/registry/'
const waitLimitMs = 3000
const reloadDelayMs = 1000
/** How long a write by another server may take to come by the watch, until it is taken for one of somebody else's keys. */
const foreignLimitMs = 200

export interface CacheHubOptions {
  readonly store: Store
  readonly decode: DecodeValue
  /** Whether an event's value must be prepared before it is decoded. */
  readonly needs?: ((key: string, value: Uint8Array) => boolean) | undefined
  /** Asks for what values need before they are decoded. */
  readonly prepare?: ((values: readonly { readonly key: string; readonly value?: Uint8Array | undefined }[]) => Promise<void>) | undefined
  readonly clock: Clock
  readonly log: Logger
}

export class CacheHub {
  readonly #options: CacheHubOptions
  readonly #caches = new Map<string, ResourceCache>()
  readonly #stop = new AbortController()
  #watch: StoreWatch | undefined
  #revision = 0
  #confirmation: Promise<unknown> = Promise.resolve()
  #nextConfirmation: Promise<number> | undefined
  /** A revision up to which nothing is missing, though no event of ours has it. */
  #foreign = 0
  #preparing: Promise<void> | undefined
  #waiters: { revision: number; done: () => void }[] = []

  constructor(options: CacheHubOptions) {
    this.#options = options
  }

  /** The revision every cache is at. */
  get revision(): number {
    return this.#revision
  }

  /** Loads all caches and follows the store. */
  async start(): Promise<void> {
    const { store } = this.#options
    const revision = store.revision()
    this.#watch = await store.watch({
      prefix: registryPrefix,
      afterRevision: revision,
      onEvents: (events) => this.#inOrder(events),
      onError: (error) => void this.#recover(error),
    })
    this.#revision = Math.max(this.#revision, revision)
    await Promise.all([...this.#caches.values()].map((cache) => this.#load(cache)))
  }

  /** The cache of a prefix, made (and loaded, when running) on first use. */
  async cache(prefix: string): Promise<ResourceCache> {
    let cache = this.#caches.get(prefix)
    if (!cache) {
      cache = new ResourceCache(prefix, this.#options.decode)
      this.#caches.set(prefix, cache)
      if (this.#watch) await this.#load(cache)
    }
    return cache
  }

  /** Waits until the caches hold all that was durable when this was called, whoever wrote it. */
  async fresh(): Promise<void> {
    const { store } = this.#options
    const revision = store.revision()
    if (this.#revision < revision) await this.waitFor(revision)
    if (store.confirmedRevision) await this.#reach(await this.#confirmed(store))
  }

  /** One question to the store for all who ask while another is under way: its answer would be older than their call. */
  #confirmed(store: Store): Promise<number> {
    this.#nextConfirmation ??= this.#confirmation.then(() => {
      this.#nextConfirmation = undefined
      const asked = store.confirmedRevision!()
      this.#confirmation = asked.catch(() => {})
      return asked
    })
    return this.#nextConfirmation
  }

  /** A revision that does not come within a moment is of a key that is none of ours, and waited for once. */
  async #reach(revision: number): Promise<void> {
    if (revision <= Math.max(this.#revision, this.#foreign)) return
    await this.waitFor(revision, foreignLimitMs).catch(() => {
      this.#foreign = Math.max(this.#foreign, revision)
    })
  }

  async waitFor(revision: number, limitMs = waitLimitMs): Promise<void> {
    if (this.#revision >= revision) return
    const { clock } = this.#options
    await new Promise<void>((resolve, reject) => {
      const waiter = {
        revision,
        done: () => {
          timer.cancel()
          resolve()
        },
      }
      const timer = clock.after(limitMs, () => {
        this.#waiters = this.#waiters.filter((each) => each !== waiter)
        reject(tooLargeRevision(revision, this.#revision))
      })
      this.#waiters.push(waiter)
    })
  }

  close(): void {
    this.#stop.abort()
    this.#watch?.close()
    for (const cache of this.#caches.values()) cache.reset()
  }

  async #load(cache: ResourceCache): Promise<void> {
    const { entries, revision } = await this.#options.store.range(cache.prefix)
    await this.#options.prepare?.(entries)
    cache.load(entries, revision)
  }

  /** Events that must be prepared hold up those behind them. */
  #inOrder(events: readonly StoreEvent[]): void {
    const { needs, prepare } = this.#options
    const mustWait = this.#preparing || (needs && prepare && events.some(({ key, value }) => value && needs(key, value)))
    if (!mustWait) {
      this.#onEvents(events)
      return
    }
    const watch = this.#watch
    const turn = (this.#preparing ?? Promise.resolve()).then(async () => {
      await prepare?.(events)
      if (this.#watch === watch) this.#onEvents(events)
    })
    const settled = turn
      .catch((error: Error) => {
        if (this.#watch === watch) void this.#recover(error)
      })
      .then(() => {
        if (this.#preparing === settled) this.#preparing = undefined
      })
    this.#preparing = settled
  }

  #onEvents(events: readonly StoreEvent[]): void {
    const touched = new Set<ResourceCache>()
    for (const event of events) {
      const cache = this.#caches.get(prefixOf(event.key))
      if (cache) {
        cache.apply(event)
        touched.add(cache)
      }
      this.#revision = Math.max(this.#revision, event.revision)
    }
    for (const cache of touched) cache.flush()
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter((each) => each.revision <= this.#revision)
    this.#waiters = this.#waiters.filter((each) => each.revision > this.#revision)
    for (const waiter of ready) waiter.done()
  }

  async #recover(error: Error): Promise<void> {
    const { clock, log } = this.#options
    for (let failure: unknown = error; !this.#stop.signal.aborted; ) {
      log.warn('the watch of the store ended; loading again', { error: failure })
      this.#watch?.close()
      for (const cache of this.#caches.values()) cache.reset()
      await sleep(clock, reloadDelayMs, this.#stop.signal)
      if (this.#stop.signal.aborted) return
      try {
        await this.start()
        return
      } catch (again) {
        failure = again
      }
    }
  }
}

/** "/registry/GROUP/PLURAL/" of a key below it. */
function prefixOf(key: string): string {
  const group = key.indexOf('/', registryPrefix.length)
  const plural = key.indexOf('/', group + 1)
  return key.slice(0, plural + 1)
}

function tooLargeRevision(wanted: number, current: number): StatusError {
  return new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  })
}
