/** Upgrading a release to another chart or other values (pkg/action/upgrade.go). */
import { deepCopy } from '#template/sprig/dicts.ts'
import { type Dictionary, dictionary } from '#template/values.ts'
import { processDependencies } from '../chart/dependencies.ts'
import type { Chart } from '../chart/types.ts'
import { ApplyError, deleteObjects, updateObjects } from '../cluster/apply.ts'
import { buildObjects, type ClusterObject, sameObject } from '../cluster/objects.ts'
import { existing, owned } from '../cluster/ownership.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions } from '../engine/capabilities.ts'
import { isValidReleaseName } from '../release/name.ts'
import { hookOf, isPending, type Release } from '../release/release.ts'
import { type RenderReleaseOptions, renderRelease } from '../release/render-release.ts'
import { nowText } from '../release/time.ts'
import { ownLabels } from '../storage/record.ts'
import { NoDeployedReleases, ReleaseNotFound } from '../storage/types.ts'
import { coalesceTables, coalesceValues } from '../values/coalesce.ts'
import { runHooksToEnd } from './hooks.ts'
import { ActionFailure, type ChangeOptions, checkLabels } from './install.ts'
import { isStale, recoverStale, refusePending, withHeartbeat } from './pending.ts'
import { renderWithLookup } from './render.ts'
import { rollbackRelease } from './rollback.ts'
import { serverSideOf } from './server-side.ts'
import type { ActionContext, WaitSettings } from './types.ts'
import { waitForAll } from './waiting.ts'

export interface UpgradeOptions extends Omit<ChangeOptions, 'serverSide'> {
  readonly serverSide: string
  readonly values: 'default' | 'reset' | 'reuse' | 'reset-then-reuse'
  readonly cleanupOnFail: boolean
  readonly maxHistory: number
}

interface Prepared {
  readonly current: Release
  readonly upgraded: Release
  readonly serverSide: boolean
}

async function lastOf(context: ActionContext, name: string): Promise<Release> {
  try {
    const last = await context.storage.last(name)
    // One that died while it uninstalled counts too: what it left is upgraded.
    if (isStale(last, context.clock.now())) await recoverStale(context, last)
    else if (isPending(last.info.status)) refusePending(context, last)
    return last
  } catch (error) {
    throw error instanceof ReleaseNotFound ? new NoDeployedReleases(name) : error
  }
}

async function currentOf({ storage }: ActionContext, last: Release): Promise<Release> {
  if (last.info.status === 'deployed') return last
  try {
    return await storage.deployed(last.name)
  } catch (error) {
    if (error instanceof NoDeployedReleases && (last.info.status === 'failed' || last.info.status === 'superseded')) return last
    throw error
  }
}

/** The old values with the new ones over them, as the flags say. */
function valuesFor(chart: Chart, current: Release, given: Dictionary, mode: UpgradeOptions['values'], warn: (message: string) => void): Dictionary {
  const old = (): Dictionary => (current.config ? (deepCopy(current.config) as Dictionary) : dictionary())
  if (mode === 'reset') return given
  if (mode === 'reuse') {
    let all: Dictionary
    try {
      all = current.chart ? coalesceValues(current.chart, old(), warn) : old()
    } catch (error) {
      throw new Error(`failed to rebuild old values: ${(error as Error).message}`, { cause: error })
    }
    const merged = coalesceTables(warn, given, old()) ?? dictionary()
    chart.values = all
    return merged
  }
  if (mode === 'reset-then-reuse') return coalesceTables(warn, given, old()) ?? dictionary()
  return Object.keys(given).length === 0 && current.config && Object.keys(current.config).length > 0 ? old() : given
}

