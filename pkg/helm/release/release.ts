/** A release as it is stored and told of (Helm's pkg/release/v1). */
import type { Dictionary } from '#template/values.ts'
import type { Chart } from '../chart/types.ts'
import type { Hook } from './types.ts'

export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'uninstalled'
  | 'superseded'
  | 'failed'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'

export type HookPhase = '' | 'Unknown' | 'Running' | 'Succeeded' | 'Failed'

/** Times are texts of RFC 3339; empty for none. */
export interface ReleaseInfo {
  firstDeployed: string
  lastDeployed: string
  deleted: string
  description: string
  status: ReleaseStatus
  notes: string
  /** What `status` read from the cluster, by version and kind. */
  resources?: Record<string, unknown[]>
}

export interface ReleaseHook extends Omit<Hook, 'deletePolicies'> {
  deletePolicies: readonly string[]
  lastRun: { startedAt: string; completedAt: string; phase: HookPhase }
}

export interface Release {
  readonly name: string
  readonly namespace: string
  version: number
  info: ReleaseInfo
  chart: Chart | undefined
  config: Dictionary | null
  manifest: string
  hooks: ReleaseHook[]
  labels: Record<string, string>
  readonly applyMethod: '' | 'ssa' | 'csa'
  /** When a working operation of this helm last gave a sign of life, in milliseconds; from the record's annotations. */
  heartbeat?: number
}

export const isPending = (status: ReleaseStatus): boolean => status.startsWith('pending-')

export const hookOf = (hook: Hook): ReleaseHook => ({ ...hook, lastRun: { startedAt: '', completedAt: '', phase: '' } })
