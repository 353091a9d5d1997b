/** Shared informers: a reflector feeding an indexed cache and its handlers. */
import { type KubeObject, keyOf, type ResourceRef } from '#apimachinery/object.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { Indexer } from './indexer.ts'
import type { EventHandler, Informer, InformerFactory, InformerOptions } from './informer-types.ts'
import { Reflector, type ReflectorStore } from './reflector.ts'
import type { Client, WatchEvent } from './types.ts'

export interface InformerFactoryOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly random?: () => number
  /** Leave metadata.managedFields out of the cache (default true): most of an object's weight, and no controller reads it. */
  readonly trimManagedFields?: boolean
  /** What to keep of objects of some kinds, by plural name, where a cache of all of them would be heavy. */
  readonly keepOf?: Readonly<Record<string, (object: any) => any>>
}

export interface InformerRunOptions extends InformerFactoryOptions {
  readonly metadataOnly?: boolean
  /** What to keep of each object, for caches of everything. */
  readonly keep?: (object: any) => any
}

/** An informer that is run by its owner; `createInformerFactory` is for sharing. */
export class CachedInformer<T extends KubeObject> implements Informer<T>, ReflectorStore<T> {
  readonly resource: ResourceRef<T>
  readonly #indexer = new Indexer<T>()
  readonly #handlers = new Set<EventHandler<T>>()
  readonly #reflector: Reflector<T>
  readonly #log: Logger
  readonly #keep: (object: T) => T
  readonly #synced: PromiseWithResolvers<void> = Promise.withResolvers()
  #hasSynced = false
  #started = false

  constructor(client: Client, resource: ResourceRef<T>, scope: InformerOptions, options: InformerRunOptions) {
    const { clock, log, random, metadataOnly, trimManagedFields = true, keep } = options
    this.resource = resource
    this.#log = log
    this.#keep = keep ?? (trimManagedFields ? withoutManagedFields : (object) => object)
    this.#reflector = new Reflector<T>({
      client,
      resource,
      store: this,
      clock,
      log,
      ...scope,
      ...(metadataOnly ? { metadataOnly } : {}),
      ...(random ? { random } : {}),
    })
  }

  get hasSynced(): boolean {
    return this.#hasSynced
  }

  get resourceVersion(): string {
    return this.#reflector.resourceVersion
  }

  /** Resolves after the first list. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** Starts, once; runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#started) return
    this.#started = true
    await this.#reflector.run(signal)
  }

  addHandler(handler: EventHandler<T>): () => void {
    this.#handlers.add(handler)
    for (const object of this.#indexer.list()) this.#tell(handler, () => handler.onAdd?.(object, true))
    return () => this.#handlers.delete(handler)
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    this.#indexer.addIndex(name, valuesOf)
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#indexer.get(namespace ? `${namespace}/${name}` : name)
  }

  byKey(key: string): T | undefined {
    return this.#indexer.get(key)
  }

  list(namespace?: string): readonly T[] {
    return this.#indexer.list(namespace)
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#indexer.byIndex(index, value)
  }

  replace(objects: readonly T[]): void {
    const initial = !this.#hasSynced
    const gone = new Set(this.#indexer.keys())
    for (const object of objects) {
      gone.delete(keyOf(object))
      this.#put(object, initial)
    }
    for (const key of gone) this.#remove(key)
    this.#hasSynced = true
    this.#synced.resolve()
  }

  keep(object: T): T {
    return this.#keep(object)
  }

  apply({ type, object }: WatchEvent<T>): void {
    if (type === 'DELETED') this.#remove(keyOf(object), object)
    else this.#put(object, false)
  }

  #put(object: T, initial: boolean): void {
    const kept = this.#keep(object)
    const previous = this.#indexer.set(kept)
    // The same version again (a list after a broken watch) is no news.
    if (previous && previous.metadata.resourceVersion === kept.metadata.resourceVersion) return
    for (const handler of this.#handlers) {
      this.#tell(handler, () => (previous ? handler.onUpdate?.(previous, kept) : handler.onAdd?.(kept, initial)))
    }
  }

  #remove(key: string, last?: T): void {
    const previous = this.#indexer.delete(key)
    const object = last ?? previous
    if (!previous || !object) return
    for (const handler of this.#handlers) this.#tell(handler, () => handler.onDelete?.(object))
  }

  #tell(_handler: EventHandler<T>, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#log.error('an event handler failed', { resource: this.resource.plural, error })
    }
  }
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (!object.metadata.managedFields) return object
  if (Object.isFrozen(object.metadata)) {
    const { managedFields: _, ...metadata } = object.metadata
    return { ...object, metadata }
  }
  delete object.metadata.managedFields
  return object
}

export function createInformerFactory(client: Client, { keepOf, ...options }: InformerFactoryOptions): InformerFactory {
  const informers = new Map<string, CachedInformer<any>>()
  /** Of whole resources, which reconcilers ask for again and again: found without making a text. */
  const whole = new WeakMap<ResourceRef<any>, CachedInformer<any>>()
  return {
    informer<T extends KubeObject>(of: ResourceRef<T>, scope?: InformerOptions): Informer<T> {
      const known = scope === undefined ? whole.get(of) : undefined
      if (known) return known
      const informer = find(of, scope ?? {})
      if (scope === undefined) whole.set(of, informer)
      return informer
    },

    async start(signal) {
      for (const informer of informers.values()) void informer.run(signal)
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.race([Promise.all([...informers.values()].map((informer) => informer.synced)), aborted])
    },
  }

  function find<T extends KubeObject>(of: ResourceRef<T>, scope: InformerOptions): CachedInformer<T> {
    const key = [of.group, of.version, of.plural, scope.namespace ?? '', scope.labelSelector ?? '', scope.fieldSelector ?? ''].join('|')
    let informer = informers.get(key)
    if (!informer) {
      informer = new CachedInformer<T>(client, of, scope, keepOf?.[of.plural] ? { ...options, keep: keepOf[of.plural]! } : options)
      informers.set(key, informer)
    }
    return informer
  }
}