async function prepare(context: ActionContext, name: string, chart: Chart, given: Dictionary, options: UpgradeOptions): Promise<Prepared> {
  const { dryRun } = options
  if (dryRun === 'none' && options.hideSecret) throw new Error('hiding Kubernetes secrets requires a dry-run mode')
  const last = await lastOf(context, name)
  const current = await currentOf(context, last)
  const warn = (message: string): void => context.log('WARN', message)
  const values = valuesFor(chart, current, given, options.values, warn)
  processDependencies(chart, values, warn)
  const revision = last.version + 1
  const asksServer = dryRun !== 'client'
  const rendering: RenderReleaseOptions = {
    release: { name, namespace: current.namespace, revision, isInstall: false, isUpgrade: true },
    capabilities: asksServer ? await context.cluster.capabilities() : { kubeVersion: defaultKubeVersion, apiVersions: knownApiVersions, helm: helmVersion },
    subNotes: options.subNotes,
    skipSchemaValidation: options.skipSchemaValidation,
    hideSecret: options.hideSecret,
    ...(options.postRender ? { postRender: options.postRender, postRenderStrategy: options.postRenderStrategy } : {}),
    warn,
  }
  const rendered = asksServer ? await renderWithLookup(context.cluster, chart, values, rendering) : renderRelease(chart, values, rendering)
  const { manifest, hooks, notes } = rendered
  for (const hookTypes of rendered.unknownHooks) context.log('INFO', 'skipping unknown hooks', { hookTypes })
  checkLabels(options.labels)
  const serverSide = serverSideOf(options.serverSide, last.applyMethod)
  const labels = Object.fromEntries(Object.entries({ ...ownLabels(last.labels), ...options.labels }).filter(([, value]) => value !== 'null'))
  const upgraded: Release = {
    name,
    namespace: current.namespace,
    version: revision,
    info: {
      firstDeployed: current.info.firstDeployed,
      lastDeployed: nowText(),
      deleted: '',
      description: 'Preparing upgrade',
      status: 'pending-upgrade',
      notes,
    },
    chart,
    config: values,
    manifest,
    hooks: hooks.map(hookOf),
    labels,
    applyMethod: serverSide ? 'ssa' : 'csa',
  }
  await buildObjects(context.cluster, manifest, context.namespace)
  return { current, upgraded, serverSide }
}

/** Throws ActionFailure when it had begun; the new revision is then written down as failed. */
export async function upgradeRelease(context: ActionContext, name: string, chart: Chart, given: Dictionary, options: UpgradeOptions): Promise<Release> {
  await context.cluster.reachable()
  if (!isValidReleaseName(name)) throw new Error(`release name is invalid: ${name}`)
  const { current: currentRelease, upgraded, serverSide } = await prepare(context, name, chart, given, options)
  const built = async (manifest: string, which: string): Promise<ClusterObject[]> =>
    buildObjects(context.cluster, manifest, upgraded.namespace).catch((error) => {
      throw new Error(`unable to build kubernetes objects from ${which} release manifest: ${error.message}`, { cause: error })
    })
  const current = await built(currentRelease.manifest, 'current')
  const targets = owned(await built(upgraded.manifest, 'new'), upgraded)
  const fresh = targets.filter((target) => !current.some((each) => sameObject(each, target) && each.resource.version === target.resource.version))
  const client = await context.cluster.client()
  const adopted = await existing(client, fresh, upgraded, options.takeOwnership).catch((error) => {
    throw new Error(`unable to continue with update: ${error.message}`, { cause: error })
  })
  if (options.dryRun !== 'none') {
    upgraded.info.description = options.description || 'Dry run complete'
    return upgraded
  }
  await context.storage.create(upgraded, options.maxHistory)
  const wait: WaitSettings = options.rollbackOnFailure && options.wait.strategy === 'hookOnly' ? { ...options.wait, strategy: 'watcher' } : options.wait
  const work = { currentRelease, upgraded, serverSide, originals: [...current, ...adopted], targets }
  await withHeartbeat(context, upgraded, () => perform(context, work, { ...options, wait }))
  await context.storage.update(upgraded)
  return upgraded
}

