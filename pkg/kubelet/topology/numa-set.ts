/** A set of NUMA nodes, as bits of one number: there are few of them, and hints go through all their combinations. */
export type NumaSet = number

/** More than these would not fit the bits, nor could all combinations be gone through. */
export const maxNumaNodes = 30

export const numaSet = (ids: Iterable<number>): NumaSet => [...ids].reduce((set, id) => set | (1 << id), 0)

export const has = (set: NumaSet, id: number): boolean => (set & (1 << id)) !== 0

export function sizeOf(set: NumaSet): number {
  let count = 0
  for (let left = set; left !== 0; left &= left - 1) count++
  return count
}

export function idsOf(set: NumaSet): number[] {
  const ids: number[] = []
  for (let id = 0; set >>> id !== 0; id++) if (has(set, id)) ids.push(id)
  return ids
}

/** Fewer nodes, or as many and of lower numbers. */
export function isNarrower(one: NumaSet, other: NumaSet): boolean {
  const [a, b] = [sizeOf(one), sizeOf(other)]
  return a === b ? one < other : a < b
}

/** Every set of one or more of the nodes, the small ones first. */
export function combinations(ids: readonly number[]): NumaSet[] {
  return Array.from({ length: ids.length }, (_, size) => combinationsOf(ids, size + 1))
    .flat()
    .map(numaSet)
}

/** Every choice of so many, in order. */
export function combinationsOf<T>(all: readonly T[], size: number): T[][] {
  if (size === 0) return [[]]
  return all.flatMap((first, index) => combinationsOf(all.slice(index + 1), size - 1).map((rest) => [first, ...rest]))
}
