/** StorageClass. */
import { type StorageClass, StorageClassSchema } from '#api/gen/storage/v1.ts'
import { path } from '#apimachinery/field-error.ts'
import { deprecatedLabel } from '../../core/v1/node-label-warnings.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, classNameColumn, text } from '../../columns.ts'
import { validateStorageClass, validateStorageClassUpdate } from './validate-storage-class.ts'

export const storageClass: ResourceDefinition<StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  namespaced: false,
  schema: StorageClassSchema,
  defaults: (object) => {
    object.reclaimPolicy ??= 'Delete'
    object.volumeBindingMode ??= 'Immediate'
  },
  create: { validate: validateStorageClass, warnings: topologyWarnings },
  update: {
    validate: validateStorageClass,
    validateChange: validateStorageClassUpdate,
    looks: ['metadata', 'rules', 'metadata-change', 'changes'],
    warnings: topologyWarnings,
  },
  allowUnconditionalUpdate: true,
  columns: [
    classNameColumn(['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']),
    text('Provisioner', ({ provisioner }) => provisioner, 'Who makes its volumes.'),
    text('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete', 'What becomes of a volume when its claim is gone.'),
    text('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate', 'When a claim is bound.'),
    text('AllowVolumeExpansion', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false, 'Whether a volume can grow.'),
    ageColumn(),
  ],
}

function topologyWarnings({ allowedTopologies }: StorageClass): string[] {
  return (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, position) =>
    (matchLabelExpressions ?? []).flatMap(({ key }, index) => {
      const at = path('allowedTopologies').index(position).child('matchLabelExpressions').index(index).child('key')
      const message = deprecatedLabel(key)
      return message ? [`${at}: ${message}`] : []
    }),
  )
}
