/** Which devices are taken: by what claims' statuses say, and by what we have decided and nobody shows yet. */
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import type { Reader } from '../../state/objects.ts'
import { type Amounts, sum } from './capacity.ts'
import { deviceId } from './pools.ts'

export interface AllocatedDevices {
  readonly whole: ReadonlySet<string>
  readonly shared: ReadonlyMap<string, Amounts>
}

export function allocatedDevices(claims: readonly ResourceClaim[]): AllocatedDevices {
  const whole = new Set<string>()
  const shared = new Map<string, Amounts>()
  for (const { status } of claims) {
    for (const { driver, pool, device, adminAccess, shareID, consumedCapacity } of status?.allocation?.devices?.results ?? []) {
      if (adminAccess) continue
      const id = deviceId(driver, pool, device)
      if (shareID === undefined) whole.add(id)
      else shared.set(id, sum(shared.get(id) ?? {}, consumedCapacity ?? {}))
    }
  }
  return { whole, shared }
}

/** How long the news of a claim that we have made may take. */
const unseenMs = 120_000

/** Claims as we have decided them, until the cache knows as much (upstream's assume cache). */
export class AssumedClaims {
  readonly #claims = new Map<string, { readonly claim: ResourceClaim; written: boolean; readonly at: number }>()

  of(cached: ResourceClaim): ResourceClaim {
    const assumed = this.#claims.get(cached.metadata.uid)
    if (!assumed) return cached
    if (!assumed.written || BigInt(cached.metadata.resourceVersion || 0) < BigInt(assumed.claim.metadata.resourceVersion || 0)) return assumed.claim
    this.#claims.delete(cached.metadata.uid)
    return cached
  }

  /** All claims as we know them, also those that we make or have just made and that the cache does not show. */
  all(claims: Reader<ResourceClaim>): ResourceClaim[] {
    const now = performance.now()
    const unseen: ResourceClaim[] = []
    for (const [uid, { claim, written, at }] of this.#claims) {
      const { namespace, name } = claim.metadata
      if (claims.get(namespace, name)) continue
      // One that does not come was deleted before we saw it.
      if (written && now - at > unseenMs) this.#claims.delete(uid)
      else unseen.push(claim)
    }
    return [...claims.list().map((claim) => this.of(claim)), ...unseen]
  }

  /** Decided, and on its way to the server: no other pod may have it meanwhile. */
  isPending(uid: string): boolean {
    return this.#claims.get(uid)?.written === false
  }

  decide(claim: ResourceClaim): void {
    this.#claims.set(claim.metadata.uid, { claim, written: false, at: performance.now() })
  }

  written(claim: ResourceClaim): void {
    this.#claims.set(claim.metadata.uid, { claim, written: true, at: performance.now() })
  }

  /** Whatever was decided does not hold. */
  forget(uid: string): void {
    this.#claims.delete(uid)
  }
}
