/** What the provisioner can make, and the volume object for it. */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/gen/core/v1.ts'
import type { StorageClass } from '#api/gen/storage/v1.ts'
import type { Draft } from '#apimachinery/object.ts'
import { provisionedBy } from '../persistent-volume/annotations.ts'

export const provisionerName = 'k8ts.io/local-path'
/** Holds a volume object until its directory is gone (as the sidecars of other provisioners do). */
export const directoryFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer'
const hostname = 'kubernetes.io/hostname'
const modes = new Set(['ReadWriteOnce', 'ReadWriteOncePod'])

export const volumeNameFor = ({ metadata }: PersistentVolumeClaim): string => `pvc-${metadata.uid}`

/** Why a directory of one node cannot be what the claim asks for. */
export function unsupported({ spec }: PersistentVolumeClaim): string | undefined {
  const other = spec.accessModes?.find((mode) => !modes.has(mode))
  if (other) return `access mode ${other} is not supported: a directory of one node can be ReadWriteOnce or ReadWriteOncePod`
  if (spec.volumeMode === 'Block') return 'volumeMode Block is not supported'
  if (spec.dataSource || spec.dataSourceRef) return 'data sources are not supported'
  return spec.selector ? 'claim.Spec.Selector is not supported' : undefined
}

export function volumeObject(claim: PersistentVolumeClaim, storageClass: StorageClass, nodeName: string, host: string, path: string): Draft<PersistentVolume> {
  const { namespace, name, uid, resourceVersion } = claim.metadata
  return {
    metadata: { name: volumeNameFor(claim), annotations: { [provisionedBy]: provisionerName, [nodeAnnotation]: nodeName }, finalizers: [directoryFinalizer] },
    spec: {
      capacity: { storage: claim.spec.resources.requests?.storage ?? '0' },
      accessModes: claim.spec.accessModes ?? [],
      claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: namespace!, name, uid, resourceVersion: resourceVersion! },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: 'Filesystem',
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: hostname, operator: 'In', values: [host] }] }] } },
    },
  }
}

/** The node's name, which its host name label need not be. */
const nodeAnnotation = 'k8ts.io/local-path-node'

export function nodeOf({ metadata }: PersistentVolume): string | undefined {
  return metadata.annotations?.[nodeAnnotation]
}
