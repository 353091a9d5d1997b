/** A migration's conditions, with upstream's reasons and messages. */
import type { Condition } from '#apimachinery/gen/meta-v1.ts'
import type { StorageVersionMigration } from '#api/gen/storagemigration/v1beta1.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import { conditionOf } from '../workload/conditions.ts'

type Change = Omit<Condition, 'lastTransitionTime'>
interface Timed {
  readonly clock: Clock
}

export function isRunning(migration: StorageVersionMigration): boolean {
  return isTrue(migration, 'Running')
}

export function isTerminal(migration: StorageVersionMigration): boolean {
  return isSuccessful(migration) || isTrue(migration, 'Failed')
}

export function isSuccessful(migration: StorageVersionMigration): boolean {
  return isTrue(migration, 'Succeeded')
}

export function running(migration: StorageVersionMigration, timed: Timed): StorageVersionMigration {
  return withChange(migration, { type: 'Running', status: 'True', reason: 'MigrationRunning', message: 'The migration is running' }, timed)
}

export function succeeded(migration: StorageVersionMigration, timed: Timed): StorageVersionMigration {
  return withChange(migration, { type: 'Succeeded', status: 'True', reason: 'StorageVersionMigrationSucceeded', message: '' }, timed)
}

export function failed(migration: StorageVersionMigration, message: string, timed: Timed): StorageVersionMigration {
  return withChange(migration, { type: 'Failed', status: 'True', reason: 'StorageVersionMigrationFailed', message }, timed)
}

/** It runs no more, however it ended. */
export function completed(migration: StorageVersionMigration, timed: Timed): StorageVersionMigration {
  const { generation } = migration.metadata
  const observed = generation ? { observedGeneration: generation } : {}
  return withChange(migration, { type: 'Running', status: 'False', reason: 'MigrationCompleted', message: 'Migration completed', ...observed }, timed)
}

function isTrue({ status }: StorageVersionMigration, type: string): boolean {
  return conditionOf(status?.conditions, type)?.status === 'True'
}

/** Each condition keeps its place (meta.SetStatusCondition). */
function withChange(migration: StorageVersionMigration, change: Change, { clock }: Timed): StorageVersionMigration {
  const { status } = migration
  const before = status?.conditions ?? []
  const current = conditionOf(before, change.type)
  const next: Condition = { ...change, lastTransitionTime: current?.status === change.status ? current.lastTransitionTime : rfc3339(clock.now()) }
  const conditions = current ? before.map((each) => (each === current ? next : each)) : [...before, next]
  return { ...migration, status: { ...status, conditions } }
}
