/**
 * Which API servers stand behind the Service `kubernetes`: each writes its address with a time to live, and all of them see all.
 * Upstream: pkg/controlplane/reconcilers/lease.go (--endpoint-reconciler-type=lease).
 */
import type { Store } from '#storage/types.ts'

/** Among what the caches follow: they count revisions by what they see. */
const prefix = '/registry/masterleases/'
const ttlSeconds = 15
const attempts = 3

export interface ServerLeases {
  /** Throws what the store throws. */
  renew(address: string): Promise<void>
  /** The addresses of the servers that are there, in order. */
  addresses(): Promise<string[]>
  remove(address: string): Promise<void>
}

export function storedServerLeases(store: Store): ServerLeases {
  return {
    async renew(address) {
      const key = prefix + address
      // It may end between the look and the write. Another server with our address is as good as we are.
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const current = await store.get(key)
        const { ok } = await store.put(key, Buffer.from(address), { expectRevision: current?.revision ?? 0, ttlSeconds })
        if (ok) return
      }
    },
    async addresses() {
      const { entries } = await store.range(prefix)
      return entries.map(({ key }) => key.slice(prefix.length)).sort()
    },
    async remove(address) {
      const current = await store.get(prefix + address)
      if (current) await store.delete(current.key, { expectRevision: current.revision })
    },
  }
}

/** A store that nobody else writes to has one server, which needs no lease. */
export function serverLeasesOf(store: Store): ServerLeases {
  if (store.confirmedRevision) return storedServerLeases(store)
  const present = new Set<string>()
  return {
    renew: async (address) => void present.add(address),
    addresses: async () => [...present],
    remove: async (address) => void present.delete(address),
  }
}
