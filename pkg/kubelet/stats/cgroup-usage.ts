/** What the kernel counts of one cgroup, on version 1 and 2, as cAdvisor reads it. What a kernel does not count is left out. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CgroupUsage {
  readonly userSeconds: number | undefined
  readonly systemSeconds: number | undefined
  readonly periods: number | undefined
  readonly throttledPeriods: number | undefined
  readonly throttledSeconds: number | undefined
  readonly cache: number | undefined
  readonly mappedFile: number | undefined
  readonly swap: number | undefined
  readonly activeFile: number | undefined
  readonly inactiveFile: number | undefined
  readonly maxUsage: number | undefined
  readonly kernel: number | undefined
  readonly failures: number | undefined
  readonly threads: number | undefined
  readonly threadsMax: number | undefined
}

const mountPoint = '/sys/fs/cgroup'
const ticksPerSecond = 100

export function cgroupUsage(path: string, base = mountPoint): CgroupUsage {
  return existsSync(join(base, 'cgroup.controllers')) ? unified(join(base, path)) : split((controller) => join(base, controller, path))
}

function split(of: (controller: string) => string): CgroupUsage {
  const memory = table(join(of('memory'), 'memory.stat'))
  const cpu = table(join(of('cpu'), 'cpu.stat'))
  const ticks = table(join(of('cpuacct'), 'cpuacct.stat'))
  const limited = number(join(of('cpu'), 'cpu.cfs_quota_us')) ?? -1
  return {
    userSeconds: scaled(ticks.user, ticksPerSecond),
    systemSeconds: scaled(ticks.system, ticksPerSecond),
    ...quota(limited > 0, cpu, scaled(cpu.throttled_time, 1e9)),
    cache: memory.total_cache,
    mappedFile: memory.total_mapped_file,
    swap: memory.total_swap,
    activeFile: memory.total_active_file,
    inactiveFile: memory.total_inactive_file,
    maxUsage: number(join(of('memory'), 'memory.max_usage_in_bytes')),
    kernel: number(join(of('memory'), 'memory.kmem.usage_in_bytes')),
    failures: number(join(of('memory'), 'memory.failcnt')),
    ...tasks(of('pids')),
  }
}

function unified(directory: string): CgroupUsage {
  const memory = table(join(directory, 'memory.stat'))
  const cpu = table(join(directory, 'cpu.stat'))
  const limited = !/^max/.test(text(join(directory, 'cpu.max')) ?? 'max')
  return {
    userSeconds: scaled(cpu.user_usec, 1e6),
    systemSeconds: scaled(cpu.system_usec, 1e6),
    ...quota(limited, cpu, scaled(cpu.throttled_usec, 1e6)),
    cache: memory.file,
    mappedFile: memory.file_mapped,
    swap: number(join(directory, 'memory.swap.current')),
    activeFile: memory.active_file,
    inactiveFile: memory.inactive_file,
    maxUsage: number(join(directory, 'memory.peak')),
    kernel: memory.kernel,
    failures: table(join(directory, 'memory.events')).max,
    ...tasks(directory),
  }
}

/** Of a cgroup whose CPU is limited, as nothing else is ever throttled. */
const quota = (isLimited: boolean, cpu: Table, throttledSeconds: number | undefined) => ({
  periods: isLimited ? cpu.nr_periods : undefined,
  throttledPeriods: isLimited ? cpu.nr_throttled : undefined,
  throttledSeconds: isLimited ? throttledSeconds : undefined,
})

const tasks = (directory: string) => ({
  threads: number(join(directory, 'pids.current')),
  // "max" is no number: no limit is told as 0.
  threadsMax: existsSync(join(directory, 'pids.max')) ? (number(join(directory, 'pids.max')) ?? 0) : undefined,
})

type Table = Readonly<Record<string, number | undefined>>

function table(file: string): Table {
  const lines = text(file)?.split('\n') ?? []
  return Object.fromEntries(lines.filter(Boolean).map((line) => [line.slice(0, line.indexOf(' ')), Number(line.slice(line.indexOf(' ') + 1))]))
}

const scaled = (value: number | undefined, by: number): number | undefined => (value === undefined ? undefined : value / by)

function number(file: string): number | undefined {
  const value = Number(text(file) ?? Number.NaN)
  return Number.isNaN(value) ? undefined : value
}

function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
