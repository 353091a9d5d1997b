/**
 * Storage version migration: every object of a resource is written anew, in the version and under the key that it is stored with today.
 * In: StorageVersionMigrations. Out: their status, an empty apply of each object of their resource, and of a custom resource's definition the
 * condition StorageMigrating and status.storedVersions. Upstream: pkg/controller/storageversionmigrator, whose three controllers (which
 * migration runs, at which version it starts, the migration itself) are one here: a key is a resource, of which one migration runs at a time.
 */
import { storageVersionMigrations } from '#api/gen/resources.ts'
import type { StorageVersionMigration } from '#api/gen/storagemigration/v1beta1.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { completed, failed, isRunning, isTerminal, running, succeeded } from './conditions.ts'
import { finishDefinition, markDefinition } from './definition.ts'
import { migrate } from './migrate.ts'
import { findTarget, type Target } from './target.ts'

/** With the feature gate StorageVersionMigrator alone, which is off by default. */
export function storageVersionMigratorController({ featureGates }: ControllerSettings): Controller | undefined {
  if (!featureGates?.has('StorageVersionMigrator')) return undefined
  return {
    name: 'storage-version-migrator-controller',
    account: 'storage-version-migrator-controller',
    // The API server is asked for the kind by flags of its own.
    isOptional: true,
    inputs: [input(storageVersionMigrations, { keys: (migration) => [resourceOf(migration)], indexes: { resource: (migration) => [resourceOf(migration)] } })],
    outputs: [output(storageVersionMigrations, 'status')],
    reconcile,
  }
}

/** "PLURAL.GROUP": the name that a custom resource's definition would have. */
function resourceOf({ spec }: StorageVersionMigration): string {
  return `${spec.resource.resource}.${spec.resource.group ?? ''}`
}

async function reconcile(key: string, context: ControllerContext): Promise<ReconcileResult | undefined> {
  const migrations = context.cache(storageVersionMigrations).byIndex('resource', key)
  for (const each of migrations) if (isRunning(each) && isTerminal(each)) await finish(each, context)
  const open = migrations.filter((each) => !isTerminal(each))
  const next = open.find(isRunning) ?? open.sort(byAge)[0]
  if (!next) return undefined
  return run(isRunning(next) ? next : await promote(next, context), context)
}

async function run(migration: StorageVersionMigration, context: ControllerContext): Promise<ReconcileResult | undefined> {
  const target = await findTarget(migration, context)
  if ('waitMs' in target) return { requeueAfterMs: target.waitMs }
  const ended = 'failure' in target ? failed(migration, target.failure, context) : await migrated(migration, target, context)
  await finish(await writeStatus(ended, context), context)
  return undefined
}

/** Throws what is to be tried again. */
async function migrated(migration: StorageVersionMigration, target: Target, context: ControllerContext): Promise<StorageVersionMigration> {
  const started = migration.status.resourceVersion ? migration : await writeStatus(startedAt(migration, await target.currentVersion()), context)
  const failure = await migrate(target, started.status.resourceVersion!, context)
  return failure === undefined ? succeeded(started, context) : failed(started, `migration encountered unhandled error: ${failure}`, context)
}

async function promote(migration: StorageVersionMigration, context: ControllerContext): Promise<StorageVersionMigration> {
  await markDefinition(migration, context)
  return writeStatus(running(migration, context), context)
}

/** The definition first: a process that ends between the two finds the migration running still. */
async function finish(migration: StorageVersionMigration, context: ControllerContext): Promise<void> {
  await finishDefinition(migration, context)
  await writeStatus(completed(migration, context), context)
}

const startedAt = (migration: StorageVersionMigration, resourceVersion: string): StorageVersionMigration => ({
  ...migration,
  status: { ...migration.status, resourceVersion },
})

function writeStatus(migration: StorageVersionMigration, { client }: ControllerContext): Promise<StorageVersionMigration> {
  return client.update(storageVersionMigrations, migration, { subresource: 'status' })
}

function byAge({ metadata: a }: StorageVersionMigration, { metadata: b }: StorageVersionMigration): number {
  return Date.parse(a.creationTimestamp ?? '') - Date.parse(b.creationTimestamp ?? '') || (a.name < b.name ? -1 : 1)
}
