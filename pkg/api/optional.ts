/** Resources that Kubernetes 1.36 has and does not serve by default: `--runtime-config` asks for their version, and their feature gate must be on. */
import { storageMigrationDefinitions } from './storagemigration/v1beta1/index.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import type { ResourceDefinition } from './types.ts'

export interface OptionalDefinition {
  readonly definition: ResourceDefinition
  readonly featureGate: string
}

export const optionalDefinitions: readonly OptionalDefinition[] = storageMigrationDefinitions.map((definition) => ({
  definition,
  featureGate: 'StorageVersionMigrator',
}))

/** Those that are served. `versions`: "GROUP/VERSION" of each that is asked for. */
export function optionalServed(versions: ReadonlySet<string>, featureGates: ReadonlySet<string>): ResourceDefinition[] {
  return optionalDefinitions
    .filter(({ definition, featureGate }) => versions.has(apiVersionOf(definition)) && featureGates.has(featureGate))
    .map(({ definition }) => definition)
}
