/** The writes that join a claim and a volume, or part them. Each can be repeated; a half-made binding is finished by the next try. */
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimStatus } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { writeStatus } from '../workload/status-write.ts'
import { bindCompleted, boundByController, isVolumeBoundTo } from './annotations.ts'

/** Volume first: whoever gets its reference in has won it. */
export async function bind(volume: PersistentVolume, claim: PersistentVolumeClaim, context: ControllerContext): Promise<void> {
  const held = await referToClaim(volume, claim, context)
  const bound = await setVolumePhase(held, 'Bound', '', context)
  const named = await referToVolume(claim, bound, context)
  await setClaimBound(named, bound, context)
}

async function referToClaim(volume: PersistentVolume, claim: PersistentVolumeClaim, { client }: ControllerContext): Promise<PersistentVolume> {
  const { namespace, name, uid, resourceVersion } = claim.metadata
  const promised = isVolumeBoundTo(volume, claim)
  if (promised && volume.spec.claimRef?.uid === uid) return volume
  const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: namespace!, name, uid, resourceVersion: resourceVersion! }
  const annotations = promised ? volume.metadata.annotations : { ...volume.metadata.annotations, [boundByController]: 'yes' }
  const metadata = { ...volume.metadata, ...(annotations ? { annotations } : {}) }
  return client.update(persistentVolumes, { ...volume, metadata, spec: { ...volume.spec, claimRef } })
}

async function referToVolume(
  claim: PersistentVolumeClaim,
  { metadata: { name } }: PersistentVolume,
  { client }: ControllerContext,
): Promise<PersistentVolumeClaim> {
  const { annotations = {} } = claim.metadata
  const ours = claim.spec.volumeName !== name
  if (!ours && annotations[bindCompleted] !== undefined) return claim
  const next = { ...annotations, [bindCompleted]: 'yes', ...(ours ? { [boundByController]: 'yes' } : {}) }
  return client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations: next }, spec: { ...claim.spec, volumeName: name } })
}

async function setClaimBound(claim: PersistentVolumeClaim, { spec }: PersistentVolume, { client }: ControllerContext): Promise<void> {
  const { status } = claim
  // A bound claim's capacity is the resizer's to change.
  const capacity = status?.phase === 'Bound' && status.capacity ? status.capacity : spec.capacity
  const next: PersistentVolumeClaimStatus = {
    ...status,
    phase: 'Bound',
    ...(spec.accessModes ? { accessModes: spec.accessModes } : {}),
    ...(capacity ? { capacity } : {}),
    ...(status?.phase !== 'Bound' && spec.volumeAttributesClassName ? { currentVolumeAttributesClassName: spec.volumeAttributesClassName } : {}),
  }
  await writeStatus(client, persistentVolumeClaims, claim, next)
}

export async function setClaimPending(claim: PersistentVolumeClaim, { client }: ControllerContext): Promise<void> {
  if (claim.status?.phase === 'Pending' && !claim.status.accessModes && !claim.status.capacity) return
  const { accessModes: _modes, capacity: _capacity, ...rest } = claim.status ?? {}
  await writeStatus(client, persistentVolumeClaims, claim, { ...rest, phase: 'Pending' })
}

export async function setClaimLost(claim: PersistentVolumeClaim, reason: string, message: string, { client, events }: ControllerContext): Promise<void> {
  if (claim.status?.phase === 'Lost') return
  const { accessModes: _modes, capacity: _capacity, ...rest } = claim.status ?? {}
  await writeStatus(client, persistentVolumeClaims, claim, { ...rest, phase: 'Lost' })
  events.event(claim, 'Warning', reason, message)
}

export async function setVolumePhase(
  volume: PersistentVolume,
  phase: 'Available' | 'Bound' | 'Released' | 'Failed',
  message: string,
  { client }: ControllerContext,
): Promise<PersistentVolume> {
  if (volume.status?.phase === phase) return volume
  return writeStatus(client, persistentVolumes, volume, { ...volume.status, phase, message, reason: '' })
}

/** Frees the volume from a claim that took another one: our own reference goes, a user's loses its uid only. */
export async function unbind(volume: PersistentVolume, context: ControllerContext): Promise<void> {
  const { [boundByController]: ours, ...annotations } = volume.metadata.annotations ?? {}
  const { claimRef, ...spec } = volume.spec
  const { uid: _uid, ...promise } = claimRef!
  const next =
    ours === undefined ? { ...volume, spec: { ...spec, claimRef: promise } } : { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...spec } }
  await setVolumePhase(await context.client.update(persistentVolumes, next as PersistentVolume), 'Available', '', context)
}
