/**
 * The kubepods hierarchy: `<root>/kubepods[/burstable|/besteffort]/pod<uid>`, on cgroup v1, v2 and hybrids.
 * The runtime makes the containers' cgroups below; pod limits are ours to write, and empty pod cgroups ours to remove.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import { ms } from '../configuration/defaults.ts'
import { criPageSize } from '../runtime/memory-extras.ts'
import { podRequests } from '../admission/pod-requests.ts'
import { milliToShares, podResources, qosClass } from '../runtime/resources.ts'

export interface CgroupManager {
  /** What CRI gets as cgroup_parent. */
  parentOf(pod: Pod): string
  ensure(pod: Pod): void
  remove(podUid: string): void
  /** Shares the CPU out between the classes: what Burstable pods request together, and next to nothing for BestEffort ones. */
  balance(pods: readonly Pod[]): void
  /** All pods together have no more than this (enforceNodeAllocatable: pods). */
  enforce(limits: { readonly milliCpu: number; readonly memoryBytes: number }): void
  /** What the pod's cgroup is set to; undefined where it has none. */
  settings(pod: Pod): PodCgroupSettings | undefined
  /** Bytes that the pod has in all; undefined where it has no cgroup. */
  memoryUsage(pod: Pod): number | undefined
  /** Of all processes in the pod. */
  processes(pod: Pod): readonly number[]
  /** Uids of pods that have a cgroup. */
  list(): readonly string[]
}

export interface PodCgroupSettings {
  readonly shares: number
  /** Thousandths of a CPU; undefined: no limit. */
  readonly cpuLimitMilli: number | undefined
  /** undefined: no limit. */
  readonly memoryLimit: number | undefined
}

const mountPoint = '/sys/fs/cgroup'
/** What version 1 tells where there is no limit: the largest number of whole pages. */
const noMemoryLimit = 2 ** 62
const v1Controllers = [
  'cpu',
  'memory',
  'pids',
  'cpuset',
  'cpuacct',
  'blkio',
  'devices',
  'freezer',
  'systemd',
  'hugetlb',
  'net_cls',
  'perf_event',
  'rdma',
  'misc',
]

export const noCgroups: CgroupManager = {
  parentOf: () => '',
  ensure() {},
  remove() {},
  balance() {},
  enforce() {},
  settings: () => undefined,
  memoryUsage: () => undefined,
  list: () => [],
  processes: () => [],
}

/** Version 2 alone. */
export const isUnified = (base = mountPoint): boolean => existsSync(join(base, 'cgroup.controllers'))

/** Whether the kernel limits swap by cgroups, as it tells in this process's own. */
export function limitsSwap(base = mountPoint, own = '/proc/self/cgroup'): boolean {
  if (!isUnified(base)) return existsSync(join(base, 'memory', 'memory.memsw.limit_in_bytes'))
  const path = /^0::(.*)$/m.exec(readFileSync(own, 'utf8'))?.[1] ?? '/'
  return existsSync(join(base, path, 'memory.swap.max'))
}

/** Whether the machine can limit huge pages by cgroups. */
export function limitsHugePages(base = mountPoint): boolean {
  return isUnified(base) ? readFileSync(join(base, 'cgroup.controllers'), 'utf8').split(/\s+/).includes('hugetlb') : existsSync(join(base, 'hugetlb'))
}

export interface CgroupSettings {
  /** -1: none of its own. */
  readonly podPidsLimit: number
  /** Whether limits of CPU are enforced. */
  readonly cpuCFSQuota: boolean
  /** A duration. */
  readonly cpuCFSQuotaPeriod: string
}

