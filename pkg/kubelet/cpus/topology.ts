/** The machine's CPUs, as cores of one or more threads. */
import { readFileSync } from 'node:fs'
import { parseCpuSet } from './cpu-set.ts'

export type Cores = readonly (readonly number[])[]

export function machineCores(root = '/sys/devices/system/cpu'): Cores {
  const online = parseCpuSet(readFileSync(`${root}/online`, 'utf8'))
  const cores = new Map<string, number[]>()
  for (const cpu of online) {
    let siblings = String(cpu)
    try {
      siblings = readFileSync(`${root}/cpu${cpu}/topology/thread_siblings_list`, 'utf8').trim()
    } catch {
      // A machine that does not tell: each is a core of its own.
    }
    cores.set(siblings, [...(cores.get(siblings) ?? []), cpu])
  }
  return [...cores.values()]
}
