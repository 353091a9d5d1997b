/**
 * A custom resource's definition says that its objects are migrated, and after a migration that nothing is stored in older versions: unless it
 * was changed meanwhile, which its generation tells.
 */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { customResourceDefinitions } from '#api/gen/resources.ts'
import type { StorageVersionMigration } from '#api/gen/storagemigration/v1beta1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { isSuccessful } from './conditions.ts'

const fieldManager = 'migration-runner-controller'
const conditionType = 'StorageMigrating'

export async function markDefinition(migration: StorageVersionMigration, context: ControllerContext): Promise<void> {
  const definition = await definitionOf(migration, context)
  if (definition) await apply(definition, 'True', 'MigrationRunning', `Migration ${migration.metadata.name} is running`, {}, context)
}

export async function finishDefinition(migration: StorageVersionMigration, context: ControllerContext): Promise<void> {
  const definition = await definitionOf(migration, context)
  const before = definition?.status?.conditions?.find(({ type }) => type === conditionType)
  if (!definition || before?.status === 'False') return
  if (!isSuccessful(migration)) return apply(definition, 'False', 'MigrationFailed', 'The migration has failed', {}, context)
  const isSame = before?.observedGeneration === definition.metadata.generation
  const told = isSame ? 'and the stored versions have been updated' : 'but the stored versions have not been updated due to a generation mismatch'
  const stored = isSame ? { storedVersions: definition.spec.versions.filter(({ storage }) => storage).map(({ name }) => name) } : {}
  await apply(definition, 'False', 'MigrationSucceeded', `The migration has succeeded ${told}`, stored, context)
}

/** Asked for by a list, which the controller's role allows of everything; it may not get. */
export async function definitionOf({ spec }: StorageVersionMigration, { client }: ControllerContext): Promise<CustomResourceDefinition | undefined> {
  const name = `${spec.resource.resource}.${spec.resource.group ?? ''}`
  const { items } = await client.list(customResourceDefinitions, { fieldSelector: `metadata.name=${name}`, limit: 1 })
  return items[0]
}

/** By the version that was read: a definition that was changed since is a conflict. */
async function apply(
  { metadata }: CustomResourceDefinition,
  status: 'True' | 'False',
  reason: string,
  message: string,
  more: { readonly storedVersions?: readonly string[] },
  { client, clock }: ControllerContext,
): Promise<void> {
  const { name, resourceVersion, generation } = metadata
  const condition = { type: conditionType, status, lastTransitionTime: rfc3339(clock.now()), reason, message, observedGeneration: generation }
  const patch = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, resourceVersion },
    status: { conditions: [condition], ...more },
  }
  await client.patch(customResourceDefinitions, { name }, patch, { type: 'apply', fieldManager, force: true, subresource: 'status' })
}
