/** Which devices are taken: by what claims' statuses say, and by what we have decided and nobody shows yet. */
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
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

/** Claims as we have decided them, until the cache knows as much (upstream's assume cache). */
export class AssumedClaims {
  readonly #claims = new Map<string, { readonly claim: ResourceClaim; written: boolean }>()

  of(cached: ResourceClaim): ResourceClaim {
    const assumed = this.#claims.get(cached.metadata.uid)
    if (!assumed) return cached
    if (!assumed.written || BigInt(cached.metadata.resourceVersion || 0) < BigInt(assumed.claim.metadata.resourceVersion || 0)) return assumed.claim
    this.#claims.delete(cached.metadata.uid)
    return cached
  }

  /** Decided, and on its way to the server: no other pod may have it meanwhile. */
  isPending(uid: string): boolean {
    return this.#claims.get(uid)?.written === false
  }

  decide(claim: ResourceClaim): void {
    this.#claims.set(claim.metadata.uid, { claim, written: false })
  }

  written(claim: ResourceClaim): void {
    this.#claims.set(claim.metadata.uid, { claim, written: true })
  }

  /** Whatever was decided does not hold. */
  forget(uid: string): void {
    this.#claims.delete(uid)
  }
}
