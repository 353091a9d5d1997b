/** The pod's claims by what must be done for them (upstream's GetPodVolumeClaims). */
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/gen/core/v1.ts'
import type { StorageClass } from '#api/gen/storage/v1.ts'
import type { Cycle } from '../../framework/types.ts'
import type { Objects } from '../../state/objects.ts'

export const bindCompleted = 'pv.kubernetes.io/bind-completed'
export const boundByController = 'pv.kubernetes.io/bound-by-controller'
export const selectedNode = 'volume.kubernetes.io/selected-node'

export interface PodClaims {
  readonly bound: readonly PersistentVolumeClaim[]
  /** Bound when the pod has a node. */
  readonly delayed: readonly PersistentVolumeClaim[]
  readonly immediate: readonly PersistentVolumeClaim[]
}

/** Why no node will do; undefined: the claims are as they should be. */
export function claimsProblem({ pod, objects }: Cycle): string | undefined {
  for (const { name, persistentVolumeClaim, ephemeral } of pod.pod.spec.volumes ?? []) {
    if (!persistentVolumeClaim && !ephemeral) continue
    const claimName = persistentVolumeClaim?.claimName ?? `${pod.pod.metadata.name}-${name}`
    const claim = objects.claims.get(pod.namespace, claimName)
    if (!claim) {
      return ephemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${claimName}"`
        : `persistentvolumeclaim "${claimName}" not found`
    }
    if (claim.status?.phase === 'Lost') return `persistentvolumeclaim "${claimName}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`
    if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim "${claimName}" is being deleted`
    if (ephemeral && !isOwnedBy(claim, pod.pod)) {
      return `PVC ${pod.namespace}/${claimName} was not created for pod ${pod.key} (pod is not owner)`
    }
  }
  return undefined
}

function isOwnedBy({ metadata }: PersistentVolumeClaim, { metadata: { uid } }: Pod): boolean {
  return metadata.ownerReferences?.some(({ controller, uid: owner }) => controller && owner === uid) ?? false
}

export function sortClaims({ pod, objects }: Cycle, claimOf: (claim: PersistentVolumeClaim) => PersistentVolumeClaim): PodClaims {
  const bound: PersistentVolumeClaim[] = []
  const delayed: PersistentVolumeClaim[] = []
  const immediate: PersistentVolumeClaim[] = []
  for (const name of new Set(pod.claims)) {
    const claim = claimOf(objects.claims.get(pod.namespace, name)!)
    if (isBound(claim)) bound.push(claim)
    // One that names its volume is bound at once, whatever its class says.
    else if (!claim.spec?.volumeName && classOf(claim, objects)?.volumeBindingMode === 'WaitForFirstConsumer') delayed.push(claim)
    else immediate.push(claim)
  }
  return { bound, delayed, immediate }
}

export function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec?.volumeName) && metadata.annotations?.[bindCompleted] !== undefined
}

export function classNameOf({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? ''
}

export function classOf(claim: PersistentVolumeClaim, { storageClasses }: Objects): StorageClass | undefined {
  const name = classNameOf(claim)
  return name === '' ? undefined : storageClasses.get(undefined, name)
}
