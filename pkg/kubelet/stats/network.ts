/** Counters of network interfaces, as a process sees them in its own network namespace. */
import { readFileSync } from 'node:fs'

export interface Interface {
  readonly name: string
  readonly rxBytes: number
  readonly rxPackets: number
  readonly rxErrors: number
  readonly rxDropped: number
  readonly txBytes: number
  readonly txPackets: number
  readonly txErrors: number
  readonly txDropped: number
}

/** Without the loopback; empty when there is no such process. */
export function interfacesOf(pid: number | 'self' | undefined): Interface[] {
  if (pid === undefined) return []
  try {
    return parseInterfaces(readFileSync(`/proc/${pid}/net/dev`, 'utf8'))
  } catch {
    // It has ended.
    return []
  }
}

export function parseInterfaces(text: string): Interface[] {
  return text
    .split('\n')
    .map((line) => /^\s*([^:\s]+):\s*(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== 'lo')
    .map((match) => {
      const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0, , , , , txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = match![2]!
        .split(/\s+/)
        .map(Number)
      return { name: match![1]!, rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }
    })
}
