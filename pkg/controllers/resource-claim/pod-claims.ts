/** Which ResourceClaim each entry of a pod's spec.resourceClaims stands for (k8s.io/dynamic-resource-allocation/resourceclaim). */
import type { Pod, PodResourceClaim } from '#api/gen/core/v1.ts'
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import { controllerOf } from '../workload/owner.ts'

export interface PodClaim {
  readonly entry: PodResourceClaim
  /** Absent: it has to be made from the template. Null: none is needed. */
  readonly claimName: string | null | undefined
  /** It was made for the pod, and must be its own. */
  readonly generated: boolean
}

export function claimsOf({ spec, status }: Pod): PodClaim[] {
  return (spec.resourceClaims ?? []).map((entry) => {
    if (entry.resourceClaimName !== undefined) return { entry, claimName: entry.resourceClaimName, generated: false }
    const known = status?.resourceClaimStatuses?.find(({ name }) => name === entry.name)
    return { entry, claimName: known ? (known.resourceClaimName ?? null) : undefined, generated: true }
  })
}

/** The keys of the claims that are known by name, the one for extended resources too. */
export function claimKeysOf(pod: Pod): string[] {
  const names = claimsOf(pod)
    .map(({ claimName }) => claimName)
    .filter((name) => typeof name === 'string')
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName
  return [...names, ...(extended ? [extended] : [])].map((name) => `${pod.metadata.namespace}/${name}`)
}

export function isOwnedBy(claim: ResourceClaim, pod: Pod): boolean {
  return controllerOf(claim)?.uid === pod.metadata.uid
}

/** None of its containers runs or ever will. */
export function isPodDone({ metadata, spec, status }: Pod): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true
  return metadata.deletionTimestamp !== undefined && !spec.nodeName
}

/** The pod that a claim was made for. */
export function owningPod(claim: ResourceClaim): { readonly name: string; readonly uid: string } | undefined {
  const owner = controllerOf(claim)
  return owner?.apiVersion === 'v1' && owner.kind === 'Pod' ? owner : undefined
}
