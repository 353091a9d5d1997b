/** The machine's NUMA nodes: their CPUs, memory, huge pages, and how far they are from each other (sysfs). */
import { readdirSync, readFileSync } from 'node:fs'
import { parseCpuSet } from '../cpus/cpu-set.ts'

export interface Cpu {
  readonly id: number
  /** The lowest CPU of the core: what tells cores apart. */
  readonly core: number
  readonly socket: number
  readonly node: number
  /** The lowest CPU that shares the last-level cache. */
  readonly uncore: number
}

export interface NumaNode {
  readonly id: number
  readonly memoryBytes: number
  /** Bytes of all pages, by resource: "hugepages-2Mi". */
  readonly hugePages: Readonly<Record<string, number>>
  /** To each node, itself too, by its id. */
  readonly distances: ReadonlyMap<number, number>
}

export interface NumaMachine {
  readonly cpus: readonly Cpu[]
  readonly nodes: readonly NumaNode[]
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** `memoryBytes` is that of a machine that tells of no nodes. */
export function numaMachine(memoryBytes: number, root = '/sys/devices/system'): NumaMachine {
  const ids = names(`${root}/node`)
    .map((name) => /^node(\d+)$/.exec(name)?.[1])
    .filter((id) => id !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
  const online = parseCpuSet(text(`${root}/cpu/online`) ?? '0')
  const nodeOf = new Map(ids.flatMap((id) => parseCpuSet(text(`${root}/node/node${id}/cpulist`) ?? '').map((cpu) => [cpu, id] as const)))
  const lowest = (list: string | undefined, cpu: number) => (list ? (parseCpuSet(list)[0] ?? cpu) : cpu)
  const cpus = online.map((id): Cpu => {
    const at = `${root}/cpu/cpu${id}`
    return {
      id,
      core: lowest(text(`${at}/topology/thread_siblings_list`), id),
      socket: Math.max(0, Number(text(`${at}/topology/physical_package_id`) ?? 0)),
      node: nodeOf.get(id) ?? ids[0] ?? 0,
      uncore: lowest(text(`${at}/cache/index3/shared_cpu_list`), id),
    }
  })
  if (ids.length === 0)
    return { cpus, nodes: [{ id: 0, memoryBytes, hugePages: hugePagesOf(`${root}/../kernel/mm/hugepages`), distances: new Map([[0, 10]]) }] }
  const nodes = ids.map((id): NumaNode => {
    const at = `${root}/node/node${id}`
    const total = /MemTotal:\s+(\d+) kB/.exec(text(`${at}/meminfo`) ?? '')?.[1]
    const distances = (text(`${at}/distance`) ?? '').split(/\s+/).map(Number)
    return {
      id,
      memoryBytes: total === undefined ? memoryBytes : Number(total) * 1024,
      hugePages: hugePagesOf(`${at}/hugepages`),
      distances: new Map(ids.map((other, index) => [other, distances[index] ?? (other === id ? 10 : 20)])),
    }
  })
  return { cpus, nodes }
}

/** "hugepages-2048kB" in the kernel's words is "hugepages-2Mi" in the API's; a directory that is not there has none. */
export function hugePagesOf(directory = '/sys/kernel/mm/hugepages'): Record<string, number> {
  const entries = names(directory).flatMap((name): [string, number][] => {
    const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1])
    if (!kilobytes) return []
    return [[`hugepages-${pageSizeName(kilobytes)}`, Number(text(`${directory}/${name}/nr_hugepages`) ?? 0) * kilobytes * 1024]]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)))
}

function pageSizeName(kilobytes: number): string {
  for (const [unit, size] of [
    ['Gi', 1024 * 1024],
    ['Mi', 1024],
  ] as const) {
    if (kilobytes % size === 0) return `${kilobytes / size}${unit}`
  }
  return `${kilobytes}Ki`
}
