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

export interface EvictionSettings {
  readonly thresholds: Thresholds
  /** Met for their time before they count; pods get a grace of their own then. */
  readonly softThresholds: Thresholds
  readonly softGraceMs: Readonly<Partial<Record<Signal, number>>>
  /** The most that a pod gets that goes for a soft threshold. */
  readonly maxPodGraceSeconds: number
  /** How far beyond the threshold is reclaimed, once it was met. */
  readonly minimumReclaim: Thresholds
  /** How long a condition of pressure holds on after it was last seen. */
  readonly transitionMs: number
  /** Whether pods go that outgrow their own limits of storage. */
  readonly isolatesStorage: boolean
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
  /** Of each its writable layer and its logs. */
  readonly containers: readonly { readonly name: string; readonly memoryBytes: number; readonly diskBytes: number }[]
}
