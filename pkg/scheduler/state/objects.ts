/** The other objects that scheduling reads; informers satisfy it, and so do tests' own maps. */
import type { Namespace, PersistentVolume, PersistentVolumeClaim, ReplicationController, Service } from '#api/gen/core/v1.ts'
import type { ReplicaSet, StatefulSet } from '#api/gen/apps/v1.ts'
import type { DeviceClass, ResourceClaim, ResourceSlice } from '#api/gen/resource/v1.ts'
import type { PodDisruptionBudget } from '#api/gen/policy/v1.ts'
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '#api/gen/storage/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'

export interface Reader<T extends KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined
  list(namespace?: string): readonly T[]
}

export interface Objects {
  readonly namespaces: Reader<Namespace>
  readonly claims: Reader<PersistentVolumeClaim>
  readonly volumes: Reader<PersistentVolume>
  readonly storageClasses: Reader<StorageClass>
  readonly csiNodes: Reader<CSINode>
  readonly csiDrivers: Reader<CSIDriver>
  readonly csiCapacities: Reader<CSIStorageCapacity>
  readonly budgets: Reader<PodDisruptionBudget>
  readonly services: Reader<Service>
  readonly replicationControllers: Reader<ReplicationController>
  readonly replicaSets: Reader<ReplicaSet>
  readonly statefulSets: Reader<StatefulSet>
  readonly resourceClaims: Reader<ResourceClaim>
  readonly resourceSlices: Reader<ResourceSlice>
  readonly deviceClasses: Reader<DeviceClass>
}
