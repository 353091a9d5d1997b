/** RollingUpdate: grow the newest ReplicaSet as far as the surge allows, shrink the old ones as far as availability allows. */
import type { ReplicaSet } from '#api/gen/apps/v1.ts'
import { active, minAvailable, newReplicas, replicasOf, sumReplicas, sumSurelyAvailable, wanted } from './arithmetic.ts'
import { oldestFirst, type Rollout } from './rollout.ts'

/** One step; false when there was none to take. */
export async function rollingUpdate(rollout: Rollout): Promise<boolean> {
  return (await scaleNewest(rollout)) || (await scaleOld(rollout))
}

async function scaleNewest(rollout: Rollout): Promise<boolean> {
  const { deployment, newest } = rollout
  if (!newest) return false
  const size = replicasOf(newest)
  if (size > wanted(deployment)) return rollout.scale(newest, wanted(deployment))
  return rollout.scale(newest, newReplicas(deployment, rollout.all, size))
}

async function scaleOld(rollout: Rollout): Promise<boolean> {
  const { deployment, newest } = rollout
  if (sumReplicas(active(rollout.old)) === 0) return false
  const newestUnavailable = newest ? replicasOf(newest) - (newest.status?.availableReplicas ?? 0) : 0
  const most = sumReplicas(rollout.all) - minAvailable(deployment) - newestUnavailable
  if (most <= 0) return false
  const unhealthy = await removeUnhealthy(rollout, most)
  const healthy = await removeHealthy(rollout)
  return unhealthy + healthy > 0
}

/** Pods that serve nobody go first, or a rollout that is stuck could never be undone. */
async function removeUnhealthy(rollout: Rollout, most: number): Promise<number> {
  let removed = 0
  for (const set of oldSets(rollout)) {
    const unavailable = replicasOf(set) - (set.status?.availableReplicas ?? 0)
    const count = Math.min(most - removed, unavailable)
    if (count <= 0) continue
    await rollout.scale(set, replicasOf(set) - count)
    removed += count
  }
  return removed
}

async function removeHealthy(rollout: Rollout): Promise<number> {
  const spare = sumSurelyAvailable(rollout.all) - minAvailable(rollout.deployment)
  let removed = 0
  for (const set of oldSets(rollout)) {
    const count = Math.min(replicasOf(set), spare - removed)
    if (count <= 0) continue
    await rollout.scale(set, replicasOf(set) - count)
    removed += count
  }
  return removed
}

function oldSets(rollout: Rollout): ReplicaSet[] {
  return active(rollout.old).sort(oldestFirst)
}
