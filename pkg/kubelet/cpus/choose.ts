/** Which CPUs to take of those that are free: as close together as possible, or spread over NUMA nodes (upstream's cpu_assignment). */
import type { Cpu } from '../topology/machine.ts'
import { combinationsOf } from '../topology/numa-set.ts'

export interface Choice {
  readonly all: readonly Cpu[]
  readonly free: ReadonlySet<number>
  readonly count: number
  readonly alignUncore?: boolean
}

export function notEnough(requested: number, available: number): Error {
  return new Error(`not enough cpus available to satisfy request: requested=${requested}, available=${available}`)
}

type Level = 'socket' | 'node' | 'uncore' | 'core'

/** Whole sockets and nodes, then caches if asked, then cores, then what is left. Throws when there are too few. */
export function packed({ all, free, count, alignUncore = false }: Choice): number[] {
  if (free.size < count) throw notEnough(count, free.size)
  const taken = new Set<number>()
  const left = () => count - taken.size
  const members = (level: Level, id: number) => all.filter((cpu) => cpu[level] === id)
  const open = (level: Level, id: number) => members(level, id).filter(({ id: cpu }) => free.has(cpu) && !taken.has(cpu))
  const ids = (level: Level, among: readonly Cpu[] = all) => [...new Set(among.map((cpu) => cpu[level]))].sort((a, b) => a - b)
  const take = (cpus: readonly Cpu[]) => {
    for (const { id } of cpus) if (left() > 0) taken.add(id)
  }
  /** Beside what is taken already, then where the fewest are free, so that large holes stay. */
  const inOrder = (level: Level, among: readonly Cpu[] = all): number[] => {
    const near = (id: number) => members(level, id).filter(({ id: cpu }) => taken.has(cpu)).length
    return ids(level, among).sort((a, b) => near(b) - near(a) || open(level, a).length - open(level, b).length || a - b)
  }
  const takeWhole = (level: Level, among?: readonly Cpu[]) => {
    for (const id of inOrder(level, among)) {
      const size = members(level, id).length
      if (open(level, id).length === size && left() >= size) take(open(level, id))
    }
  }
  const [first, second]: [Level, Level] = ids('socket').length < ids('node').length ? ['socket', 'node'] : ['node', 'socket']
  takeWhole(first)
  takeWhole(second)
  if (alignUncore && left() > 0) {
    takeWhole('uncore')
    const fits = inOrder('uncore').find((id) => left() > 0 && open('uncore', id).length >= left())
    if (fits !== undefined) takeCores(members('uncore', fits))
  }
  if (left() > 0) takeCores(all)
  return [...taken].sort((a, b) => a - b)

  function takeCores(among: readonly Cpu[]): void {
    for (const node of inOrder('node', among))
      takeWhole(
        'core',
        among.filter((cpu) => cpu.node === node),
      )
    for (const node of inOrder('node', among)) {
      for (const core of inOrder(
        'core',
        among.filter((cpu) => cpu.node === node),
      ))
        take(open('core', core))
    }
  }
}

/** The same share of each of as few NUMA nodes as can hold them, in groups of `groupSize`; packed where that cannot be. */
export function distributed(choice: Choice & { readonly groupSize: number }): number[] {
  const { all, free, count, groupSize } = choice
  if (count % groupSize !== 0) return packed(choice)
  if (free.size < count) throw notEnough(count, free.size)
  const nodes = [...new Set(all.map(({ node }) => node))].sort((a, b) => a - b)
  const freeOf = new Map(nodes.map((node) => [node, all.filter((cpu) => cpu.node === node && free.has(cpu.id)).map(({ id }) => id)]))
  const total = (chosen: readonly number[]) => chosen.reduce((sum, node) => sum + freeOf.get(node)!.length, 0)
  for (let size = 1; size <= nodes.length; size++) {
    const share = Math.floor(count / size / groupSize) * groupSize
    const over = (count - share * size) / groupSize
    let best: { readonly amounts: ReadonlyMap<number, number>; readonly spread: number } | undefined
    for (const chosen of combinationsOf(nodes, size)) {
      if (total(chosen) < count || chosen.some((node) => freeOf.get(node)!.length < share)) continue
      // What does not divide goes to some of the nodes, one group each.
      for (const more of combinationsOf(chosen, over)) {
        const amounts = new Map(chosen.map((node) => [node, share + (more.includes(node) ? groupSize : 0)]))
        if (chosen.some((node) => freeOf.get(node)!.length < amounts.get(node)!)) continue
        const spread = deviation(nodes.map((node) => freeOf.get(node)!.length - (amounts.get(node) ?? 0)))
        if (!best || spread < best.spread) best = { amounts, spread }
      }
    }
    if (best) return [...best.amounts].flatMap(([node, amount]) => packed({ ...choice, free: new Set(freeOf.get(node)), count: amount })).sort((a, b) => a - b)
  }
  return packed(choice)
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length
  return Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length)
}
