/** CSIStorageCapacity: the room a driver has in one place. */
import { type CSIStorageCapacity, CSIStorageCapacitySchema } from '#api/gen/storage/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { nameColumn, text } from '../../columns.ts'
import { validateCapacity, validateCapacityUpdate } from './validate-csi-storage-capacity.ts'

export const csiStorageCapacity: ResourceDefinition<CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  schema: CSIStorageCapacitySchema,
  create: { validate: validateCapacity },
  update: { validate: validateCapacityUpdate },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('StorageClassName', ({ storageClassName }) => storageClassName, 'The storage class it is for.'),
    text('Capacity', ({ capacity }) => capacity ?? '<unset>', 'The room there is.'),
  ],
}
