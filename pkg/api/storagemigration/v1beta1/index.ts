/** The kinds of storagemigration.k8s.io, which a server has when it is asked to (`#api/optional.ts`). */
import type { ResourceDefinition } from '#api/types.ts'
import { storageVersionMigration } from './storage-version-migration.ts'

export const storageMigrationDefinitions: readonly ResourceDefinition[] = [storageVersionMigration]
