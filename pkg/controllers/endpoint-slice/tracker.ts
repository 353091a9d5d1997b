/** Remembers our writes of slices until the cache shows them (upstream's EndpointSliceTracker). */
import type { EndpointSlice } from '#api/gen/discovery/v1.ts'
import type { Clock } from '#base/clock.ts'

/** After this long a write that never showed is taken for undone by somebody else. */
const patienceMs = 30_000

interface Write {
  readonly generation: number
  readonly deleted: boolean
  readonly at: number
}

export class SliceTracker {
  readonly #clock: Clock
  readonly #writes = new Map<string, Map<string, Write>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wrote(key: string, slice: EndpointSlice): void {
    this.#note(key, slice.metadata.uid, { generation: slice.metadata.generation ?? 0, deleted: false, at: this.#clock.now() })
  }

  deleted(key: string, slice: EndpointSlice): void {
    this.#note(key, slice.metadata.uid, { generation: 0, deleted: true, at: this.#clock.now() })
  }

  forget(key: string): void {
    this.#writes.delete(key)
  }

  /** Does the cache show all we wrote? What it shows is forgotten. */
  isCurrent(key: string, cached: readonly EndpointSlice[]): boolean {
    const writes = this.#writes.get(key)
    if (!writes) return true
    const shown = new Map(cached.map((slice) => [slice.metadata.uid, slice.metadata.generation ?? 0]))
    for (const [uid, { generation, deleted, at }] of writes) {
      const now = shown.get(uid)
      const seen = deleted ? now === undefined : now !== undefined && now >= generation
      if (seen || this.#clock.now() - at > patienceMs) writes.delete(uid)
    }
    if (writes.size === 0) this.#writes.delete(key)
    return writes.size === 0
  }

  #note(key: string, uid: string, write: Write): void {
    const writes = this.#writes.get(key) ?? new Map<string, Write>()
    this.#writes.set(key, writes)
    writes.set(uid, write)
  }
}
