/** Waiting until objects are ready, done or gone, by the strategies of --wait. */
import { type Clock, sleep } from '#base/clock.ts'
import { pods } from '#api/gen/resources.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { ClusterObject } from './objects.ts'
import { hasLegacyRule, legacyReadiness } from './legacy-readiness.ts'
import { type Judge, hookDone, isJudgedByPods, type Readiness, readinessOf, withJobsDone, withPods } from './readiness.ts'
import { identity, type Lacking } from './why.ts'

export type WaitStrategy = 'watcher' | 'legacy' | 'hookOnly'

export interface WaitOptions {
  readonly client: Client
  readonly clock: Clock
  readonly strategy: WaitStrategy
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Told of what is not as it should be, before the waiting fails. */
  readonly explain: (lacking: readonly Lacking[]) => Promise<void>
}

const firstPauseMs = 50
const longestPauseMs = 2000
const defaultTimeoutMs = 30_000
const timedOut = 'context deadline exceeded'

type Look = (each: ClusterObject) => Promise<Lacking>

const unread = (error: unknown): Readiness =>
  isNotFound(error) ? { status: 'NotFound', message: 'Resource not found' } : { status: 'Unknown', message: (error as Error).message }

/** One look at an object by kstatus' rules. */
const lookBy =
  (options: WaitOptions, judge: Judge): Look =>
  async (each) => {
    try {
      const live: any = await options.client.get(each.resource, { namespace: each.namespace, name: each.name })
      const state = judge(live, options.clock.now())
      return { each, live, state: options.strategy === 'watcher' && judge !== hookDone ? await podsConsidered(live, state, options) : state }
    } catch (error) {
      return { each, state: unread(error) }
    }
  }

/** Upstream's reader of such an object fails, and so the object is Unknown, when it has no selector. */
async function podsConsidered(live: any, state: Readiness, { client, clock }: WaitOptions): Promise<Readiness> {
  if (state.status !== 'InProgress' || !isJudgedByPods(live)) return state
  if (!live.spec?.selector) return { status: 'Unknown', message: '' }
  const { items } = await client.list(pods, { namespace: live.metadata.namespace, labelSelector: selectorFromLabelSelector(live.spec.selector).toString() })
  return withPods(state, items, clock.now())
}

interface Waited {
  readonly seen: readonly Lacking[]
  readonly late: boolean
}

/** Looks again and again at what is not settled yet; gives the last look at each, and whether time ran out. */
async function poll(objects: readonly ClusterObject[], options: WaitOptions, look: Look, isSettled: (state: Readiness) => boolean): Promise<Waited> {
  const { clock, signal } = options
  const deadline = clock.now() + (options.timeoutMs || defaultTimeoutMs)
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    const seen = await Promise.all(objects.map(look))
    if (seen.every(({ state }) => isSettled(state))) return { seen, late: false }
    const left = deadline - clock.now()
    if (left <= 0) return { seen, late: true }
    if (signal?.aborted) throw new Error('context canceled')
    await sleep(clock, Math.min(pauseMs, left), signal)
  }
}

const isSettled = ({ status }: Readiness): boolean => status === 'Current' || status === 'Failed'

async function waitFor(objects: readonly ClusterObject[], options: WaitOptions, judge: Judge): Promise<void> {
  const waited = objects.filter(({ resource, object }) => !(resource.kind === 'Deployment' && object.spec?.paused === true))
  if (waited.length === 0) return
  const { seen, late } = await poll(waited, options, lookBy(options, judge), isSettled)
  const lacking = seen.filter(({ state }) => state.status !== 'Current')
  if (lacking.length === 0) return
  await options.explain(lacking)
  const told = lacking.map(({ each, state }) => `resource ${identity(each)} not ready. status: ${state.status}, message: ${state.message}`)
  throw new Error([...told, ...(late ? [timedOut] : [])].join('\n'))
}

/** The legacy waiter tells no more than that time ran out; what the server refuses to show ends it at once. */
async function waitAsHelm3(objects: readonly ClusterObject[], options: WaitOptions, jobs: boolean): Promise<void> {
  const { client } = options
  const look: Look = async (each) => {
    try {
      const live: any = await client.get(each.resource, { namespace: each.namespace, name: each.name })
      return { each, live, state: await legacyReadiness(live, { client, jobs }) }
    } catch (error) {
      if (error instanceof StatusError && error.code < 500 && error.code !== 429) throw error
      return { each, state: unread(error) }
    }
  }
  const { seen, late } = await poll(
    objects.filter(({ object }) => hasLegacyRule(object, jobs)),
    options,
    look,
    isSettled,
  )
  const lacking = seen.filter(({ state }) => state.status !== 'Current')
  if (lacking.length === 0) return
  await options.explain(lacking)
  throw new Error(lacking.find(({ state }) => state.status === 'Failed')?.state.message ?? (late ? timedOut : ''))
}

/** Gives when all is ready by the rules of the strategy; throws in the original's words when it is not, or not in time. */
export async function waitUntilReady(objects: readonly ClusterObject[], options: WaitOptions, { jobs }: { readonly jobs: boolean }): Promise<void> {
  if (options.strategy === 'hookOnly') return
  if (options.strategy === 'legacy') return waitAsHelm3(objects, options, jobs)
  await waitFor(objects, options, jobs ? withJobsDone : readinessOf)
}

/** Jobs and Pods of a hook have to end well, whatever the strategy. */
export async function waitUntilDone(objects: readonly ClusterObject[], options: WaitOptions): Promise<void> {
  if (options.strategy !== 'legacy') return waitFor(objects, options, hookDone)
  const { seen, late } = await poll(objects, options, lookBy(options, hookDone), isSettled)
  const lacking = seen.filter(({ state }) => state.status !== 'Current')
  if (lacking.length === 0) return
  await options.explain(lacking)
  if (late) throw new Error(timedOut)
  const bad = lacking.find(({ state }) => state.status === 'Failed')!
  const reason = bad.live?.status?.conditions?.find((each: any) => each.type === 'Failed')?.reason ?? ''
  throw new Error(bad.each.resource.kind === 'Job' ? `job ${bad.each.name} failed: ${reason}` : `pod ${bad.each.name} failed`)
}

export async function waitUntilGone(objects: readonly ClusterObject[], options: WaitOptions): Promise<void> {
  if (options.strategy === 'hookOnly' || objects.length === 0) return
  const { seen, late } = await poll(objects, options, lookBy(options, readinessOf), ({ status }) => status === 'NotFound')
  if (!late) return
  const still = seen.filter(({ state }) => state.status !== 'NotFound' && state.status !== 'Unknown')
  await options.explain(still)
  if (options.strategy === 'legacy') throw new Error(timedOut)
  throw new Error(
    [...still.map(({ each, state }) => `resource ${identity(each)} still exists. status: ${state.status}, message: ${state.message}`), timedOut].join('\n'),
  )
}
