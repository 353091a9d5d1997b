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
  for (const { claim } of claimsOf(set, ordinal)) {
    const found = cache(persistentVolumeClaims).get(claim.metadata!.namespace, claim.metadata!.name!)
    if (!found || found.metadata.deletionTimestamp) continue
    const current = found.metadata.ownerReferences ?? []
    const next = ownersOf(current, { set, pod, condemned })
    if (!next) continue
    await client.update(persistentVolumeClaims, { ...found, metadata: { ...found.metadata, ownerReferences: next } })
    changed = true
  }
  return changed
}

interface Owners {
  readonly set: StatefulSet
  readonly pod: Pod
  readonly condemned: boolean
}

/** The owners that a claim should have, or undefined where it is left as it is (upstream: isClaimOwnerUpToDate, updateClaimOwnerRefForSetAndPod). */
function ownersOf(current: readonly OwnerReference[], { set, pod, condemned }: Owners): OwnerReference[] | undefined {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  const ours = [setReference(set), podReference(pod)]
  const namesakes = current.filter((each) => ours.some((own) => isNamed(each, own)))
  // A namesake of before: it is the garbage collector's.
  if (namesakes.some(({ uid }) => ours.every((own) => own.uid !== uid))) return undefined
  const isOurs = ({ uid }: OwnerReference) => ours.some((own) => own.uid === uid)
  const mine = current.filter(isOurs)
  const others = current.filter((each) => !ours.some((own) => isNamed(each, own)))
  const retains = whenDeleted === 'Retain' && whenScaled === 'Retain'
  if (!retains && others.some(({ controller }) => controller)) return mine.length > 0 ? others : undefined
  const byPod = condemned && whenScaled === 'Delete'
  const wanted = byPod ? [podReference(pod)] : whenDeleted === 'Delete' ? [setReference(set)] : []
  const isDone = mine.every(({ controller }) => controller) && mine.length === wanted.length && wanted.every(({ uid }) => mine.some((each) => each.uid === uid))
  return isDone ? undefined : [...others, ...wanted]
}

function isNamed(reference: OwnerReference, { apiVersion, kind, name }: OwnerReference): boolean {
  return reference.apiVersion === apiVersion && reference.kind === kind && reference.name === name
}

function setReference({ metadata: { name, uid } }: StatefulSet): OwnerReference {
  return { apiVersion: apiVersionOf(statefulSets), kind: 'StatefulSet', name, uid, controller: true, blockOwnerDeletion: true }
}

function podReference({ metadata: { name, uid } }: Pod): OwnerReference {
  return { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true }
}
