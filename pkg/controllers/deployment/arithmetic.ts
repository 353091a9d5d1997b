/** How many pods a Deployment may have too many or too few, and how replicas are spread over ReplicaSets. */
import type { Deployment, ReplicaSet } from '#api/gen/apps/v1.ts'
import { maxReplicasOf } from './annotations.ts'

export function wanted(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'
}

/** A number, or a percentage of `total`; anything else is 0. */
export function scaledValue(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value ?? '')
  if (!percent) return 0
  const exact = (Number(percent[1]) * total) / 100
  return roundUp ? Math.ceil(exact) : Math.floor(exact)
}

/** Surge rounds up, unavailability down; both 0 would never move, so one may then be unavailable. */
export function fenceposts(
  surge: number | string | undefined,
  unavailable: number | string | undefined,
  total: number,
): { surge: number; unavailable: number } {
  const resolved = { surge: scaledValue(surge, total, true), unavailable: scaledValue(unavailable, total, false) }
  return resolved.surge === 0 && resolved.unavailable === 0 ? { surge: 0, unavailable: 1 } : resolved
}

export function maxSurge(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0
  const { maxSurge: surge = '25%', maxUnavailable: unavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {}
  return fenceposts(surge, unavailable, wanted(deployment)).surge
}

export function maxUnavailable(deployment: Deployment): number {
  if (!isRollingUpdate(deployment) || wanted(deployment) === 0) return 0
  const { maxSurge: surge = '25%', maxUnavailable: unavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {}
  return Math.min(fenceposts(surge, unavailable, wanted(deployment)).unavailable, wanted(deployment))
}

export function minAvailable(deployment: Deployment): number {
  return wanted(deployment) - maxUnavailable(deployment)
}

export const replicasOf = (set: ReplicaSet): number => set.spec.replicas ?? 1
export const sumReplicas = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + replicasOf(set), 0)
export const sumAvailable = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
export const sumActual = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + (set.status?.replicas ?? 0), 0)
export const active = (sets: readonly ReplicaSet[]): ReplicaSet[] => sets.filter((set) => replicasOf(set) > 0)

/** The most pods there can be: a set that was made smaller may not have let go of them yet. */
const sumAtMost = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + Math.max(replicasOf(set), set.status?.replicas ?? 0), 0)

/** The pods that are available for certain: a set that was made smaller is about to lose some that its status still counts. */
export const sumSurelyAvailable = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + Math.min(replicasOf(set), set.status?.availableReplicas ?? 0), 0)

/** What the newest ReplicaSet may grow to now. */
export function newReplicas(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  if (!isRollingUpdate(deployment)) return wanted(deployment)
  const room = wanted(deployment) + maxSurge(deployment) - sumAtMost(all)
  return room <= 0 ? current : current + Math.min(room, wanted(deployment) - current)
}

/** A ReplicaSet's share of `toAdd` (which may be negative), of which `added` is spent. */
export function proportion(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  if (replicasOf(set) === 0 || toAdd === 0 || toAdd === added) return 0
  const share = fraction(set, deployment)
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added)
}

function fraction(set: ReplicaSet, deployment: Deployment): number {
  if (wanted(deployment) === 0) return -replicasOf(set)
  const before = maxReplicasOf(set) ?? deployment.status?.replicas ?? 0
  if (before === 0) return 0
  const exact = (replicasOf(set) * (wanted(deployment) + maxSurge(deployment))) / before
  // Go rounds half away from zero; sizes are never negative.
  return Math.floor(exact + 0.5) - replicasOf(set)
}
