/** Which volume fits a claim. */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import { compareQuantities } from '#apimachinery/quantity.ts'
import { selectorOf } from '#client/selector.ts'
import { claimClass, isVolumeBoundTo, volumeClass, volumeModeOf } from './annotations.ts'

/**
 * The volume that was promised to the claim, or else the one with the fewest further access modes, and of those the smallest.
 * `delayed`: only promised ones; the scheduler finds the others.
 */
export function findMatch(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[], delayed: boolean): PersistentVolume | undefined {
  const selects = claim.spec.selector ? selectorOf(claim.spec.selector) : () => true
  const fits = volumes.filter((volume) => mayHold(volume, claim))
  const promised = fits.find((volume) => isVolumeBoundTo(volume, claim))
  if (promised || delayed) return promised
  return fits
    .filter(
      (volume) => volume.status?.phase === 'Available' && !volume.spec.claimRef && selects(volume.metadata.labels) && volumeClass(volume) === claimClass(claim),
    )
    .sort(
      (a, b) =>
        (a.spec.accessModes?.length ?? 0) - (b.spec.accessModes?.length ?? 0) ||
        compareQuantities(sizeOf(a), sizeOf(b)) ||
        (a.metadata.name < b.metadata.name ? -1 : 1),
    )[0]
}

function mayHold(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.spec.claimRef && !isVolumeBoundTo(volume, claim)) return false
  if (volume.metadata.deletionTimestamp || volumeModeOf(volume) !== volumeModeOf(claim)) return false
  if ((volume.spec.volumeAttributesClassName ?? '') !== (claim.spec.volumeAttributesClassName ?? '')) return false
  return compareQuantities(sizeOf(volume), requestOf(claim)) >= 0 && hasModes(volume, claim)
}

/** Why the volume that the claim names cannot be its own; undefined when it can. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (compareQuantities(sizeOf(volume), requestOf(claim)) < 0) return 'requested PV is too small'
  if (claimClass(claim) !== volumeClass(volume)) return 'storageClassName does not match'
  if (volumeModeOf(volume) !== volumeModeOf(claim)) return 'incompatible volumeMode'
  if ((volume.spec.volumeAttributesClassName ?? '') !== (claim.spec.volumeAttributesClassName ?? '')) return 'volumeAttributesClassName does not match'
  return hasModes(volume, claim) ? undefined : 'incompatible accessMode'
}

function hasModes({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode))
}

const sizeOf = ({ spec }: PersistentVolume): string => spec.capacity?.storage ?? '0'
const requestOf = ({ spec }: PersistentVolumeClaim): string => spec.resources?.requests?.storage ?? '0'