export function cgroupManager(root: string, { podPidsLimit, cpuCFSQuota, cpuCFSQuotaPeriod }: CgroupSettings, base = mountPoint): CgroupManager {
  const unified = isUnified(base)
  const period = ms(cpuCFSQuotaPeriod) * 1000
  const hierarchies = unified ? [base] : v1Controllers.map((name) => join(base, name)).filter(existsSync)
  // crun writes there as well. On a node of ours on hybrid cgroups nothing is mounted on it, and these are files and directories as any.
  const hybrid = join(base, 'unified')
  const traces = [...hierarchies, hybrid].filter(existsSync)
  const isPlain = (hierarchy: string) => hierarchy === hybrid && !existsSync(join(hybrid, 'cgroup.controllers'))
  const kubepods = join('/', root, 'kubepods')
  const levels = [kubepods, join(kubepods, 'burstable'), join(kubepods, 'besteffort')]
  const parentOf = (pod: Pod): string => {
    const qos = pod.status?.qosClass ?? qosClass(pod)
    const level = qos === 'Guaranteed' ? levels[0]! : qos === 'Burstable' ? levels[1]! : levels[2]!
    return join(level, `pod${pod.metadata.uid}`)
  }
  const setShares = (path: string, shares: number) => {
    if (unified) {
      makeUnified(base, path)
      write(join(base, path, 'cpu.weight'), weightOf(shares))
      return
    }
    mkdirSync(join(base, 'cpu', path), { recursive: true })
    write(join(base, 'cpu', path, 'cpu.shares'), String(shares))
  }
  let balanced: number | undefined
  return {
    balance(pods) {
      const requested = pods
        .filter((pod) => (pod.status?.qosClass ?? qosClass(pod)) === 'Burstable')
        .reduce((sum, pod) => sum + (podRequests(pod).get('cpu') ?? 0), 0)
      const shares = milliToShares(requested)
      if (shares === balanced) return
      balanced = shares
      setShares(levels[1]!, shares)
      setShares(levels[2]!, milliToShares(0))
    },
    enforce({ milliCpu, memoryBytes }) {
      setShares(kubepods, milliToShares(milliCpu))
      if (unified) {
        write(join(base, kubepods, 'memory.max'), String(memoryBytes))
        return
      }
      mkdirSync(join(base, 'memory', kubepods), { recursive: true })
      write(join(base, 'memory', kubepods, 'memory.limit_in_bytes'), String(memoryBytes))
    },
    parentOf,
    ensure(pod) {
      const path = parentOf(pod)
      const { shares, memory, quota: wanted, hugePages } = podResources(pod, period)
      const pages = Object.entries(hugePages).map(([resource, size]) => [criPageSize(resource), String(size)] as const)
      const quota = cpuCFSQuota ? wanted : 0
      if (unified) {
        makeUnified(base, path)
        write(join(base, path, 'cpu.weight'), weightOf(shares))
        write(join(base, path, 'cpu.max'), quota > 0 ? `${quota} ${period}` : 'max 100000')
        write(join(base, path, 'memory.max'), memory > 0 ? String(memory) : 'max')
        if (podPidsLimit > 0) write(join(base, path, 'pids.max'), String(podPidsLimit))
        for (const [size, limit] of pages) write(join(base, path, `hugetlb.${size}.max`), limit)
        return
      }
      mkdirSync(join(base, 'cpu', path), { recursive: true })
      write(join(base, 'cpu', path, 'cpu.shares'), String(shares))
      if (quota > 0) {
        // Longer first: a quota may not be more than the whole machine in a period.
        write(join(base, 'cpu', path, 'cpu.cfs_period_us'), String(period))
        write(join(base, 'cpu', path, 'cpu.cfs_quota_us'), String(quota))
      }
      mkdirSync(join(base, 'memory', path), { recursive: true })
      if (memory > 0) write(join(base, 'memory', path, 'memory.limit_in_bytes'), String(memory))
      for (const [size, limit] of pages) {
        if (!existsSync(join(base, 'hugetlb'))) break
        mkdirSync(join(base, 'hugetlb', path), { recursive: true })
        write(join(base, 'hugetlb', path, `hugetlb.${size}.limit_in_bytes`), limit)
      }
      if (podPidsLimit > 0) {
        mkdirSync(join(base, 'pids', path), { recursive: true })
        write(join(base, 'pids', path, 'pids.max'), String(podPidsLimit))
      }
    },
    remove(uid) {
      for (const hierarchy of traces) {
        for (const path of levels.map((level) => join(hierarchy, level, `pod${uid}`))) {
          if (isPlain(hierarchy)) rmSync(path, { recursive: true, force: true })
          else removeTree(path)
        }
      }
    },
    settings(pod) {
      const path = parentOf(pod)
      const read = unified ? readUnified(join(base, path)) : readSplit(join(base, 'cpu', path), join(base, 'memory', path))
      if (!read) return undefined
      const { shares, quota, period, memory } = read
      return {
        shares,
        cpuLimitMilli: quota > 0 && period > 0 ? Math.floor((quota * 1000) / period) : undefined,
        memoryLimit: memory > 0 && memory < noMemoryLimit ? memory : undefined,
      }
    },
    memoryUsage: (pod) => numberIn(unified ? join(base, parentOf(pod), 'memory.current') : join(base, 'memory', parentOf(pod), 'memory.usage_in_bytes')),
    processes: (pod) => processesBelow(join(hierarchies.find((each) => existsSync(join(each, parentOf(pod)))) ?? base, parentOf(pod))),
    list() {
      const uids = new Set<string>()
      for (const level of traces.flatMap((hierarchy) => levels.map((each) => join(hierarchy, each)))) {
        for (const name of children(level)) if (name.startsWith('pod')) uids.add(name.slice(3))
      }
      return [...uids]
    },
  }
}

