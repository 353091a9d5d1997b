/** Pressure stall information of a cgroup of version 2; a kernel without it, and version 1, have none. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface PressureLine {
  readonly total: number
  readonly avg10: number
  readonly avg60: number
  readonly avg300: number
}
export interface Pressure {
  readonly full: PressureLine
  readonly some: PressureLine
}

const none: PressureLine = { total: 0, avg10: 0, avg60: 0, avg300: 0 }

export function readPressure(cgroup: string, of: 'cpu' | 'memory' | 'io'): Pressure | undefined {
  let text: string
  try {
    text = readFileSync(join(cgroup, `${of}.pressure`), 'utf8')
  } catch {
    return undefined
  }
  return parsePressure(text)
}

export function parsePressure(text: string): Pressure {
  const line = (name: string): PressureLine => {
    const match = new RegExp(`^${name} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+) total=(\\d+)`, 'm').exec(text)
    // Microseconds in the kernel's file, nanoseconds in the summary.
    return match ? { total: Number(match[4]) * 1000, avg10: Number(match[1]), avg60: Number(match[2]), avg300: Number(match[3]) } : none
  }
  return { full: line('full'), some: line('some') }
}
