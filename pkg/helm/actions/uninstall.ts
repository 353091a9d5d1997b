/** Uninstalling a release (pkg/action/uninstall.go). */
import { deleteObjects, type Propagation } from '../cluster/apply.ts'
import { buildObjects, type ClusterObject } from '../cluster/objects.ts'
import { waitUntilGone } from '../cluster/wait.ts'
import { uninstallOrder } from '../release/kind-order.ts'
import { sortManifests, splitManifests } from '../release/manifests.ts'
import { isValidReleaseName } from '../release/name.ts'
import type { Release } from '../release/release.ts'
import { nowText } from '../release/time.ts'
import { ReleaseNotFound } from '../storage/types.ts'
import { runHooksToEnd } from './hooks.ts'
import { withHeartbeat } from './pending.ts'
import type { ActionContext, WaitSettings } from './types.ts'
import { waitOptions } from './waiting.ts'

export interface UninstallOptions {
  readonly noHooks: boolean
  readonly keepHistory: boolean
  readonly ignoreNotFound?: boolean
  readonly propagation: Propagation
  readonly wait: WaitSettings
  readonly description: string
}

/** Gives what was kept, as Helm tells it; undefined when there was no such release and that is no error. */
export async function uninstallRelease(
  context: ActionContext,
  name: string,
  options: UninstallOptions,
): Promise<{ release: Release; kept: string } | undefined> {
  await context.cluster.reachable()
  if (!isValidReleaseName(name)) throw new Error(`uninstall: Release name is invalid: ${name}`)
  let history: Release[]
  try {
    history = await context.storage.history(name)
  } catch (error) {
    if (options.ignoreNotFound && error instanceof ReleaseNotFound) return undefined
    throw new Error(`uninstall: Release not loaded: ${name}: ${(error as Error).message}`, { cause: error })
  }
  const release = history.at(-1)!
  const purge = async (): Promise<void> => {
    for (const each of history) await context.storage.delete(each)
  }
  if (release.info.status === 'uninstalled') {
    if (options.keepHistory) throw new Error(`the release named ${JSON.stringify(name)} is already deleted`)
    await purge().catch((error) => {
      throw new Error(`uninstall: Failed to purge the release: ${error.message}`, { cause: error })
    })
    return { release, kept: '' }
  }
  Object.assign(release.info, { status: 'uninstalling', deleted: nowText(), description: 'Deletion in progress (or silently failed)' })
  return withHeartbeat(context, release, () => perform(context, release, purge, options))
}

async function perform(
  context: ActionContext,
  release: Release,
  purge: () => Promise<void>,
  options: UninstallOptions,
): Promise<{ release: Release; kept: string }> {
  const { storage, log } = context
  const hookRun = { wait: options.wait, serverSide: true }
  const record = (each: Release): Promise<void> => storage.update(each).catch((error) => log('DEBUG', 'uninstall: Failed to store updated release', { error }))
  if (!options.noHooks) await runHooksToEnd(context, release, 'pre-delete', hookRun)
  await record(release)
  const { objects, kept } = await removeObjects(context, release, options)
  const problems: string[] = []
  const gather = (error: Error): number => problems.push(error.message)
  await waitUntilGone(objects, waitOptions(context, await context.cluster.client(), options.wait)).catch(gather)
  if (!options.noHooks) await runHooksToEnd(context, release, 'post-delete', hookRun).catch(gather)
  release.info.status = 'uninstalled'
  release.info.description = options.description || 'Uninstallation complete'
  if (options.keepHistory) {
    await record(release)
    for (const each of await storage.deployedAll(release.name)) {
      each.info.status = 'superseded'
      await record(each)
    }
  } else await purge().catch((error) => problems.push(`uninstall: Failed to purge the release: ${error.message}`))
  if (problems.length > 0) throw new Error(`uninstallation completed with ${problems.length} error(s): ${problems.join('; ')}`)
  return { release, kept }
}

async function removeObjects(context: ActionContext, release: Release, { propagation }: UninstallOptions): Promise<{ objects: ClusterObject[]; kept: string }> {
  const failed = (error: unknown): Error => {
    context.log('DEBUG', 'uninstall: Failed to delete release', { error })
    return new Error(`failed to delete release: ${release.name}`, { cause: error })
  }
  try {
    const files = new Map(splitManifests(release.manifest).map((text, index) => [`manifest-${String(index).padStart(6, '0')}`, text]))
    const { manifests } = sortManifests(files, uninstallOrder)
    const policy = ({ head }: (typeof manifests)[number]): string | undefined => head.annotations['helm.sh/resource-policy']?.trim().toLowerCase()
    const keep = manifests.filter((each) => policy(each) === 'keep')
    const remove = manifests.filter((each) => policy(each) === undefined)
    const objects = await buildObjects(context.cluster, remove.map(({ content }) => `\n---\n${content}`).join(''), release.namespace)
    const problems = objects.length > 0 ? await deleteObjects(await context.cluster.client(), objects, propagation) : []
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '))
    const kept = keep.map(({ head }) => `[${head.kind}] ${head.name}\n`).join('')
    return { objects, kept: kept && `These resources were kept due to the resource policy:\n${kept}` }
  } catch (error) {
    throw failed(error)
  }
}
