/** What we have decided about volumes and claims and the caches do not show yet (upstream's assume cache). */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { keyOf, type KubeObject } from '#apimachinery/object.ts'

class Assumed<T extends KubeObject> {
  readonly #objects = new Map<string, T>()

  /** What we assume, until the cache knows something newer. */
  of(cached: T): T {
    const key = keyOf(cached)
    const ours = this.#objects.get(key)
    if (!ours) return cached
    if (ours.metadata.resourceVersion === cached.metadata.resourceVersion) return ours
    this.#objects.delete(key)
    return cached
  }

  set(object: T): void {
    this.#objects.set(keyOf(object), object)
  }

  delete(object: T): void {
    this.#objects.delete(keyOf(object))
  }
}

export class AssumedVolumes {
  readonly volumes = new Assumed<PersistentVolume>()
  readonly claims = new Assumed<PersistentVolumeClaim>()
}
