/** What the server warns of in persistent volumes (upstream: pkg/api/persistentvolume/util.go). */
import { path } from '#apimachinery/field-error.ts'
import type { PersistentVolume } from '#api/gen/core/v1.ts'
import { selectorTermWarnings } from '../node-label-warnings.ts'
import { storageClassAnnotationWarning } from '../persistent-volume-claim/warnings.ts'

const mountOptions = 'volume.beta.kubernetes.io/mount-options'
const removed = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
] as const

export function persistentVolumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const at = path('spec')
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? []
  const annotations = metadata.annotations ?? {}
  return [
    ...('volume.beta.kubernetes.io/storage-class' in annotations ? [storageClassAnnotationWarning] : []),
    ...(mountOptions in annotations ? [`metadata.annotations[${mountOptions}]: deprecated since v1.31; use "mountOptions" attribute instead`] : []),
    ...terms.flatMap((term, position) => selectorTermWarnings(term, at.child('nodeAffinity', 'required', 'nodeSelectorTerms').index(position))),
    ...removed.filter(([source]) => spec[source === 'storageOS' ? 'storageos' : source]).map(([source, message]) => `${at.child(source)}: ${message}`),
  ]
}
