/** Watched caches, as client-go's shared informers: one list and watch a resource, however many read it. */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'

export interface EventHandler<T> {
  onAdd?(object: T, isInInitialList: boolean): void
  onUpdate?(previous: T, object: T): void
  onDelete?(object: T): void
}

/** A read-only view of the cache. Objects are shared: never mutate them. Keys are "namespace/name" or "name". */
export interface Lister<T extends KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined
  byKey(key: string): T | undefined
  list(namespace?: string): readonly T[]
  byIndex(index: string, value: string): readonly T[]
}

export interface Informer<T extends KubeObject> extends Lister<T> {
  readonly resource: ResourceRef<T>
  /** Handlers added late are told of what is there already. Returns a function that removes the handler. */
  addHandler(handler: EventHandler<T>): () => void
  /** An index by computed values; add before start. */
  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void
  readonly hasSynced: boolean
  /** Resolves after the first list. */
  readonly synced: Promise<void>
  /** The newest resourceVersion seen. */
  readonly resourceVersion: string
}

export interface InformerOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface InformerFactory {
  /** The same informer for the same resource and options. */
  informer<T extends KubeObject>(of: ResourceRef<T>, options?: InformerOptions): Informer<T>
  /** Starts all that are not started, and resolves when every one has synced. */
  start(signal: AbortSignal): Promise<void>
}
