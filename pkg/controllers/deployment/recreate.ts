/** Recreate: all old pods go, and only when none is left the new ones come. */
import type { ReplicaSet } from '#api/gen/apps/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { isPodTerminal } from '../workload/pod-state.ts'
import { active, sumActual, wanted } from './arithmetic.ts'
import { syncRevisions } from './newest.ts'
import type { Rollout } from './rollout.ts'

export async function recreate(rollout: Rollout, sets: readonly ReplicaSet[]): Promise<void> {
  let scaledDown = false
  for (const old of active(rollout.old)) scaledDown = (await rollout.scale(old, 0)) || scaledDown
  if (scaledDown || oldPodsRun(rollout)) return
  if (!rollout.newest) await syncRevisions(rollout, sets, true)
  if (rollout.newest) await rollout.scale(rollout.newest, wanted(rollout.deployment))
}

function oldPodsRun({ context, old }: Rollout): boolean {
  if (sumActual(old) > 0) return true
  return old.some((set) =>
    context
      .cache(pods)
      .byIndex('controller', set.metadata.uid)
      .some((pod) => !isPodTerminal(pod)),
  )
}
