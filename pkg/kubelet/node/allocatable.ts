/** What pods may have of the node: its capacity less systemReserved, kubeReserved and the hard eviction thresholds ("Reserve Compute Resources"). */
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import { parseCpuSet } from '../cpus/cpu-set.ts'
import { quantityOf } from '../eviction/thresholds.ts'
import { bytes, milli } from '../runtime/resources.ts'
import type { Machine } from './machine.ts'

type Reservations = Pick<CompleteConfiguration, 'systemReserved' | 'kubeReserved' | 'evictionHard' | 'reservedSystemCPUs'>

export function allocatable(
  capacity: Readonly<Record<string, string>>,
  { cpus, memoryBytes, diskBytes }: Machine,
  { systemReserved, kubeReserved, evictionHard, reservedSystemCPUs }: Reservations,
  /** Memory that lies in huge pages is nobody's as memory. */
  hugePagesBytes = 0,
): Record<string, string> {
  const reserved = (name: string, read: (text: string | undefined) => number) => read(systemReserved?.[name]) + read(kubeReserved?.[name])
  const threshold = (signal: string, of: number) => (evictionHard[signal] === undefined ? 0 : quantityOf(evictionHard[signal], of))
  // CPUs that are named go before amounts.
  const cpuReserved = reservedSystemCPUs ? parseCpuSet(reservedSystemCPUs).length * 1000 : reserved('cpu', milli)
  const cpu = Math.max(0, cpus * 1000 - cpuReserved)
  const memory = Math.max(0, memoryBytes - reserved('memory', bytes) - threshold('memory.available', memoryBytes) - hugePagesBytes)
  const disk = Math.max(0, diskBytes - reserved('ephemeral-storage', bytes) - threshold('nodefs.available', diskBytes))
  return {
    ...capacity,
    cpu: cpu % 1000 === 0 ? String(cpu / 1000) : `${cpu}m`,
    memory: `${Math.floor(memory / 1024)}Ki`,
    'ephemeral-storage': String(Math.floor(disk)),
  }
}
