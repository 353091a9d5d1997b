/**
 * Who holds a node port is decided by the store, so that several API servers on one etcd never give out the same: a key for each port,
 * made by compare-and-swap. Upstream keeps one bitmap under /registry/ranges/servicenodeports for the same end.
 */
import type { Store } from '#storage/types.ts'

/** Among what the caches follow: they count revisions by what they see. */
const prefix = '/registry/ranges/servicenodeports/'
/** A claim that is younger may belong to a Service that is being written. */
const orphanAgeMs = 60_000

export interface PortClaims {
  /** False: another server has it. */
  take(port: number): Promise<boolean>
  release(port: number): Promise<void>
}

export class StoredPortClaims implements PortClaims {
  readonly #store: Store
  readonly #now: () => number

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  async take(port: number): Promise<boolean> {
    const { ok } = await this.#store.put(prefix + port, Buffer.from(String(this.#now())), { expectRevision: 0 })
    return ok
  }

  async release(port: number): Promise<void> {
    const entry = await this.#store.get(prefix + port)
    if (entry) await this.#store.delete(entry.key, { expectRevision: entry.revision })
  }

  /** Makes the claims that Services are without, and takes away those that a crash left behind. */
  async repair(held: ReadonlySet<number>): Promise<void> {
    const { entries } = await this.#store.range(prefix)
    const claimed = new Set<number>()
    for (const { key, value, revision } of entries) {
      const port = Number(key.slice(prefix.length))
      if (held.has(port) || Number(Buffer.from(value).toString()) > this.#now() - orphanAgeMs) claimed.add(port)
      else await this.#store.delete(key, { expectRevision: revision })
    }
    await Promise.all([...held].filter((port) => !claimed.has(port)).map((port) => this.take(port)))
  }
}
