/** The contracts of eviction: what is observed, at which thresholds pods must go, and what each pod uses. */
import type { Pod } from '#api/gen/core/v1.ts'

export type Signal = 'memory.available' | 'nodefs.available' | 'nodefs.inodesFree' | 'imagefs.available' | 'imagefs.inodesFree' | 'pid.available'
export type PressureCondition = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'
export type StarvedResource = 'memory' | 'ephemeral-storage' | 'inodes' | 'pids'

export interface Observation {
  readonly available: number
  readonly capacity: number
}
export type Observations = ReadonlyMap<Signal, Observation>

/** A hard threshold: a quantity ("100Mi") or a share of the capacity ("10%"). */
export type Thresholds = Readonly<Partial<Record<Signal, string>>>

/** Upstream's defaults on Linux. */
export const defaultThresholds: Thresholds = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
}

export interface PodUsage {
  readonly pod: Pod
  readonly memoryBytes: number
  /** Writable layers, logs and emptyDirs. */
  readonly diskBytes: number
  readonly inodes: number
  readonly processes: number
  /** Of each emptyDir by its volume's name. */
  readonly emptyDirs: ReadonlyMap<string, number>
  readonly containers: readonly { readonly name: string; readonly memoryBytes: number; readonly diskBytes: number }[]
}
