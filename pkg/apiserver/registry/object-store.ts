/** Objects in the store: reads through the caches, compare-and-swap writes, values sealed where asked. */
import type { Store, WriteResult } from '#storage/types.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { CachedObject } from '../watchcache/cached-object.ts'
import type { CacheHub } from '../watchcache/cache-hub.ts'
import type { View } from './view.ts'

/** What happens to values on their way to and from the store. */
export interface Transformer {
  seal(key: string, plain: Uint8Array): Uint8Array
  open(key: string, sealed: Uint8Array): Uint8Array
  /** Whether values of the key are sealed. */
  seals?(key: string): boolean
  /** Whether the value should be sealed anew. */
  isStale?(key: string, sealed: Uint8Array): boolean
  /** Whether something must be asked for before the value can be opened. */
  needs?(key: string, sealed: Uint8Array): boolean
  /** Asks for it. */
  prepare?(key: string, sealed: Uint8Array): Promise<void>
}

/** Has asked for all that the values need. */
export async function prepared(
  { needs, prepare }: Transformer,
  values: readonly { readonly key: string; readonly value?: Uint8Array | undefined }[],
): Promise<void> {
  if (!needs || !prepare) return
  for (const { key, value } of values) if (value && needs(key, value)) await prepare(key, value)
}

export class ObjectStore {
  readonly store: Store
  readonly #hub: CacheHub
  readonly #transformer: Transformer

  constructor(store: Store, hub: CacheHub, transformer: Transformer) {
    this.store = store
    this.#hub = hub
    this.#transformer = transformer
  }

  /** What is there now. */
  async get(view: View, key: string): Promise<CachedObject | undefined> {
    await this.#hub.fresh()
    const stored = view.cache.get(key)
    if (stored) await view.prepare(() => [stored])
    return stored
  }

  /** Undefined when the precondition does not hold. */
  async put(view: View, key: string, object: KubeObject, expectRevision: number): Promise<CachedObject | undefined> {
    const plain = await view.encodeForStore(object)
    const { ttlSeconds } = view.definition
    const result = await this.store.put(key, this.#transformer.seal(key, plain), { expectRevision, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) })
    if (!result.ok) return undefined
    const written = new CachedObject(key, plain, result.revision, result.createRevision)
    await view.prepare(() => [written])
    return written
  }

  /** Whether a write that changes nothing is written all the same, so that it takes the form of today: stored in an older version, or sealed with an older key. */
  async isStale(view: View, key: string, stored: CachedObject): Promise<boolean> {
    if (await view.isStale(stored)) return true
    if (!this.#transformer.seals?.(key)) return false
    const entry = await this.store.get(key)
    if (entry) await prepared(this.#transformer, [entry])
    return entry !== undefined && entry.revision === stored.revision && this.#transformer.isStale?.(key, entry.value) === true
  }

  /** What `put` would give, of a dry run: a webhook that converts is asked all the same. */
  async pretend(view: View, key: string, object: KubeObject, revision: number): Promise<CachedObject> {
    const shown = new CachedObject(key, await view.encodeForStore(object), revision, revision)
    await view.prepare(() => [shown])
    return shown
  }

  /** What is shown of an object that is stored no more. */
  preview(view: View, key: string, object: KubeObject, revision: number): CachedObject {
    return new CachedObject(key, view.encode(object), revision, revision)
  }

  delete(key: string, expectRevision: number): Promise<WriteResult> {
    return this.store.delete(key, { expectRevision })
  }

  /** A page as of a past revision. */
  async range(prefix: string, revision: number, after: string | undefined, limit: number): Promise<{ objects: CachedObject[]; remaining: number }> {
    const { entries, remaining } = await this.store.range(prefix, { revision, limit, ...(after === undefined ? {} : { after }) })
    await prepared(this.#transformer, entries)
    return {
      objects: entries.map((entry) => new CachedObject(entry.key, this.#transformer.open(entry.key, entry.value), entry.revision, entry.createRevision)),
      remaining,
    }
  }
}
