/** StorageVersionMigration: has every object of a resource written anew, in the form that is stored now. Upstream: pkg/registry/storagemigration. */
import { type StorageVersionMigration, StorageVersionMigrationSchema } from '#api/gen/storagemigration/v1beta1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { nameColumn, text } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus, resetMetadataForStatus, resetsOfWholeMetadata } from '../../doors.ts'
import { validateMigration, validateMigrationStatus, validateMigrationUpdate } from './validate.ts'

export const storageVersionMigration: ResourceDefinition<StorageVersionMigration> = {
  group: 'storagemigration.k8s.io',
  version: 'v1beta1',
  kind: 'StorageVersionMigration',
  plural: 'storageversionmigrations',
  singular: 'storageversionmigration',
  namespaced: false,
  schema: StorageVersionMigrationSchema,
  create: { prepare: (object) => clearStatus(object, StorageVersionMigrationSchema), validate: validateMigration },
  update: { prepare: keepStatus, validate: validateMigrationUpdate },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      resetMetadataForStatus(object, old)
    },
    validate: validateMigrationStatus,
    resets: resetsOfWholeMetadata,
  },
  columns: [nameColumn(), text('Resource', ({ spec }) => resourceText(spec.resource), 'Which resource is written anew.')],
}

const resourceText = ({ group, resource }: StorageVersionMigration['spec']['resource']): string => (group ? `${resource}.${group}` : resource)
