/** Nodes where a claim's earlier alternatives can be had are better (KEP-4816, DRAPrioritizedList): the first of eight counts most. */
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import type { Chosen } from './allocator.ts'

/** As many as a request may list. */
const maxAlternatives = 8

export function hasAlternatives(claims: readonly ResourceClaim[]): boolean {
  return claims.some(({ spec }) => (spec.devices.requests ?? []).some(({ firstAvailable = [] }) => firstAvailable.length > 0))
}

/** `chosen`: for each claim, what it gets there. */
export function scoreOf(claims: readonly ResourceClaim[], chosen: readonly (readonly Chosen[])[]): number {
  let score = 0
  for (const [index, { spec }] of claims.entries()) {
    const taken = new Set(chosen[index]?.map(({ wish }) => wish.name))
    for (const { name, firstAvailable = [] } of spec.devices.requests ?? [])
      for (const [place, alternative] of firstAvailable.entries()) if (taken.has(`${name}/${alternative.name}`)) score += maxAlternatives - place
  }
  return score
}
