/** Changes in the cluster that may let a pod fit, and who wants to hear of them (upstream's queueing hints). */
import type { Pod } from '#api/gen/core/v1.ts'

export type ClusterEvent =
  | 'Node/Add'
  | 'Node/UpdateAllocatable'
  | 'Node/UpdateLabel'
  | 'Node/UpdateTaint'
  | 'AssignedPod/Add'
  | 'AssignedPod/UpdateLabel'
  | 'AssignedPod/ScaleDown'
  | 'AssignedPod/Delete'
  | 'Namespace/Update'
  | 'PersistentVolumeClaim/Change'
  | 'PersistentVolume/Change'
  | 'StorageClass/Change'
  | 'CSINode/Change'
  | 'CSIDriver/Change'
  | 'CSIStorageCapacity/Change'
  | 'VolumeAttachment/Delete'
  | 'ResourceClaim/Change'
  | 'ResourceSlice/Change'
  | 'DeviceClass/Change'

export interface EventInterest {
  readonly event: ClusterEvent
  /** False: this change cannot help this pod. Absent: any can. */
  hint?(pod: Pod, after: any, before: any): boolean
}
