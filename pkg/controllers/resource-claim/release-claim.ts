/** Takes back the reservations of pods that are done; a claim that nobody uses any longer is deallocated, and one made for such a pod goes. */
import type { ResourceClaim, ResourceClaimConsumerReference } from '#api/gen/resource/v1.ts'
import { pods, resourceClaims } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { isPodDone, owningPod } from './pod-claims.ts'

const finalizer = 'resource.kubernetes.io/delete-protection'

export async function releaseClaim(claim: ResourceClaim, context: ControllerContext): Promise<void> {
  const { reservedFor = [] } = claim.status ?? {}
  const valid: ResourceClaimConsumerReference[] = []
  for (const consumer of reservedFor) if (await stillNeeds(claim, consumer, context)) valid.push(consumer)
  const guarded = claim.metadata.finalizers?.includes(finalizer) ?? false
  if (valid.length < reservedFor.length) await writeReservations(claim, valid, guarded, context)
  else if (guarded && claim.metadata.deletionTimestamp && valid.length === 0) await deallocate(claim, context)
  if (valid.length === 0) await removeUnused(claim, context)
}

/** The cache may not know a pod yet that the scheduler is placing: it has to be asked for before anything is taken from it. */
async function stillNeeds(claim: ResourceClaim, consumer: ResourceClaimConsumerReference, { cache, client }: ControllerContext): Promise<boolean> {
  if ((consumer.apiGroup ?? '') !== '' || consumer.resource !== 'pods') throw new Error(`unsupported ReservedFor entry: ${JSON.stringify(consumer)}`)
  const { namespace } = claim.metadata
  const cached = cache(pods).get(namespace, consumer.name)
  if (cached) return cached.metadata.uid === consumer.uid && !isPodDone(cached)
  try {
    return (await client.get(pods, { namespace, name: consumer.name })).metadata.uid === consumer.uid
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function writeReservations(
  claim: ResourceClaim,
  valid: ResourceClaimConsumerReference[],
  guarded: boolean,
  { client }: ControllerContext,
): Promise<void> {
  const { allocation, reservedFor: _before, ...rest } = claim.status
  // What the scheduler allocated is free again for others.
  const kept = valid.length === 0 && guarded ? {} : allocation ? { allocation } : {}
  const status = { ...rest, ...kept, ...(valid.length > 0 ? { reservedFor: valid } : {}) }
  const written = await client.update(resourceClaims, { ...claim, status }, { subresource: 'status' })
  if (guarded && !written.status?.allocation) await dropFinalizer(written, client)
}

async function deallocate(claim: ResourceClaim, { client }: ControllerContext): Promise<void> {
  const { allocation, ...rest } = claim.status ?? {}
  const written = allocation ? await client.update(resourceClaims, { ...claim, status: rest }, { subresource: 'status' }) : claim
  await dropFinalizer(written, client)
}

async function dropFinalizer(claim: ResourceClaim, client: ControllerContext['client']): Promise<void> {
  const finalizers = (claim.metadata.finalizers ?? []).filter((each) => each !== finalizer)
  if (finalizers.length === (claim.metadata.finalizers ?? []).length) return
  await client.update(resourceClaims, { ...claim, metadata: { ...claim.metadata, finalizers } })
}

/** The garbage collector would come for it once the pod is deleted; a pod that ended may stay for long. */
async function removeUnused(claim: ResourceClaim, { cache, client }: ControllerContext): Promise<void> {
  const owner = owningPod(claim)
  const pod = owner ? cache(pods).get(claim.metadata.namespace, owner.name) : undefined
  if (!owner || !pod || claim.metadata.deletionTimestamp || (pod.metadata.uid === owner.uid && !isPodDone(pod))) return
  const { namespace, name, uid } = claim.metadata
  try {
    await client.delete(resourceClaims, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
