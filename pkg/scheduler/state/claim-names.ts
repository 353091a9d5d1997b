/** Which claims a pod's volumes are of. */
import type { Pod, Volume } from '#api/gen/core/v1.ts'

/** An ephemeral volume's claim is named after the pod and the volume. */
export function claimNameOf({ metadata }: Pod, { name, persistentVolumeClaim, ephemeral }: Volume): string | undefined {
  return persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined)
}

/** Whether the claim is one of the pod's. */
export function isOwnClaim(pod: Pod, claim: { readonly metadata: { readonly namespace?: string; readonly name: string } }): boolean {
  if (claim.metadata.namespace !== pod.metadata.namespace) return false
  return (pod.spec.volumes ?? []).some((volume) => claimNameOf(pod, volume) === claim.metadata.name)
}
