/**
 * What a controller itself wrote last of each object: until its cache shows that, or something newer, it would act on what is no longer
 * so (upstream's consistency checks; resource versions can be compared, KEP-5504). A lost answer is cleared up by a look past the cache.
 */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { isUncertain } from './uncertainty.ts'

export class OwnWrites {
  /** By key; undefined: something may have been written that we know no version of. */
  readonly #versions = new Map<string, bigint | undefined>()

  /** Runs a write of an object, and notes what came of it. */
  async note<T extends KubeObject>(write: () => Promise<T>, key: string): Promise<T> {
    try {
      const written = await write()
      this.#versions.set(key, versionOf(written))
      return written
    } catch (error) {
      if (isUncertain(error)) this.#versions.set(key, undefined)
      throw error
    }
  }

  /** True when the cached object is as new as what we wrote. */
  async isShown<T extends KubeObject>(cached: T, resource: ResourceRef<T>, { client }: ControllerContext): Promise<boolean> {
    const key = keyOf(cached)
    if (!this.#versions.has(key)) return true
    const wanted = this.#versions.get(key) ?? versionOf(await client.get(resource, splitKey(key)))
    if (versionOf(cached) >= wanted) {
      this.#versions.delete(key)
      return true
    }
    this.#versions.set(key, wanted)
    return false
  }

  forget(key: string): void {
    this.#versions.delete(key)
  }
}

function versionOf({ metadata }: KubeObject): bigint {
  return BigInt(metadata.resourceVersion ?? '0')
}

/** How soon to look again; the event that is awaited comes sooner. */
export const staleRetryMs = 100
