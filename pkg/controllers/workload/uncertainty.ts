/**
 * A creation or deletion whose answer was lost may have happened. Until a look past the cache has shown that the cache knows
 * what there is, its controller must make no more, and take no more away.
 */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { controllerOf } from './owner.ts'

/** A refusal is certain; a failure of the server or the line is not. */
export function isUncertain(error: unknown): boolean {
  return !(error instanceof StatusError) || error.code >= 500
}

export class Uncertainty {
  readonly #keys = new Set<string>()

  /** Notes a failure of a write for this key. */
  note(key: string, error: unknown): void {
    if (error !== undefined && isUncertain(error)) this.#keys.add(key)
  }

  forget(key: string): void {
    this.#keys.delete(key)
  }

  /** True when the cache shows the owner's objects as the server has them, also which are on their way out; only looks when something was lost. */
  async resolved(key: string, owner: KubeObject, resource: ResourceRef, { client, cache }: ControllerContext): Promise<boolean> {
    if (!this.#keys.has(key)) return true
    const { items } = await client.list(resource, { namespace: owner.metadata.namespace, metadataOnly: true })
    const known = (list: readonly KubeObject[]): Set<string> =>
      new Set(
        list
          .filter((each) => controllerOf(each)?.uid === owner.metadata.uid)
          .map(({ metadata }) => `${metadata.uid} ${metadata.deletionTimestamp !== undefined}`),
      )
    const live = known(items)
    const cached = known(cache(resource).list(owner.metadata.namespace))
    const shown = live.size === cached.size && [...live].every((each) => cached.has(each))
    if (shown) this.#keys.delete(key)
    return shown
  }
}

/** How soon to look again. */
export const uncertainRetryMs = 100