interface Work {
  readonly currentRelease: Release
  readonly upgraded: Release
  readonly serverSide: boolean
  readonly originals: readonly ClusterObject[]
  readonly targets: readonly ClusterObject[]
}

async function perform(context: ActionContext, work: Work, options: UpgradeOptions): Promise<void> {
  const { currentRelease, upgraded, serverSide, originals, targets } = work
  const record = (release: Release): Promise<void> =>
    context.storage.update(release).catch((error) => context.log('WARN', 'failed to update release', { name: release.name, revision: release.version, error }))
  const hooks = async (event: 'pre-upgrade' | 'post-upgrade'): Promise<void> => {
    if (options.noHooks) return
    await runHooksToEnd(context, upgraded, event, { wait: options.wait, serverSide }).catch((error) => {
      throw new Error(`${event} hooks failed: ${error.message}`, { cause: error })
    })
  }
  let created: readonly ClusterObject[] = []
  try {
    await hooks('pre-upgrade')
    try {
      created = await updateObjects(
        await context.cluster.client(),
        originals,
        targets,
        {
          serverSide,
          forceReplace: options.forceReplace,
          forceConflicts: options.forceConflicts,
          upgradeManager: serverSide && currentRelease.applyMethod !== 'ssa',
        },
        (message, fields) => context.log('WARN', message, fields),
      )
      await waitForAll(context, targets, options.wait)
    } catch (error) {
      await record(currentRelease)
      throw error
    }
    await hooks('post-upgrade')
  } catch (error) {
    if (error instanceof ApplyError) created = error.created
    throw await fail(context, upgraded, created, error as Error, options)
  }
  currentRelease.info.status = 'superseded'
  await record(currentRelease)
  upgraded.info.status = 'deployed'
  upgraded.info.description = options.description || 'Upgrade complete'
}

async function fail(context: ActionContext, release: Release, created: readonly ClusterObject[], error: Error, options: UpgradeOptions): Promise<Error> {
  const { name } = release
  context.log('WARN', 'upgrade failed', { name, error })
  release.info.status = 'failed'
  release.info.description = `Upgrade ${JSON.stringify(name)} failed: ${error.message}`
  await context.storage.update(release).catch((problem) => context.log('WARN', 'failed to update release', { name, revision: release.version, error: problem }))
  const failure = (message: string): ActionFailure => new ActionFailure(message, release, error)
  if (options.cleanupOnFail && created.length > 0) {
    const problems = await deleteObjects(await context.cluster.client(), created, 'Background')
    if (problems.length > 0)
      return failure(
        `an error occurred while cleaning up resources. original upgrade error: ${error.message}: unable to cleanup resources: ${problems.map(({ message }) => message).join(', ')}`,
      )
  }
  if (!options.rollbackOnFailure) return failure(error.message)
  let target: Release | undefined
  try {
    target = (await context.storage.history(name)).findLast(({ info }) => info.status === 'superseded' || info.status === 'deployed')
  } catch (problem) {
    return failure(`an error occurred while finding last successful release. original upgrade error: ${error.message}: ${(problem as Error).message}`)
  }
  if (!target) return failure(`unable to find a previously successful release when attempting to rollback. original upgrade error: ${error.message}`)
  try {
    await rollbackRelease(context, name, {
      version: target.version,
      dryRun: 'none',
      serverSide: options.serverSide,
      forceConflicts: options.forceConflicts,
      forceReplace: options.forceReplace,
      noHooks: options.noHooks,
      wait: options.wait,
      cleanupOnFail: false,
      maxHistory: 0,
    })
  } catch (problem) {
    return failure(`an error occurred while rolling back the release. original upgrade error: ${error.message}: ${(problem as Error).message}`)
  }
  return failure(`release ${name} failed, and has been rolled back due to rollback-on-failure being set: ${error.message}`)
}
