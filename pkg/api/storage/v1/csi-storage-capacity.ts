/** CSIStorageCapacity: the room a driver has in one place. */
import { type CSIStorageCapacity, CSIStorageCapacitySchema } from '#api/gen/storage/v1.ts'
import { path } from '#apimachinery/field-error.ts'
import { labelSelectorWarnings } from '../../core/v1/node-label-warnings.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { createdAtColumns } from '../../columns.ts'
import { validateCapacity, validateCapacityUpdate } from './validate-csi-storage-capacity.ts'

export const csiStorageCapacity: ResourceDefinition<CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  schema: CSIStorageCapacitySchema,
  create: { validate: validateCapacity, warnings: ({ nodeTopology }) => labelSelectorWarnings(nodeTopology, path('nodeTopology')) },
  update: {
    validate: validateCapacity,
    validateChange: validateCapacityUpdate,
    looks: ['metadata', 'rules', 'metadata-change', 'changes'],
    warnings: ({ nodeTopology }) => labelSelectorWarnings(nodeTopology, path('nodeTopology')),
  },
  columns: createdAtColumns(),
}
