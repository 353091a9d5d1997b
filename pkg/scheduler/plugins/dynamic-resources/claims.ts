/** The ResourceClaims of a pod (k8s.io/dynamic-resource-allocation/resourceclaim). */
import type { Pod } from '#api/gen/core/v1.ts'
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import type { Reader } from '../../state/objects.ts'

/** Throws in upstream's words when one is not there, is going, or is another pod's. */
export function podClaims(pod: Pod, claims: Reader<ResourceClaim>): ResourceClaim[] {
  const { namespace, name, uid } = pod.metadata
  const found: ResourceClaim[] = []
  for (const entry of pod.spec.resourceClaims ?? []) {
    const status = pod.status?.resourceClaimStatuses?.find((each) => each.name === entry.name)
    const claimName = entry.resourceClaimName ?? status?.resourceClaimName
    if (claimName === undefined) {
      // The controller says so when the template asks for nothing.
      if (status) continue
      throw new Error(`pod "${namespace}/${name}": ResourceClaim not created yet`)
    }
    const claim = claims.get(namespace, claimName)
    if (!claim) throw new Error(`resourceclaim.resource.k8s.io "${claimName}" not found`)
    if (claim.metadata.deletionTimestamp) throw new Error(`resourceclaim "${claimName}" is being deleted`)
    if (entry.resourceClaimName === undefined && !claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid)) {
      throw new Error(`ResourceClaim ${namespace}/${claimName} was not created for Pod ${namespace}/${name} (Pod is not owner)`)
    }
    found.push(claim)
  }
  return found
}

export function usesClaim(pod: Pod, { metadata }: ResourceClaim): boolean {
  if (metadata.namespace !== pod.metadata.namespace) return false
  return (pod.spec.resourceClaims ?? []).some(({ name, resourceClaimName }) => {
    const generated = pod.status?.resourceClaimStatuses?.find((each) => each.name === name)?.resourceClaimName
    return (resourceClaimName ?? generated) === metadata.name
  })
}

export function isReservedFor(claim: ResourceClaim, uid: string): boolean {
  return (claim.status?.reservedFor ?? []).some((each) => each.uid === uid)
}
