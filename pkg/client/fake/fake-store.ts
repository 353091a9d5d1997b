/** The fake client's objects, by resource, with versions and a short history for watches from a version. */
import { type KubeObject, keyOf, type ResourceRef } from '#apimachinery/object.ts'
import { conflict, expired, notFound } from '#apimachinery/status-error.ts'
import type { WatchEvent } from '../types.ts'
import { WatchHub } from './watch-hub.ts'

interface Shelf {
  readonly objects: Map<string, KubeObject>
  readonly hub: WatchHub
  history: { version: number; event: WatchEvent<KubeObject>; previous: KubeObject | undefined }[]
}

const historyLimit = 10_000

export class FakeStore {
  readonly #shelves = new Map<string, Shelf>()
  #version = 0
  #compactedAt = 0

  get version(): number {
    return this.#version
  }

  shelf(of: ResourceRef): Shelf {
    const id = `${of.group}/${of.plural}`
    const found = this.#shelves.get(id)
    if (found) return found
    const made: Shelf = { objects: new Map(), hub: new WatchHub(), history: [] }
    this.#shelves.set(id, made)
    return made
  }

  get(of: ResourceRef, key: string): KubeObject {
    const object = this.shelf(of).objects.get(key)
    if (!object) throw notFound({ group: of.group, resource: of.plural }, key.slice(key.indexOf('/') + 1))
    return object
  }

  put(of: ResourceRef, object: KubeObject): KubeObject {
    const shelf = this.shelf(of)
    const key = keyOf(object)
    const previous = shelf.objects.get(key)
    const wanted = object.metadata.resourceVersion
    if (previous && wanted && wanted !== previous.metadata.resourceVersion) {
      throw conflict(
        { group: of.group, resource: of.plural },
        object.metadata.name,
        'the object has been modified; please apply your changes to the latest version and try again',
      )
    }
    object.metadata.resourceVersion = String(++this.#version)
    const kept = deepFreeze(object)
    shelf.objects.set(key, kept)
    this.#tell(shelf, previous ? 'MODIFIED' : 'ADDED', kept, previous)
    return kept
  }

  remove(of: ResourceRef, key: string): KubeObject {
    const shelf = this.shelf(of)
    const previous = this.get(of, key)
    shelf.objects.delete(key)
    const last = structuredClone(previous)
    last.metadata.resourceVersion = String(++this.#version)
    this.#tell(shelf, 'DELETED', deepFreeze(last), previous)
    return last
  }

  /** Forgets the history: watches from older versions are refused, those under way end with 410. */
  compact(): void {
    this.#compactedAt = this.#version
    for (const shelf of this.#shelves.values()) {
      shelf.history = []
      shelf.hub.cut(expired(`too old resource version: ${this.#compactedAt}`))
    }
  }

  /** Ends all watches cleanly, as a restarted server does. */
  cutWatches(): void {
    for (const shelf of this.#shelves.values()) shelf.hub.cut()
  }

  watch(of: ResourceRef, from: number | undefined, accepts: (object: KubeObject) => boolean, signal?: AbortSignal): AsyncGenerator<WatchEvent<any>> {
    const shelf = this.shelf(of)
    if (from === undefined || from === 0) {
      const initial = [...shelf.objects.values()].filter(accepts).map((object): WatchEvent<any> => ({ type: 'ADDED', object }))
      return shelf.hub.watch(accepts, initial, signal)
    }
    if (from < this.#compactedAt) throw expired(`too old resource version: ${from} (${this.#compactedAt})`)
    const missed: WatchEvent<any>[] = []
    for (const { version, event, previous } of shelf.history) {
      if (version <= from) continue
      const now = accepts(event.object)
      const before = previous ? accepts(previous) : false
      if (event.type === 'DELETED' ? now || before : now)
        missed.push({ type: event.type === 'DELETED' ? 'DELETED' : before ? 'MODIFIED' : 'ADDED', object: event.object })
      else if (before) missed.push({ type: 'DELETED', object: event.object })
    }
    return shelf.hub.watch(accepts, missed, signal)
  }

  #tell(shelf: Shelf, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject, previous: KubeObject | undefined): void {
    shelf.history.push({ version: this.#version, event: { type, object }, previous })
    if (shelf.history.length > historyLimit) this.#compactedAt = Math.max(this.#compactedAt, shelf.history.shift()!.version)
    shelf.hub.emit(type, object, previous)
  }
}

export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const each of Object.values(value)) deepFreeze(each)
  }
  return value
}
