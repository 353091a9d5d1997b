/** Going back to an earlier revision, which becomes a new one (pkg/action/rollback.go). */
import { ApplyError, deleteObjects, updateObjects } from '../cluster/apply.ts'
import { buildObjects, type ClusterObject } from '../cluster/objects.ts'
import { owned } from '../cluster/ownership.ts'
import { isValidReleaseName } from '../release/name.ts'
import type { Release } from '../release/release.ts'
import { nowText } from '../release/time.ts'
import { ownLabels } from '../storage/record.ts'
import { runHooksToEnd } from './hooks.ts'
import { isStale, recoverStale, withHeartbeat } from './pending.ts'
import { serverSideOf } from './server-side.ts'
import type { ActionContext, DryRun, WaitSettings } from './types.ts'
import { waitForAll } from './waiting.ts'

export interface RollbackOptions {
  /** 0 for the one before the last. */
  readonly version: number
  readonly dryRun: DryRun
  readonly serverSide: string
  readonly forceConflicts: boolean
  readonly forceReplace: boolean
  readonly noHooks: boolean
  readonly wait: WaitSettings
  readonly cleanupOnFail: boolean
  readonly maxHistory: number
}

export async function rollbackRelease(context: ActionContext, name: string, options: RollbackOptions): Promise<void> {
  const { storage } = context
  await context.cluster.reachable()
  if (!isValidReleaseName(name)) throw new Error(`prepareRollback: Release name is invalid: ${name}`)
  if (options.version < 0) throw new Error('invalid release revision')
  const history = await storage.history(name)
  const current = history.at(-1)!
  if (options.dryRun === 'none' && isStale(current, context.clock.now())) await recoverStale(context, current)
  const version = options.version || current.version - 1
  if (!history.some((each) => each.version === version)) throw new Error(`release has no ${version} version`)
  const previous = await storage.get(name, version)
  const serverSide = serverSideOf(options.serverSide, previous.applyMethod)
  const target: Release = {
    name,
    namespace: current.namespace,
    version: current.version + 1,
    info: {
      firstDeployed: current.info.firstDeployed,
      lastDeployed: nowText(),
      deleted: '',
      description: `Rollback to ${version}`,
      status: 'pending-rollback',
      notes: previous.info.notes,
    },
    chart: previous.chart,
    config: previous.config,
    manifest: previous.manifest,
    hooks: previous.hooks,
    labels: ownLabels(previous.labels),
    applyMethod: serverSide ? 'ssa' : 'csa',
  }
  if (options.dryRun !== 'none') return
  await storage.create(target, options.maxHistory)
  await withHeartbeat(context, target, () => perform(context, current, target, serverSide, options))
  await storage.update(target)
}

async function perform(context: ActionContext, current: Release, target: Release, serverSide: boolean, options: RollbackOptions): Promise<void> {
  const { storage } = context
  const record = (release: Release): Promise<void> =>
    storage.update(release).catch((error) => context.log('WARN', 'failed to update release', { name: release.name, revision: release.version, error }))
  const built = (manifest: string, which: string): Promise<ClusterObject[]> =>
    buildObjects(context.cluster, manifest, target.namespace).catch((error) => {
      throw new Error(`unable to build kubernetes objects from ${which} release manifest: ${error.message}`, { cause: error })
    })
  const originals = await built(current.manifest, 'current')
  const targets = owned(await built(target.manifest, 'new'), target)
  const hookRun = { wait: options.wait, serverSide }
  if (!options.noHooks) await runHooksToEnd(context, target, 'pre-rollback', hookRun)
  try {
    const client = await context.cluster.client()
    await updateObjects(
      client,
      originals,
      targets,
      { serverSide, forceReplace: options.forceReplace, forceConflicts: options.forceConflicts, upgradeManager: true },
      (message, fields) => context.log('WARN', message, fields),
    )
  } catch (error) {
    const message = `Rollback ${JSON.stringify(target.name)} failed: ${(error as Error).message}`
    context.log('WARN', message)
    current.info.status = 'superseded'
    Object.assign(target.info, { status: 'failed', description: message })
    await record(current)
    await record(target)
    if (options.cleanupOnFail && error instanceof ApplyError && error.created.length > 0) {
      const problems = await deleteObjects(await context.cluster.client(), error.created, 'Background')
      if (problems.length > 0)
        throw new Error(
          `an error occurred while cleaning up resources. original rollback error: unable to cleanup resources: ${problems.map((each) => each.message).join(', ')}`,
          { cause: error },
        )
    }
    throw error
  }
  try {
    await waitForAll(context, targets, options.wait)
  } catch (error) {
    Object.assign(target.info, { status: 'failed', description: `Release ${JSON.stringify(target.name)} failed: ${(error as Error).message}` })
    await record(current)
    await record(target)
    throw new Error(`release ${target.name} failed: ${(error as Error).message}`, { cause: error })
  }
  if (!options.noHooks) await runHooksToEnd(context, target, 'post-rollback', hookRun)
  for (const release of await storage.deployedAll(target.name)) {
    release.info.status = 'superseded'
    await record(release)
  }
  target.info.status = 'deployed'
}
