/** Installing a chart as a new release (pkg/action/install.go). */
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import { namespaces } from '#api/gen/resources.ts'
import type { Dictionary } from '#template/values.ts'
import { processDependencies } from '../chart/dependencies.ts'
import { crdsOf } from '../chart/tree.ts'
import type { Chart } from '../chart/types.ts'
import { createObjects, updateObjects } from '../cluster/apply.ts'
import { buildObjects, type ClusterObject } from '../cluster/objects.ts'
import { existing, owned } from '../cluster/ownership.ts'
import { defaultKubeVersion, helmVersion, knownApiVersions } from '../engine/capabilities.ts'
import { checkReleaseName } from '../release/name.ts'
import { hookOf, type Release } from '../release/release.ts'
import { type RenderReleaseOptions, renderRelease } from '../release/render-release.ts'
import { nowText } from '../release/time.ts'
import { systemLabels } from '../storage/types.ts'
import { runHooksToEnd } from './hooks.ts'
import { isStale, recoverStale, withHeartbeat } from './pending.ts'
import { renderWithLookup } from './render.ts'
import type { ActionContext, DryRun, PostRender, WaitSettings } from './types.ts'
import { uninstallRelease } from './uninstall.ts'
import { waitForAll } from './waiting.ts'

export interface ChangeOptions {
  readonly dryRun: DryRun
  readonly serverSide: boolean
  readonly forceConflicts: boolean
  readonly forceReplace: boolean
  readonly takeOwnership: boolean
  readonly noHooks: boolean
  readonly wait: WaitSettings
  readonly rollbackOnFailure: boolean
  readonly description: string
  readonly labels: Readonly<Record<string, string>>
  readonly subNotes: boolean
  readonly skipSchemaValidation: boolean
  readonly hideSecret: boolean
  readonly postRender?: PostRender
  readonly postRenderStrategy?: RenderReleaseOptions['postRenderStrategy']
}

export interface InstallOptions extends ChangeOptions {
  readonly name: string
  readonly createNamespace: boolean
  readonly skipCrds: boolean
  readonly replace: boolean
}

/** The release is told of too, where there is one. */
export class ActionFailure extends Error {
  readonly release: Release
  constructor(message: string, release: Release, cause?: unknown) {
    super(message, { cause })
    this.release = release
  }
}

export function checkLabels(labels: Readonly<Record<string, string>>): void {
  if (Object.keys(labels).some((key) => systemLabels.includes(key)))
    throw new Error(`user supplied labels contains system reserved label name. System labels: [${systemLabels.join(' ')}]`)
}

async function checkName(context: ActionContext, { name, dryRun, replace }: InstallOptions): Promise<{ revision: number; superseded?: Release }> {
  try {
    checkReleaseName(name)
    if (dryRun !== 'none') return { revision: 1 }
    const history = await context.storage.history(name).catch(() => [])
    const last = history.at(-1)
    if (!last) return { revision: 1 }
    if (['pending-install', 'uninstalling'].includes(last.info.status) && isStale(last, context.clock.now())) {
      await recoverStale(context, last)
      return { revision: last.version + 1 }
    }
    if (!replace || !['uninstalled', 'failed'].includes(last.info.status))
      throw new Error('release name check failed: cannot reuse a name that is still in use')
    return { revision: last.version + 1, ...(last.info.status === 'failed' ? {} : { superseded: last }) }
  } catch (error) {
    context.log('ERROR', 'release name check failed', { error: (error as Error).message.replace('release name check failed: ', '') })
    throw error
  }
}

