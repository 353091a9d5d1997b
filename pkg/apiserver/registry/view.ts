/** One served kind and version over the cache of the resource it is stored as. */
import { semanticEqual } from '#api/semantic-equal.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import { apiVersionOf, type KubeObject } from '#apimachinery/object.ts'
import { CachedObject, encodeStored } from '../watchcache/cached-object.ts'
import { registryPrefix } from '../watchcache/cache-hub.ts'
import type { ResourceCache } from '../watchcache/resource-cache.ts'
import { omitEmpty, storedForm } from '#apimachinery/codec/omit-empty.ts'
import { readJson } from '#apimachinery/codec/exact-json.ts'

/** Definitions of custom resources are the built-in kind that upstream keeps as JSON, in which an empty list is not none. */
const keptAsJson = 'apiextensions.k8s.io'

interface Facts {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, string>>
}

export class View {
  readonly definition: ResourceDefinition
  readonly cache: ResourceCache
  readonly apiVersion: string
  readonly #facts = new WeakMap<CachedObject, Facts>()
  readonly #converted = new WeakMap<CachedObject, CachedObject>()
  readonly #closing = new Set<() => void>()

  constructor(definition: ResourceDefinition, cache: ResourceCache) {
    this.definition = definition
    this.cache = cache
    this.apiVersion = apiVersionOf(definition)
  }

  key(namespace: string, name: string): string {
    return this.definition.namespaced ? `${this.cache.prefix}${namespace}/${name}` : `${this.cache.prefix}${name}`
  }

  /** Prefix of all keys, or of one namespace's. */
  prefix(namespace: string): string {
    return this.definition.namespaced && namespace !== '' ? `${this.cache.prefix}${namespace}/` : this.cache.prefix
  }

  /** In this version's form. */
  served(stored: CachedObject): CachedObject {
    const { storage } = this.definition
    if (!storage) return stored
    let converted = this.#converted.get(stored)
    if (!converted) {
      const before = stored.origin && this.#converted.get(stored.origin)
      if (before) {
        converted = before.at(stored.revision)
        this.#converted.set(stored, converted)
        return converted
      }
      const object = storage.fromStorage(stored.parse())
      converted = new CachedObject(stored.key, encodeStored(this.#typed(object)), stored.revision, stored.createRevision)
      this.#converted.set(stored, converted)
    }
    return converted
  }

  /**
   * Has a webhook convert what is stored in other versions, until nothing of `objects` is left to convert; those that
   * are asked for again were changed meanwhile. Resolves at once for kinds that convert by themselves.
   */
  async prepare(objects: () => Iterable<CachedObject>): Promise<void> {
    const convert = this.definition.custom?.convert
    if (!convert) return
    for (;;) {
      const pending = [...objects()].filter((each) => !this.#converted.has(each) && !(each.origin && this.#converted.has(each.origin)))
      const foreign: { stored: CachedObject; object: KubeObject }[] = []
      for (const stored of pending) {
        const object = stored.parse()
        if (object.apiVersion !== this.apiVersion) foreign.push({ stored, object })
      }
      if (foreign.length === 0) return
      const answers = await convert(
        foreign.map(({ object }) => object),
        this.apiVersion,
      )
      for (const [index, { stored }] of foreign.entries()) {
        const object = this.definition.storage!.fromStorage(answers[index])
        this.#converted.set(stored, new CachedObject(stored.key, encodeStored(this.#typed(object)), stored.revision, stored.createRevision))
      }
    }
  }

  /** As `encode`, with a webhook's conversion where there is one. */
  async encodeForStore(object: KubeObject): Promise<Buffer> {
    const { custom, storage } = this.definition
    if (!custom?.convert || !storage || storage.version === this.definition.version) return this.encode(object)
    const [converted] = await custom.convert([this.#typed(cloneJson(object))], apiVersionOf(storage))
    return encodeStored(storage.toStorage(converted as KubeObject))
  }

  /** Whether what is stored would be stored otherwise today: in another version, or with what the schema of a custom resource drops or fills in by now. */
  async isStale(stored: CachedObject): Promise<boolean> {
    const { storage = this.definition, custom } = this.definition
    if (stored.apiVersion !== apiVersionOf(storage)) return true
    if (!custom) return false
    const { metadata, ...rest } = stored.parse()
    const anew = readJson((await this.encodeForStore(this.object(stored))).toString('utf8')) as KubeObject
    return !semanticEqual(anew, { ...rest, metadata: { ...metadata, resourceVersion: undefined } })
  }

  /** Called when this view is served no more: watches end, and their clients list again. */
  onClose(listener: () => void): () => void {
    this.#closing.add(listener)
    return () => this.#closing.delete(listener)
  }

  close(): void {
    for (const listener of [...this.#closing]) listener()
    this.#closing.clear()
  }

  /** A copy of the caller's own, in this version's form. */
  object(stored: CachedObject): KubeObject {
    return this.served(stored).parse()
  }

  /**
   * Without the empty lists and maps that no store gives back; the object itself where there are none. What is read is given its defaults,
   * as is what was sent: those that an empty list kept away come with the next reading.
   */
  written(object: KubeObject): KubeObject {
    const { custom, schema, group, defaults } = this.definition
    if (custom) return object
    const written = group === keptAsJson ? omitEmpty(schema, object) : storedForm(schema, object)
    if (written === object || !defaults) return written
    const copy = cloneJson(written)
    defaults(copy)
    return copy
  }

  /** What is written to the store. */
  encode(object: KubeObject): Buffer {
    const { storage, custom } = this.definition
    const written = this.written(object)
    if (!storage || custom?.convert) return encodeStored(this.#typed(written))
    const converted = storage.toStorage(cloneJson(written))
    converted.kind = this.definition.kind
    converted.apiVersion = apiVersionOf(storage)
    return encodeStored(converted)
  }

  /** What selectors look at; extracted once for an object, then kept beside it. */
  facts(stored: CachedObject): Facts {
    let facts = this.#facts.get(stored)
    if (!facts) {
      facts = this.factsOf(this.object(stored))
      this.#facts.set(stored, facts)
    }
    return facts
  }

  factsOf(object: KubeObject): Facts {
    const { name, namespace = '', labels = {} } = object.metadata
    const fields: Record<string, string> = { 'metadata.name': name, ...(this.definition.namespaced ? { 'metadata.namespace': namespace } : {}) }
    return { namespace, name, labels, fields: { ...fields, ...this.definition.selectableFields?.(object) } }
  }

  #typed(object: KubeObject): KubeObject {
    object.kind = this.definition.kind
    object.apiVersion = this.apiVersion
    return object
  }
}

/** Where a kind is stored. */
export function storagePrefix({ group, plural, storage }: ResourceDefinition): string {
  const at = storage ?? { group, plural }
  return `${registryPrefix}${at.group === '' ? 'core' : at.group}/${at.plural}/`
}
