/** The keyed, indexed store behind an informer. */
import { type KubeObject, keyOf } from '#apimachinery/object.ts'

type ValuesOf<T> = (object: T) => readonly string[]

export class Indexer<T extends KubeObject> {
  readonly #objects = new Map<string, T>()
  readonly #byNamespace = new Map<string, Map<string, T>>()
  readonly #indexes = new Map<string, { readonly valuesOf: ValuesOf<T>; readonly entries: Map<string, Map<string, T>> }>()

  addIndex(name: string, valuesOf: ValuesOf<T>): void {
    if (this.#indexes.has(name)) return
    const entries = new Map<string, Map<string, T>>()
    this.#indexes.set(name, { valuesOf, entries })
    for (const [key, object] of this.#objects) for (const value of valuesOf(object)) put(entries, value, key, object)
  }

  hasIndex(name: string): boolean {
    return this.#indexes.has(name)
  }

  /** Puts an object in, and answers the one that was there. */
  set(object: T): T | undefined {
    const key = keyOf(object)
    const previous = this.#objects.get(key)
    if (previous) this.#unindex(key, previous)
    this.#objects.set(key, object)
    // The key has the namespace in it: what was there is replaced.
    put(this.#byNamespace, object.metadata.namespace ?? '', key, object)
    for (const { valuesOf, entries } of this.#indexes.values()) for (const value of valuesOf(object)) put(entries, value, key, object)
    return previous
  }

  delete(key: string): T | undefined {
    const previous = this.#objects.get(key)
    if (!previous) return undefined
    this.#objects.delete(key)
    remove(this.#byNamespace, previous.metadata.namespace ?? '', key)
    this.#unindex(key, previous)
    return previous
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys()
  }

  list(namespace?: string): T[] {
    const from = namespace === undefined ? this.#objects : this.#byNamespace.get(namespace)
    return from ? [...from.values()] : []
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name)
    if (!index) throw new Error(`Index with name ${name} does not exist`)
    return [...(index.entries.get(value)?.values() ?? [])]
  }

  #unindex(key: string, object: T): void {
    for (const { valuesOf, entries } of this.#indexes.values()) for (const value of valuesOf(object)) remove(entries, value, key)
  }
}

function put<T>(entries: Map<string, Map<string, T>>, value: string, key: string, object: T): void {
  const bucket = entries.get(value)
  if (bucket) bucket.set(key, object)
  else entries.set(value, new Map([[key, object]]))
}

function remove<T>(entries: Map<string, Map<string, T>>, value: string, key: string): void {
  const bucket = entries.get(value)
  if (bucket?.delete(key) && bucket.size === 0) entries.delete(value)
}
