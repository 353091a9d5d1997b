/** Where each endpoint's address stands, kept by watching the slices: a question costs a look-up, not a walk through all of them. */
import { keyOf } from '#apimachinery/object.ts'
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import type { Informer } from '#client/informer-types.ts'

export class EndpointAddresses {
  readonly #nodeName: string
  /** By address: the slices that have it, and whether new connections are sent there because of them. */
  readonly #byAddress = new Map<string, Map<string, boolean>>()
  #elsewhere = 0

  /** `changed` is told after each change. Register before the informer starts. */
  constructor(informer: Informer<EndpointSlice>, nodeName: string, changed: () => void) {
    this.#nodeName = nodeName
    informer.addHandler({
      onAdd: (slice) => {
        this.#put(slice)
        changed()
      },
      onUpdate: (previous, slice) => {
        this.#remove(previous)
        this.#put(slice)
        changed()
      },
      onDelete: (slice) => {
        this.#remove(slice)
        changed()
      },
    })
  }

  isKnown(address: string): boolean {
    return this.#byAddress.has(address)
  }

  /** Whether new connections may be sent there by rule; terminating endpoints are a last resort only. */
  isServed(address: string): boolean {
    const slices = this.#byAddress.get(address)
    return slices !== undefined && [...slices.values()].some(Boolean)
  }

  /** Whether all endpoints are on this node. */
  isAlone(): boolean {
    return this.#elsewhere === 0
  }

  #put(slice: EndpointSlice): void {
    const key = keyOf(slice)
    for (const { addresses, conditions, nodeName } of slice.endpoints ?? []) {
      if ((nodeName ?? this.#nodeName) !== this.#nodeName) this.#elsewhere++
      const served = conditions?.terminating !== true && conditions?.ready !== false
      for (const address of addresses) {
        const slices = this.#byAddress.get(address) ?? new Map<string, boolean>()
        slices.set(key, served || (slices.get(key) ?? false))
        this.#byAddress.set(address, slices)
      }
    }
  }

  #remove(slice: EndpointSlice): void {
    const key = keyOf(slice)
    for (const { addresses, nodeName } of slice.endpoints ?? []) {
      if ((nodeName ?? this.#nodeName) !== this.#nodeName) this.#elsewhere--
      for (const address of addresses) {
        const slices = this.#byAddress.get(address)
        slices?.delete(key)
        if (slices?.size === 0) this.#byAddress.delete(address)
      }
    }
  }
}
