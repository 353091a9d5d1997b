/** The node's memory as the root cgroup has it: what is used, what of that is at work, what is left (cAdvisor's working set). */
import { readFileSync } from 'node:fs'

export interface NodeMemory {
  readonly capacityBytes: number
  readonly usageBytes: number
  /** Used, without the files' pages that nobody has asked for again. */
  readonly workingSetBytes: number
  /** Capacity without the working set: the signal memory.available. */
  readonly availableBytes: number
  readonly rssBytes: number
}

export function nodeMemory(meminfo = readFileSync('/proc/meminfo', 'utf8')): NodeMemory {
  const bytesOf = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0) * 1024
  const capacityBytes = bytesOf('MemTotal')
  const usageBytes = capacityBytes - bytesOf('MemFree')
  const workingSetBytes = Math.max(0, usageBytes - bytesOf('Inactive\\(file\\)'))
  return { capacityBytes, usageBytes, workingSetBytes, availableBytes: capacityBytes - workingSetBytes, rssBytes: bytesOf('AnonPages') }
}
