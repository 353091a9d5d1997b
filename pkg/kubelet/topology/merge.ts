/** The best place for everything at once: hints of all providers merged as upstream's topology manager merges them (KEP-693). */
import { anywhere, type Hint, type Hints } from './types.ts'
import { idsOf, isNarrower, type NumaSet, numaSet, sizeOf } from './numa-set.ts'
import type { NumaNode } from './machine.ts'

/** One list of hints a resource. */
export function choices(all: readonly Hints[]): (readonly Hint[])[] {
  return all.flatMap((hints) => {
    if (hints.size === 0) return [[anywhere]]
    return [...hints.values()].map((list) => (list === undefined ? [anywhere] : list.length === 0 ? [{ nodes: undefined, preferred: false }] : list))
  })
}

export interface Merging {
  readonly nodes: readonly NumaNode[]
  /** Of sets of one size, the one whose nodes lie closest together. */
  readonly preferClosest: boolean
}

/** Of all ways to take one hint a resource, the best; not preferred and anywhere when there is none. */
export function merge(lists: readonly (readonly Hint[])[], { nodes, preferClosest }: Merging): Hint {
  const all = numaSet(nodes.map(({ id }) => id))
  const closer = preferClosest ? closest(nodes) : isNarrower
  const widest = Math.max(
    0,
    ...lists
      .map((list) => Math.min(...list.map((hint) => (hint.nodes === undefined ? Number.POSITIVE_INFINITY : sizeOf(hint.nodes)))).valueOf())
      .filter(Number.isFinite),
  )
  let best: Hint | undefined
  permute(lists, (permutation) => {
    const candidate = intersect(permutation, all)
    if (candidate.nodes !== 0) best = better(best, candidate, widest, closer)
  })
  return best ?? { nodes: all, preferred: false }
}

function permute(lists: readonly (readonly Hint[])[], visit: (permutation: readonly Hint[]) => void, taken: readonly Hint[] = []): void {
  const [first, ...rest] = lists
  if (!first) visit(taken)
  else for (const hint of first) permute(rest, visit, [...taken, hint])
}

/** Preferred when each is, and all that name nodes name the same. */
function intersect(permutation: readonly Hint[], all: NumaSet): Hint & { readonly nodes: NumaSet } {
  const named = permutation.map(({ nodes }) => nodes).filter((nodes) => nodes !== undefined)
  return {
    nodes: named.reduce((left, nodes) => left & nodes, all),
    preferred: permutation.every(({ preferred }) => preferred) && named.every((nodes) => nodes === named[0]),
  }
}

type Closer = (one: NumaSet, other: NumaSet) => boolean
type Named = Hint & { readonly nodes: NumaSet }

/** `widest`: as many nodes as the resource needs that needs the most; fewer cannot hold everything. */
function better(best: Hint | undefined, candidate: Named, widest: number, closer: Closer): Hint {
  if (!best) return candidate
  const current = best as Named
  if (current.preferred !== candidate.preferred) return candidate.preferred ? candidate : current
  const pick = closer(candidate.nodes, current.nodes) ? candidate : current
  if (current.preferred) return pick
  const [now, then] = [sizeOf(current.nodes), sizeOf(candidate.nodes)]
  if (now > widest) return pick
  if (now === widest) return then === widest ? pick : current
  if (then > widest) return current
  if (then === now) return pick
  return then > now ? candidate : current
}

function closest(nodes: readonly NumaNode[]): Closer {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const average = (set: NumaSet): number => {
    const ids = idsOf(set)
    const sum = ids.reduce((total, one) => ids.reduce((inner, other) => inner + (byId.get(one)?.distances.get(other) ?? 0), total), 0)
    return sum / ids.length ** 2
  }
  return (one, other) => {
    if (sizeOf(one) !== sizeOf(other)) return sizeOf(one) < sizeOf(other)
    const [a, b] = [average(one), average(other)]
    return a === b ? one < other : a < b
  }
}
