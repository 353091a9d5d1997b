/** The claim for a pod's extended resources in the API: made, told to the pod, and taken away when the try comes to nothing. */
import type { ContainerExtendedResourceRequest, Pod } from '#api/gen/core/v1.ts'
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import { pods, resourceClaims } from '#api/gen/resources.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Handle } from '../../framework/types.ts'
import { finalizer } from './bind.ts'

const maxAttempts = 5

export async function makeClaim({ metadata, spec }: ResourceClaim, { client }: Handle): Promise<ResourceClaim> {
  const { name: _, uid: __, ...rest } = metadata
  return client.create(resourceClaims, { metadata: rest, spec } as never)
}

/** The kubelet gives each container the devices of its requests. */
export async function tellPod(
  { metadata: { namespace, name, uid } }: Pod,
  { metadata: { name: resourceClaimName } }: ResourceClaim,
  requestMappings: readonly ContainerExtendedResourceRequest[],
  { client }: Handle,
): Promise<void> {
  const status = { extendedResourceClaimStatus: { resourceClaimName, requestMappings } }
  await client.patch(pods, { namespace, name }, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' })
}

/** Without the finalizer, which is ours. */
export async function deleteClaim(claim: ResourceClaim, { client, log }: Handle): Promise<void> {
  const { namespace, name } = claim.metadata
  const key = { namespace, name }
  try {
    let current = await client.get(resourceClaims, key)
    for (let attempt = 1; current.metadata.finalizers?.includes(finalizer); attempt++) {
      const finalizers = current.metadata.finalizers.filter((each) => each !== finalizer)
      try {
        current = await client.update(resourceClaims, { ...current, metadata: { ...current.metadata, finalizers } })
      } catch (error) {
        if (!isConflict(error) || attempt >= maxAttempts) throw error
        current = await client.get(resourceClaims, key)
      }
    }
    await client.delete(resourceClaims, key)
  } catch (error) {
    if (!isNotFound(error)) log.warn('a claim for extended resources could not be deleted', { claim: `${namespace}/${name}`, error })
  }
}
