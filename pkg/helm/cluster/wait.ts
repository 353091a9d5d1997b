/** Waiting until objects are ready, done or gone, by the strategies of --wait. */
import { type Clock, sleep } from '#base/clock.ts'
import { pods } from '#api/gen/resources.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { ClusterObject } from './objects.ts'
import { type Judge, hookDone, isJudgedByPods, type Readiness, readinessOf, withJobsDone, withPods } from './readiness.ts'
import { whyNotReady } from './why.ts'

export type WaitStrategy = 'watcher' | 'legacy' | 'hookOnly'

export interface WaitOptions {
  readonly client: Client
  readonly clock: Clock
  readonly strategy: WaitStrategy
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Told, in plain words, why what is not ready is not. */
  readonly explain: (object: ClusterObject, reasons: readonly string[]) => void
}

const firstPauseMs = 50
const longestPauseMs = 2000
const defaultTimeoutMs = 30_000
const timedOut = 'context deadline exceeded'

interface Seen {
  readonly each: ClusterObject
  readonly state: Readiness
  readonly live?: any
}

async function look(options: WaitOptions, each: ClusterObject, judge: Judge): Promise<Seen> {
  try {
    const live: any = await options.client.get(each.resource, { namespace: each.namespace, name: each.name })
    const state = judge(live, options.clock.now())
    return { each, live, state: options.strategy === 'watcher' && judge !== hookDone ? await podsConsidered(live, state, options) : state }
  } catch (error) {
    if (isNotFound(error)) return { each, state: { status: 'NotFound', message: 'Resource not found' } }
    return { each, state: { status: 'Unknown', message: (error as Error).message } }
  }
}

/** Upstream's reader of such an object fails, and so the object is Unknown, when it has no selector. */
async function podsConsidered(live: any, state: Readiness, { client, clock }: WaitOptions): Promise<Readiness> {
  if (state.status !== 'InProgress' || !isJudgedByPods(live)) return state
  if (!live.spec?.selector) return { status: 'Unknown', message: '' }
  const { items } = await client.list(pods, { namespace: live.metadata.namespace, labelSelector: selectorFromLabelSelector(live.spec.selector).toString() })
  return withPods(state, items, clock.now())
}

const identity = ({ resource, namespace, name }: ClusterObject): string => `${resource.kind}/${namespace}/${name}`

/** Looks again and again at what is not settled yet; gives the last look at each, and whether time ran out. */
async function poll(
  objects: readonly ClusterObject[],
  options: WaitOptions,
  judge: Judge,
  isSettled: (state: Readiness) => boolean,
): Promise<{ seen: Seen[]; late: boolean }> {
  const { clock, signal } = options
  const deadline = clock.now() + (options.timeoutMs || defaultTimeoutMs)
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    const seen = await Promise.all(objects.map((each) => look(options, each, judge)))
    if (seen.every(({ state }) => isSettled(state))) return { seen, late: false }
    const left = deadline - clock.now()
    if (left <= 0) return { seen, late: true }
    if (signal?.aborted) throw new Error('context canceled')
    await sleep(clock, Math.min(pauseMs, left), signal)
  }
}

async function waitFor(objects: readonly ClusterObject[], options: WaitOptions, judge: Judge): Promise<void> {
  const waited = objects.filter(({ resource, object }) => !(resource.kind === 'Deployment' && object.spec?.paused === true))
  if (waited.length === 0) return
  const { seen, late } = await poll(waited, options, judge, ({ status }) => status === 'Current' || status === 'Failed')
  const lacking = seen.filter(({ state }) => state.status !== 'Current')
  if (lacking.length === 0) return
  for (const { each, live } of lacking) options.explain(each, await whyNotReady(options.client, each, live).catch(() => []))
  const told = lacking.map(({ each, state }) => `resource ${identity(each)} not ready. status: ${state.status}, message: ${state.message}`)
  throw new Error([...told, ...(late ? [timedOut] : [])].join('\n'))
}

export async function waitUntilReady(objects: readonly ClusterObject[], options: WaitOptions, { jobs }: { readonly jobs: boolean }): Promise<void> {
  if (options.strategy === 'hookOnly') return
  if (options.strategy === 'watcher') return waitFor(objects, options, jobs ? withJobsDone : readinessOf)
  // The legacy waiter tells no more than that time ran out, and takes no Job for failed before it.
  try {
    await waitFor(
      objects,
      options,
      jobs ? withJobsDone : (object, now) => (object.kind === 'Job' ? { status: 'Current', message: '' } : readinessOf(object, now)),
    )
  } catch (error) {
    throw new Error((error as Error).message.includes(timedOut) ? timedOut : (error as Error).message, { cause: error })
  }
}

/** Jobs and Pods of a hook have to end well, whatever the strategy. */
export async function waitUntilDone(objects: readonly ClusterObject[], options: WaitOptions): Promise<void> {
  if (options.strategy !== 'legacy') return waitFor(objects, options, hookDone)
  const { seen, late } = await poll(objects, options, hookDone, ({ status }) => status === 'Current' || status === 'Failed')
  if (late) throw new Error(timedOut)
  const bad = seen.find(({ state }) => state.status === 'Failed')
  if (!bad) return
  const reason = bad.live?.status?.conditions?.find((each: any) => each.type === 'Failed')?.reason ?? ''
  throw new Error(bad.each.resource.kind === 'Job' ? `job ${bad.each.name} failed: ${reason}` : `pod ${bad.each.name} failed`)
}

export async function waitUntilGone(objects: readonly ClusterObject[], options: WaitOptions): Promise<void> {
  if (options.strategy === 'hookOnly' || objects.length === 0) return
  const { seen, late } = await poll(objects, options, readinessOf, ({ status }) => status === 'NotFound')
  if (!late) return
  if (options.strategy === 'legacy') throw new Error(timedOut)
  const still = seen.filter(({ state }) => state.status !== 'NotFound' && state.status !== 'Unknown')
  throw new Error(
    [...still.map(({ each, state }) => `resource ${identity(each)} still exists. status: ${state.status}, message: ${state.message}`), timedOut].join('\n'),
  )
}