interface RawSettings {
  readonly shares: number
  readonly quota: number
  readonly period: number
  readonly memory: number
}

function readUnified(directory: string): RawSettings | undefined {
  const weight = numberIn(join(directory, 'cpu.weight'))
  const [quota, period] = textIn(join(directory, 'cpu.max'))?.trim().split(' ') ?? []
  if (weight === undefined || period === undefined) return undefined
  // "max" is no number: no limit.
  const memory = numberIn(join(directory, 'memory.max')) || 0
  return { shares: Math.floor(((weight - 1) * 262142) / 9999) + 2, quota: Number(quota) || 0, period: Number(period), memory }
}

function readSplit(cpu: string, memory: string): RawSettings | undefined {
  const shares = numberIn(join(cpu, 'cpu.shares'))
  if (shares === undefined) return undefined
  const of = (file: string) => numberIn(file) ?? 0
  return {
    shares,
    quota: of(join(cpu, 'cpu.cfs_quota_us')),
    period: of(join(cpu, 'cpu.cfs_period_us')),
    memory: of(join(memory, 'memory.limit_in_bytes')),
  }
}

const weightOf = (shares: number): string => String(1 + Math.floor(((shares - 2) * 9999) / 262142))

/** Every level must hand its controllers on before the next has them. */
function makeUnified(base: string, path: string): void {
  let at = base
  for (const part of path.split('/').filter(Boolean)) {
    handOn(at)
    at = join(at, part)
    mkdirSync(at, { recursive: true })
  }
  handOn(at)
}

/** One that the kernel lacks must not keep the others from being handed on. */
function handOn(at: string): void {
  write(join(at, 'cgroup.subtree_control'), '+cpu +memory +pids')
  for (const more of ['+cpuset', '+hugetlb']) write(join(at, 'cgroup.subtree_control'), more)
}

/** Limits are best effort: a kernel without a controller still runs the pod, as the containers' own limits hold. */
function write(file: string, value: string): void {
  try {
    if (existsSync(file)) writeFileSync(file, value)
  } catch {
    // EINVAL where the parent's limit is lower, EBUSY while processes sit there.
  }
}

function numberIn(file: string): number | undefined {
  const text = textIn(file)
  return text === undefined ? undefined : Number(text)
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function children(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .map(({ name }) => name)
  } catch {
    return []
  }
}

function processesBelow(directory: string): number[] {
  let own: number[] = []
  try {
    own = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    // Gone, or a level that only holds others.
  }
  return [...own, ...children(directory).flatMap((child) => processesBelow(join(directory, child)))]
}

function removeTree(directory: string): void {
  if (!existsSync(directory)) return
  for (const child of children(directory)) removeTree(join(directory, child))
  try {
    rmdirSync(directory)
  } catch {
    // Processes still die in there; housekeeping comes again.
  }
}

/** CAP_SYS_RESOURCE, bit 24 of the effective set. */
export function hasSysResource(): boolean {
  const match = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return match ? (BigInt(`0x${match[1]}`) >> 24n) % 2n === 1n : false
}
