/** The marks that claims and volumes carry, and the questions that are answered by them alone. */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import type { StorageClass } from '#api/gen/storage/v1.ts'

export const bindCompleted = 'pv.kubernetes.io/bind-completed'
/** Our binding, not the user's: it may be undone. */
export const boundByController = 'pv.kubernetes.io/bound-by-controller'
/** Who made the volume, and so who removes it. */
export const provisionedBy = 'pv.kubernetes.io/provisioned-by'
/** The scheduler's choice for a claim that waits for its first consumer. */
export const selectedNode = 'volume.kubernetes.io/selected-node'
export const storageProvisioner = 'volume.kubernetes.io/storage-provisioner'
export const storageProvisionerBeta = 'volume.beta.kubernetes.io/storage-provisioner'
const classBeta = 'volume.beta.kubernetes.io/storage-class'

export function claimClass({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.[classBeta] ?? spec.storageClassName ?? ''
}

/** A claim that says nothing of a class, which is not the same as the class "". */
export function hasNoClass({ metadata, spec }: PersistentVolumeClaim): boolean {
  return metadata.annotations?.[classBeta] === undefined && spec.storageClassName === undefined
}

export function volumeClass({ metadata, spec }: PersistentVolume): string {
  return metadata.annotations?.[classBeta] ?? spec.storageClassName ?? ''
}

export function waitsForConsumer(found: StorageClass | undefined): boolean {
  return found?.volumeBindingMode === 'WaitForFirstConsumer'
}

/** The volume says that it is this claim's; a reference without a uid is a user's wish made beforehand. */
export function isVolumeBoundTo({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = spec.claimRef
  if (!reference || reference.name !== metadata.name || reference.namespace !== metadata.namespace) return false
  return !reference.uid || reference.uid === metadata.uid
}

export function volumeModeOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec.volumeMode ?? 'Filesystem'
}
