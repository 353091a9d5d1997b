/** VolumeAttributesClass. */
import { type VolumeAttributesClass, VolumeAttributesClassSchema } from '#api/gen/storage/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { validateVolumeAttributesClass, validateVolumeAttributesClassUpdate } from './validate-volume-attributes-class.ts'

export const volumeAttributesClass: ResourceDefinition<VolumeAttributesClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  namespaced: false,
  schema: VolumeAttributesClassSchema,
  create: { validate: validateVolumeAttributesClass },
  update: {
    validate: validateVolumeAttributesClass,
    validateChange: validateVolumeAttributesClassUpdate,
    looks: ['metadata-change', 'changes', 'metadata', 'rules'],
  },
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), text('DriverName', ({ driverName }) => driverName, 'The driver it is for.'), ageColumn()],
}
