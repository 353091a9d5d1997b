/** Which changes matter to a pod whose volumes could not be had (upstream's queueing hints). */
import type { Pod } from '#api/gen/core/v1.ts'
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '#api/gen/storage/v1.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { compareQuantities } from '#apimachinery/quantity.ts'
import type { EventInterest } from '../../framework/events.ts'
import { isOwnClaim } from '../../state/claim-names.ts'

const migratedPlugins = 'storage.alpha.kubernetes.io/migrated-plugins'

export const volumeBindingInterests: readonly EventInterest[] = [
  // A binding mode cannot change.
  {
    event: 'StorageClass/Change',
    hint: (_pod, now: StorageClass, before?: StorageClass) => !before || !semanticEqual(now.allowedTopologies, before.allowedTopologies),
  },
  { event: 'PersistentVolumeClaim/Change', hint: isOwnClaim },
  { event: 'PersistentVolume/Change' },
  { event: 'Node/Add' },
  { event: 'Node/UpdateLabel' },
  { event: 'CSINode/Change', hint: (_pod, now: CSINode, before?: CSINode) => !before || migrated(now) !== migrated(before) },
  { event: 'CSIDriver/Change', hint: countsNoMore },
  // Whose topology and class it is cannot change.
  { event: 'CSIStorageCapacity/Change', hint: (_pod, now: CSIStorageCapacity, before?: CSIStorageCapacity) => !before || grew(now, before) },
]

function migrated({ metadata }: CSINode): string | undefined {
  return metadata.annotations?.[migratedPlugins]
}

/** The driver of one of the pod's own volumes asks no more that its capacity be looked at. */
function countsNoMore({ spec }: Pod, now: CSIDriver, before?: CSIDriver): boolean {
  if (!before?.spec.storageCapacity || now.spec.storageCapacity) return false
  return (spec.volumes ?? []).some(({ csi }) => csi?.driver === now.metadata.name)
}

function grew(now: CSIStorageCapacity, before: CSIStorageCapacity): boolean {
  const [limit, was] = [limitOf(now), limitOf(before)]
  return limit !== undefined && (was === undefined || compareQuantities(limit, was) > 0)
}

/** The largest volume that fits. */
function limitOf({ maximumVolumeSize, capacity }: CSIStorageCapacity): string | undefined {
  return maximumVolumeSize ?? capacity
}