/** Throws when the chart cannot be installed; what has been begun is written down as failed. */
export async function installRelease(context: ActionContext, chart: Chart, values: Dictionary, options: InstallOptions): Promise<Release> {
  const { name, dryRun } = options
  const asksServer = dryRun !== 'client'
  if (asksServer) {
    try {
      await context.cluster.reachable()
    } catch (error) {
      context.log('ERROR', `cluster reachability check failed: ${(error as Error).message}`)
      throw new Error(`cluster reachability check failed: ${(error as Error).message}`, { cause: error })
    }
  }
  if (dryRun === 'none' && options.hideSecret) {
    context.log('ERROR', 'hiding Kubernetes secrets requires a dry-run mode')
    throw new Error('hiding Kubernetes secrets requires a dry-run mode')
  }
  const { revision, superseded } = await checkName(context, options)
  const warn = (message: string): void => context.log('WARN', message)
  try {
    processDependencies(chart, values, warn)
  } catch (error) {
    context.log('ERROR', 'chart dependencies processing failed', { error })
    throw new Error(`chart dependencies processing failed: ${(error as Error).message}`, { cause: error })
  }
  if (asksServer && !options.skipCrds) await installCrds(context, chart, options)
  const wait: WaitSettings = options.rollbackOnFailure && options.wait.strategy === 'hookOnly' ? { ...options.wait, strategy: 'watcher' } : options.wait
  const rendering: RenderReleaseOptions = {
    release: { name, namespace: context.namespace, revision: 1, isInstall: true, isUpgrade: false },
    capabilities: asksServer ? await context.cluster.capabilities() : { kubeVersion: defaultKubeVersion, apiVersions: knownApiVersions, helm: helmVersion },
    subNotes: options.subNotes,
    skipSchemaValidation: options.skipSchemaValidation,
    hideSecret: options.hideSecret,
    ...(options.postRender ? { postRender: options.postRender, postRenderStrategy: options.postRenderStrategy } : {}),
    warn,
  }
  checkLabels(options.labels)
  const rendered = asksServer ? await renderWithLookup(context.cluster, chart, values, rendering) : renderRelease(chart, values, rendering)
  const { manifest, hooks, notes } = rendered
  for (const hookTypes of rendered.unknownHooks) context.log('INFO', 'skipping unknown hooks', { hookTypes })
  const now = nowText()
  const release: Release = {
    name,
    namespace: context.namespace,
    version: revision,
    info: { firstDeployed: now, lastDeployed: now, deleted: '', description: 'Initial install underway', status: 'pending-install', notes },
    chart,
    config: values,
    manifest,
    hooks: hooks.map(hookOf),
    labels: { ...options.labels },
    applyMethod: options.serverSide ? 'ssa' : 'csa',
  }
  if (!asksServer) {
    release.info.description = 'Dry run complete'
    return release
  }
  const objects = await buildObjects(context.cluster, manifest, context.namespace).catch((error) => {
    throw new Error(`unable to build kubernetes objects from release manifest: ${error.message}`, { cause: error })
  })
  const targets = owned(objects, release)
  const client = await context.cluster.client()
  const adopted = await existing(client, targets, release, options.takeOwnership).catch((error) => {
    throw new Error(`unable to continue with install: ${error.message}`, { cause: error })
  })
  if (dryRun !== 'none') {
    release.info.description = 'Dry run complete'
    return release
  }
  if (options.createNamespace) await createNamespace(context, options)
  if (superseded) {
    superseded.info.status = 'superseded'
    superseded.info.description = 'superseded by new release'
    await context.storage.update(superseded)
  }
  await context.storage.create(release)
  try {
    await withHeartbeat(context, release, () => perform(context, release, targets, adopted, { ...options, wait }))
  } catch (error) {
    throw await fail(context, release, error as Error, { ...options, wait })
  }
  return release
}

async function createNamespace(context: ActionContext, { serverSide }: InstallOptions): Promise<void> {
  const { namespace: name } = context
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { name } } }
  try {
    await createObjects(await context.cluster.client(), [{ resource: namespaces, namespace: '', name, object }], { serverSide })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

async function installCrds(context: ActionContext, chart: Chart, options: InstallOptions): Promise<void> {
  const crds = crdsOf(chart)
  if (crds.length === 0) return
  if (options.dryRun !== 'none') {
    context.log('WARN', 'This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.')
    return
  }
  const client = await context.cluster.client()
  const made: ClusterObject[] = []
  for (const { name, data } of crds) {
    const failed = (error: Error): never => {
      throw new Error(`failed to install CRD ${name}: ${error.message}`, { cause: error })
    }
    const objects = await buildObjects(context.cluster, data.toString('utf8'), context.namespace).catch(failed)
    if (objects.length === 0) throw new Error(`failed to install CRD ${name}: resources are empty`)
    const isNew: boolean = await createObjects(client, objects, { serverSide: options.serverSide, forceConflicts: options.forceConflicts }).then(
      () => true,
      (error) => (isAlreadyExists(error) ? false : failed(error)),
    )
    if (isNew) made.push(...objects)
  }
  await waitForAll(context, made, { ...options.wait, timeoutMs: 60_000 })
  await context.cluster.catalog({ fresh: true })
}

async function perform(
  context: ActionContext,
  release: Release,
  targets: readonly ClusterObject[],
  adopted: readonly ClusterObject[],
  options: InstallOptions,
) {
  const { serverSide, wait, noHooks } = options
  const client = await context.cluster.client()
  const hooks = async (event: 'pre-install' | 'post-install'): Promise<void> => {
    if (noHooks) return
    await runHooksToEnd(context, release, event, { wait, serverSide }).catch((error) => {
      throw new Error(`failed ${event}: ${error.message}`, { cause: error })
    })
  }
  await hooks('pre-install')
  if (adopted.length === 0 && targets.length > 0) await createObjects(client, targets, { serverSide })
  else if (targets.length > 0) {
    await updateObjects(client, adopted, targets, {
      serverSide,
      forceReplace: options.forceReplace,
      forceConflicts: options.forceConflicts,
      threeWayForAll: options.takeOwnership && !serverSide,
      upgradeManager: true,
    })
  }
  await waitForAll(context, targets, wait)
  await hooks('post-install')
  release.info.status = 'deployed'
  release.info.description = options.description || 'Install complete'
  await context.storage.update(release).catch((error) => context.log('ERROR', 'failed to record the release', { error }))
}

async function fail(context: ActionContext, release: Release, error: Error, options: InstallOptions): Promise<Error> {
  const { name } = options
  release.info.status = 'failed'
  release.info.description = `Release ${JSON.stringify(name)} failed: ${error.message}`
  if (!options.rollbackOnFailure) {
    await context.storage.update(release).catch(() => {})
    return new ActionFailure(error.message, release, error)
  }
  try {
    await uninstallRelease(context, name, { ...options, keepHistory: false, propagation: 'Background', description: '' })
  } catch (problem) {
    return new ActionFailure(
      `an error occurred while uninstalling the release. original install error: ${error.message}: ${(problem as Error).message}`,
      release,
      error,
    )
  }
  return new ActionFailure(`release ${name} failed, and has been uninstalled due to rollback-on-failure being set: ${error.message}`, release, error)
}
