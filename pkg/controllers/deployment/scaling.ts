/** A change of spec.replicas, also in the middle of a rollout: every ReplicaSet grows or shrinks by its share. */
import type { ReplicaSet } from '#api/gen/apps/v1.ts'
import { desiredReplicasOf } from './annotations.ts'
import { active, isRollingUpdate, maxSurge, proportion, replicasOf, sumReplicas, wanted } from './arithmetic.ts'
import { oldestFirst, type Rollout } from './rollout.ts'

/** Was spec.replicas changed since the ReplicaSets were last sized? */
export function isScalingEvent(rollout: Rollout): boolean {
  return active(rollout.all).some((set) => {
    const desired = desiredReplicasOf(set)
    return desired !== undefined && desired !== wanted(rollout.deployment)
  })
}

export async function scale(rollout: Rollout): Promise<void> {
  const { deployment } = rollout
  const only = activeOrLatest(rollout)
  if (only) {
    await rollout.scale(only, wanted(deployment))
    return
  }
  if (isSaturated(rollout)) {
    for (const old of active(rollout.old)) await rollout.scale(old, 0)
    return
  }
  if (isRollingUpdate(deployment)) await scaleProportionally(rollout)
}

function activeOrLatest({ newest, old, all }: Rollout): ReplicaSet | undefined {
  const running = active(all)
  if (running.length === 1) return running[0]
  return running.length === 0 ? (newest ?? [...old].sort(oldestFirst).at(-1)) : undefined
}

function isSaturated({ deployment, newest }: Rollout): boolean {
  const size = wanted(deployment)
  return newest !== undefined && replicasOf(newest) === size && desiredReplicasOf(newest) === size && (newest.status?.availableReplicas ?? 0) === size
}

async function scaleProportionally(rollout: Rollout): Promise<void> {
  const { deployment } = rollout
  const allowed = wanted(deployment) > 0 ? wanted(deployment) + maxSurge(deployment) : 0
  const running = active(rollout.all)
  const toAdd = allowed - sumReplicas(running)
  // The largest first; among equals the newest grows first and the oldest shrinks first.
  running.sort((a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? oldestFirst(b, a) : oldestFirst(a, b)))
  let added = 0
  const sizes = running.map((set) => {
    const share = proportion(set, deployment, toAdd, added)
    added += share
    return replicasOf(set) + share
  })
  for (const [index, set] of running.entries()) {
    const size = index === 0 && toAdd !== 0 ? Math.max(0, sizes[0]! + toAdd - added) : sizes[index]!
    await rollout.resize(set, size)
  }
}
