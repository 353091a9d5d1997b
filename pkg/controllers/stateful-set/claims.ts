/** Makes a pod's claims before the pod, and says who takes them along when it goes (persistentVolumeClaimRetentionPolicy). */
import type { StatefulSet } from '#api/gen/apps/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, statefulSets } from '#api/gen/resources.ts'
import { apiVersionOf, type OwnerReference } from '#apimachinery/object.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { claimsOf } from './identity.ts'

export async function ensureClaims(set: StatefulSet, ordinal: number, podName: string, { client, cache, events }: ControllerContext): Promise<void> {
  for (const { claim } of claimsOf(set, ordinal)) {
    const { name, namespace } = claim.metadata!
    const found = cache(persistentVolumeClaims).get(namespace, name!)
    if (found?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`)
    if (found) continue
    const ownerReferences = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete' ? [setReference(set)] : []
    try {
      await client.create(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, ...(ownerReferences.length > 0 ? { ownerReferences } : {}) } })
      events.event(set, 'Normal', 'SuccessfulCreate', `Create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`)
    } catch (error) {
      if (isAlreadyExists(error)) continue
      events.event(
        set,
        'Warning',
        'FailedCreate',
        `Create Claim ${name} for Pod ${podName} in StatefulSet ${set.metadata.name} failed error: ${(error as Error).message}`,
      )
      throw error
    }
  }
}

/** Brings the owners of a pod's claims in line with the policy, and says whether they were not; `condemned`: the pod goes because the set shrinks. */
export async function ensureClaimOwners(
  set: StatefulSet,
  ordinal: number,
  pod: Pod,
  condemned: boolean,
  { client, cache }: ControllerContext,
): Promise<boolean> {
  let changed = false
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  for (const { claim } of claimsOf(set, ordinal)) {
    const found = cache(persistentVolumeClaims).get(claim.metadata!.namespace, claim.metadata!.name!)
    if (!found || found.metadata.deletionTimestamp) continue
    const byPod = condemned && whenScaled === 'Delete'
    const wanted: OwnerReference[] = byPod ? [podReference(pod)] : whenDeleted === 'Delete' ? [setReference(set)] : []
    const current = found.metadata.ownerReferences ?? []
    const others = current.filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid)
    const next = [...others, ...wanted]
    if (next.length === current.length && next.every(({ uid }) => current.some((each) => each.uid === uid))) continue
    await client.update(persistentVolumeClaims, { ...found, metadata: { ...found.metadata, ownerReferences: next } })
    changed = true
  }
  return changed
}

function setReference({ metadata: { name, uid } }: StatefulSet): OwnerReference {
  return { apiVersion: apiVersionOf(statefulSets), kind: 'StatefulSet', name, uid, controller: true, blockOwnerDeletion: true }
}

function podReference({ metadata: { name, uid } }: Pod): OwnerReference {
  return { apiVersion: 'v1', kind: 'Pod', name, uid }
}
