/** Hooks of a release: run in the order of their weights, waited for, and removed by their policies (pkg/action/hooks.go). */
import { pods } from '#api/gen/resources.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { createObjects, deleteObjects } from '../cluster/apply.ts'
import { buildObjects } from '../cluster/objects.ts'
import { waitUntilDone, waitUntilGone } from '../cluster/wait.ts'
import type { Release, ReleaseHook } from '../release/release.ts'
import { nowText } from '../release/time.ts'
import type { HookEvent } from '../release/types.ts'
import type { ActionContext, WaitSettings } from './types.ts'
import { waitOptions } from './waiting.ts'

export interface HookRun {
  readonly wait: WaitSettings
  readonly serverSide: boolean
}

const byWeight = (a: ReleaseHook, b: ReleaseHook): number => a.weight - b.weight || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** Throws when a hook fails, after what its policy wants removed has gone. */
export async function runHooks(context: ActionContext, release: Release, event: HookEvent, run: HookRun): Promise<void> {
  const finish = await startHooks(context, release, event, run)
  await finish()
}

/** Gives what is to be done at the end; a failure carries it too, as `finish`. */
export async function startHooks(context: ActionContext, release: Release, event: HookEvent, run: HookRun): Promise<() => Promise<void>> {
  const hooks = release.hooks.filter(({ events }) => events.includes(event)).toSorted(byWeight)
  for (const [index, hook] of hooks.entries()) {
    try {
      await runOne(context, release, event, hook, run)
    } catch (error) {
      if (hook.lastRun.phase === 'Failed' && error instanceof HookFailure) {
        await outputLogs(context, hook, release.namespace, 'hook-failed')
        throw new FailedHooks(error.message, async () => {
          await removeByPolicy(context, release, hook, 'hook-failed', run).catch((problem) =>
            context.err(`error deleting the hook resource on hook failure: ${problem.message}\n`),
          )
          for (const earlier of hooks.slice(0, index)) await removeByPolicy(context, release, earlier, 'hook-succeeded', run)
        })
      }
      throw error
    }
  }
  return async () => {
    for (const hook of hooks.toReversed()) {
      await outputLogs(context, hook, release.namespace, 'hook-succeeded')
      await removeByPolicy(context, release, hook, 'hook-succeeded', run)
    }
  }
}

/** A hook was run, and did not end well. */
class HookFailure extends Error {}

export class FailedHooks extends Error {
  readonly finish: () => Promise<void>
  constructor(message: string, finish: () => Promise<void>) {
    super(message)
    this.finish = finish
  }
}

/** Removes what a failed hook's policies say, and throws on. */
export async function runHooksToEnd(context: ActionContext, release: Release, event: HookEvent, run: HookRun): Promise<void> {
  try {
    await runHooks(context, release, event, run)
  } catch (error) {
    if (error instanceof FailedHooks) await error.finish()
    throw error
  }
}

async function runOne(context: ActionContext, release: Release, event: HookEvent, hook: ReleaseHook, run: HookRun): Promise<void> {
  if (hook.deletePolicies.length === 0) hook.deletePolicies = ['before-hook-creation']
  await removeByPolicy(context, release, hook, 'before-hook-creation', run)
  const client = await context.cluster.client()
  const objects = await buildObjects(context.cluster, hook.manifest, release.namespace).catch((error) => {
    throw new Error(`unable to build kubernetes object for ${event} hook ${hook.path}: ${error.message}`, { cause: error })
  })
  hook.lastRun = { startedAt: nowText(), completedAt: '', phase: 'Running' }
  await context.storage
    .update(release)
    .catch((error) => context.log('WARN', 'failed to update release', { name: release.name, revision: release.version, error }))
  hook.lastRun.phase = 'Unknown'
  try {
    await createObjects(client, objects, { serverSide: run.serverSide })
  } catch (error) {
    Object.assign(hook.lastRun, { completedAt: nowText(), phase: 'Failed' })
    throw new Error(`warning: Hook ${event} ${hook.path} failed: ${(error as Error).message}`, { cause: error })
  }
  try {
    await waitUntilDone(objects, waitOptions(context, client, run.wait))
  } catch (error) {
    Object.assign(hook.lastRun, { completedAt: nowText(), phase: 'Failed' })
    throw new HookFailure((error as Error).message, { cause: error })
  }
  Object.assign(hook.lastRun, { completedAt: nowText(), phase: 'Succeeded' })
}

/** CRDs stay: with them would go every object of their kind. */
async function removeByPolicy(context: ActionContext, release: Release, hook: ReleaseHook, policy: string, run: HookRun): Promise<void> {
  if (hook.kind === 'CustomResourceDefinition' || !hook.deletePolicies.includes(policy)) return
  const objects = await buildObjects(context.cluster, hook.manifest, release.namespace).catch((error) => {
    throw new Error(`unable to build kubernetes object for deleting hook ${hook.path}: ${error.message}`, { cause: error })
  })
  const client = await context.cluster.client()
  const failures = await deleteObjects(client, objects, 'Background')
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('; '))
  await waitUntilGone(objects, waitOptions(context, client, run.wait))
}

async function outputLogs(context: ActionContext, hook: ReleaseHook, namespace: string, policy: string): Promise<void> {
  if (!hook.outputLogPolicies.includes(policy) || (hook.kind !== 'Job' && hook.kind !== 'Pod')) return
  try {
    const own = (decodeYaml(hook.manifest) as any)?.metadata?.namespace
    const place = typeof own === 'string' && own !== '' ? own : namespace
    const client = await context.cluster.client()
    const selector = hook.kind === 'Job' ? { labelSelector: `job-name=${hook.name}` } : { fieldSelector: `metadata.name=${hook.name}` }
    const { items } = await client.list(pods, { namespace: place, ...selector })
    for (const pod of items) {
      for (const { name } of pod.spec?.containers ?? []) {
        const path = `/api/v1/namespaces/${place}/pods/${pod.metadata.name}/log?container=${encodeURIComponent(name)}`
        const response = await client.request({ method: 'GET', path })
        if (response.status >= 400) throw new Error(`failed to stream pod logs for pod: ${pod.metadata.name}, container: ${name}`)
        context.err(await response.text())
      }
    }
  } catch (error) {
    context.err(`error outputting logs for hook failure: ${(error as Error).message}\n`)
  }
}
