/**
 * How the connection mark is used while a new connection is given its endpoint.
 *
 *   bits 0–20   number of the service port's endpoint set
 *   bit 21      set: only the endpoints on this node, with the client's address kept
 *   bits 22–31  place of one endpoint in the set, from 1
 */
import type { MarkIds } from './types.ts'

export const localBit = 1 << 21
export const setMask = 0x1fffff
export const setAndLocalMask = 0x3fffff
const slotShift = 22
/** More endpoints of one service port than this are not used; ten bits hold no more. */
export const endpointLimit = 1023
export const rejectMark = 0x3ffffe
export const dropMark = 0x3fffff
const lastSetId = 0x1ffffd

export function slotMark(set: number, slot: number): number {
  return ((slot << slotShift) | set) >>> 0
}

/** Numbers go up and round, so that a number freed is long out of use (a client's affinity may still name it) when it comes again. */
export function createMarkIds(): MarkIds {
  const sets = new Map<string, number>()
  const used = new Set<number>()
  const slots = new Map<number, Map<string, number>>()
  let last = 0
  return {
    setId(owner) {
      const known = sets.get(owner)
      if (known !== undefined) return known
      if (used.size >= lastSetId) throw new RangeError('more service ports than the connection mark can tell apart')
      do last = last >= lastSetId ? 1 : last + 1
      while (used.has(last))
      used.add(last)
      sets.set(owner, last)
      return last
    },
    slot(setId, endpoint) {
      const places = slots.get(setId) ?? new Map<string, number>()
      slots.set(setId, places)
      const known = places.get(endpoint)
      if (known !== undefined) return known
      const taken = new Set(places.values())
      let free = 1
      while (taken.has(free)) free++
      places.set(endpoint, free)
      return free
    },
    keepSlots(setId, endpoints) {
      const places = slots.get(setId)
      for (const endpoint of places?.keys() ?? []) if (!endpoints.has(endpoint)) places?.delete(endpoint)
    },
    release(owner) {
      const id = sets.get(owner)
      if (id === undefined) return
      sets.delete(owner)
      used.delete(id)
      slots.delete(id)
    },
  }
}
