/** One served kind and version over the cache of the resource it is stored as. */
import type { ResourceDefinition } from '#api/types.ts'
import { apiVersionOf, type KubeObject } from '#apimachinery/object.ts'
import { CachedObject, encodeStored } from '../watchcache/cached-object.ts'
import { registryPrefix } from '../watchcache/cache-hub.ts'
import type { ResourceCache } from '../watchcache/resource-cache.ts'

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
      const object = storage.fromStorage(stored.parse())
      converted = new CachedObject(stored.key, encodeStored(this.#typed(object)), stored.revision, stored.createRevision)
      this.#converted.set(stored, converted)
    }
    return converted
  }

  /** A copy of the caller's own, in this version's form. */
  object(stored: CachedObject): KubeObject {
    return this.served(stored).parse()
  }

  /** What is written to the store. */
  encode(object: KubeObject): Buffer {
    const { storage } = this.definition
    if (!storage) return encodeStored(this.#typed(object))
    const converted = storage.toStorage(structuredClone(object))
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
