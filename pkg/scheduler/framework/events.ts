/** Changes in the cluster that may let a pod fit, and who wants to hear of them (upstream's queueing hints). */
import type { Pod } from '#api/gen/core/v1.ts'

export type ClusterEvent =
  | 'Node/Add'
  | 'Node/Delete'
  | 'Node/UpdateAllocatable'
  | 'Node/UpdateLabel'
  | 'Node/UpdateTaint'
  | 'Node/UpdateDeclaredFeature'
  | 'AssignedPod/Add'
  | 'AssignedPod/UpdateLabel'
  | 'AssignedPod/ScaleDown'
  | 'AssignedPod/Delete'
  /** The waiting pod's own changes. */
  | 'UnschedulablePod/Update'
  | 'UnschedulablePod/UpdateLabel'
  | 'UnschedulablePod/ScaleDown'
  | 'UnschedulablePod/UpdateToleration'
  | 'UnschedulablePod/GatesEliminated'
  | 'UnschedulablePod/GeneratedResourceClaim'
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

const storage = new Set(['StorageClass', 'CSINode', 'CSIDriver', 'CSIStorageCapacity', 'VolumeAttachment'])
const devices = new Set(['ResourceClaim', 'ResourceSlice', 'DeviceClass'])
const actions: Readonly<Record<string, string>> = {
  'Node/UpdateAllocatable': 'UpdateNodeAllocatable',
  'Node/UpdateLabel': 'UpdateNodeLabel',
  'Node/UpdateTaint': 'UpdateNodeTaint',
  'Node/UpdateDeclaredFeature': 'UpdateNodeDeclaredFeature',
  UpdateLabel: 'UpdatePodLabel',
  ScaleDown: 'UpdatePodScaleDown',
  UpdateToleration: 'UpdatePodToleration',
  GatesEliminated: 'UpdatePodSchedulingGatesEliminated',
  GeneratedResourceClaim: 'UpdatePodGeneratedResourceClaim',
}

/** Upstream's name of the event in metrics: "NodeUpdateNodeTaint", "storage.k8s.io/CSINodeAdd". */
export function labelOf(event: ClusterEvent, before?: unknown): string {
  const [resource, action] = event.split('/') as [string, string]
  const group = storage.has(resource) ? 'storage.k8s.io/' : devices.has(resource) ? 'resource.k8s.io/' : ''
  return `${group}${resource}${action === 'Change' ? (before ? 'Update' : 'Add') : (actions[event] ?? actions[action] ?? action)}`
}

/** A change of the waiting pod itself, not of another. */
export function isItself(pod: Pod, changed: Pod): boolean {
  return pod.metadata.uid === changed.metadata.uid
}
