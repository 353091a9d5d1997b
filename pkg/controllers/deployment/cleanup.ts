/** Old ReplicaSets beyond revisionHistoryLimit go, the oldest revisions first. */
import { replicaSets } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { revisionOf } from './annotations.ts'
import { replicasOf } from './arithmetic.ts'
import type { Rollout } from './rollout.ts'

export async function cleanUpHistory({ deployment, old, context }: Rollout): Promise<void> {
  const limit = deployment.spec.revisionHistoryLimit
  if (limit === undefined || limit === 2_147_483_647) return
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp).sort((a, b) => Number(revisionOf(a) - revisionOf(b)))
  for (const set of alive.slice(0, Math.max(0, alive.length - limit))) {
    const { metadata, status } = set
    const busy = (status?.replicas ?? 0) !== 0 || replicasOf(set) !== 0 || (metadata.generation ?? 0) > (status?.observedGeneration ?? 0)
    if (busy) continue
    try {
      await context.client.delete(replicaSets, { namespace: metadata.namespace, name: metadata.name })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
