/**
 * Job: runs pods until enough have succeeded.
 * In: Jobs, pods. Out: pods, Job status. Upstream: pkg/controller/job.
 */
import type { Job, JobCondition, JobStatus } from '#api/gen/batch/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { jobs, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { selectorOf } from '#client/selector.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Change, type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { claim } from '../workload/claim.ts'
import { withCondition } from '../workload/conditions.ts'
import { inDeletionOrder } from '../workload/deletion-rank.ts'
import { Expectations } from '../workload/expectations.ts'
import { controllerKey, controllerOf } from '../workload/owner.ts'
import { createPod, deletePod, isNamespaceTerminating } from '../workload/pod-control.ts'
import { isPodActive, isPodReady, isPodTerminating } from '../workload/pod-state.ts'
import { OwnWrites, staleRetryMs } from '../workload/own-writes.ts'
import { slowStart } from '../workload/slow-start.ts'
import { writeStatus } from '../workload/status-write.ts'
import { Uncertainty, uncertainRetryMs } from '../workload/uncertainty.ts'
import { ruleAction } from './failure-policy.ts'
import { failuresBefore, hasFailed, indexOf, isIndexed, isTracked, newJobPod, replacesOnlyFailed, tracked, trackingFinalizer } from './job-pod.ts'
import { JobMetrics, type SyncAction } from './metrics.ts'
import { deadlineLeftMs, type Outcome, outcomeOf } from './outcome.ts'
import { type Tally, tally, withRest } from './tally.ts'

/** Keys of pods that have lost their Job; those of Jobs have one slash. */
const orphanPrefix = 'orphan/'
const managedByUs = 'kubernetes.io/job-controller'
const maxCreations = 500
const firstBackoffMs = 10_000
const longestBackoffMs = 600_000

export function jobController(): Controller {
  let expectations: Expectations
  const uncertainty = new Uncertainty()
  const ownWrites = new OwnWrites()
  const metrics = new JobMetrics()

  function keysOfPod(pod: Pod, change: Change, previous: Pod | undefined, context: ControllerContext): string[] {
    const key = controllerKey(pod, jobs)
    const before = previous && controllerKey(previous, jobs)
    const others = before !== undefined && before !== key ? [before] : []
    if (!key) return change === 'delete' || controllerOf(pod) ? others : [...others, ...keysOfOrphan(pod, context)]
    if (change !== 'delete') metrics.sawPod(pod, previous)
    if (change === 'add' && !pod.metadata.deletionTimestamp) expectations.sawCreation(key)
    if (change === 'delete' || pod.metadata.deletionTimestamp) expectations.sawDeletion(key, keyOf(pod))
    return [key, ...others]
  }

  async function create(
    job: Job,
    key: string,
    count: number,
    active: readonly Pod[],
    counts: Tally,
    waits: ReadonlyMap<number, number>,
    context: ControllerContext,
  ): Promise<unknown> {
    const indexes = isIndexed(job) ? freeIndexes(job, active, counts, waits, count) : undefined
    const wanted = indexes ? indexes.length : count
    if (wanted === 0) return undefined
    expectations.expect(key, { adds: wanted })
    const { succeeded, error } = await slowStart(wanted, async (at) => {
      const index = indexes?.[at]
      const failures = job.spec.backoffLimitPerIndex === undefined || index === undefined ? undefined : (counts.failuresByIndex.get(index) ?? 0)
      try {
        await createPod(context, job, newJobPod(job, index, failures))
      } catch (failure) {
        uncertainty.note(key, failure)
        if (!isNamespaceTerminating(failure)) throw failure
      }
    })
    if (succeeded < wanted) expectations.sawCreation(key, wanted - succeeded)
    metrics.podsCreated(job, counts.failed > 0, (job.status?.terminating ?? 0) > 0, succeeded, wanted)
    return error
  }

  async function remove(job: Job, key: string, doomed: readonly Pod[], context: ControllerContext): Promise<unknown> {
    if (doomed.length === 0) return undefined
    expectations.expect(key, { deletions: doomed.map(keyOf) })
    const results = await Promise.allSettled(doomed.map((pod) => deletePod(context, job, pod)))
    let failure: unknown
    results.forEach((result, at) => {
      if (result.status === 'fulfilled') return
      uncertainty.note(key, result.reason)
      expectations.sawDeletion(key, keyOf(doomed[at]!))
      if (!isNotFound(result.reason)) failure ??= result.reason
    })
    return failure
  }

  /** As many active pods as wanted. Answers an error, or how long to wait before more are made. */
  async function manage(
    job: Job,
    key: string,
    own: readonly Pod[],
    active: readonly Pod[],
    counts: Tally,
    context: ControllerContext,
  ): Promise<{ error?: unknown; waitMs?: number }> {
    const wanted = wantedActive(job, counts.succeeded, active.length)
    const doomed = surplusOf(job, active, Math.max(0, active.length - wanted), context.clock.now())
    if (doomed.length > 0) {
      // Pods that we take away because fewer are wanted are no failures: nobody is to count them.
      for (const pod of doomed) if (isTracked(pod)) await release(pod, context)
      return { error: await remove(job, key, doomed, context) }
    }
    const leaving = replacesOnlyFailed(job) ? own.filter(isPodTerminating).length : 0
    const missing = Math.min(wanted - active.length - leaving, maxCreations)
    if (missing <= 0) return {}
    const nowMs = context.clock.now()
    if (job.spec.backoffLimitPerIndex !== undefined) {
      const waits = backoffOfIndexes(own, nowMs)
      const error = await create(job, key, missing, active, counts, waits, context)
      const waiting = freeIndexes(job, active, counts, new Map(), maxCreations).filter((index) => waits.has(index))
      return { error, ...(waiting.length > 0 ? { waitMs: Math.min(...waiting.map((index) => waits.get(index)!)) } : {}) }
    }
    const waitMs = backoffLeftMs(own, nowMs)
    return waitMs > 0 ? { waitMs } : { error: await create(job, key, missing, active, counts, new Map(), context) }
  }

  return {
    name: 'job-controller',
    account: 'job-controller',
    metrics: metrics.set,
    inputs: [
      input(jobs, {
        keys: (job, change) => {
          const { managedBy } = job.spec
          if (change === 'add' && managedBy !== undefined && managedBy !== managedByUs) metrics.external(managedBy)
          return [keyOf(job)]
        },
      }),
      input(pods, { keys: keysOfPod, indexes: { job: jobIndex } }),
    ],
    outputs: [output(jobs, 'status'), output(pods, 'object', { shared: true })],
    start({ clock }) {
      expectations = new Expectations(clock)
    },

    async reconcile(key, context): Promise<ReconcileResult | undefined> {
      const { cache, client, clock } = context
      if (key.startsWith(orphanPrefix)) {
        // Its Job has left it: nobody counts it any more.
        const orphan = cache(pods).byKey(key.slice(orphanPrefix.length))
        if (orphan && !controllerOf(orphan) && isTracked(orphan)) await release(orphan, context)
        return undefined
      }
      const job = cache(jobs).byKey(key)
      if (!job) {
        expectations.forget(key)
        uncertainty.forget(key)
        ownWrites.forget(key)
        // Nobody counts them any more.
        for (const pod of cache(pods).byIndex('job', key)) if (isTracked(pod)) await release(pod, context)
        return undefined
      }
      if (job.spec.managedBy !== undefined && job.spec.managedBy !== managedByUs) return undefined
      // Pods that a newer status has counted would be missed, and made again.
      if (!(await ownWrites.isShown(job, jobs, context))) return { requeueAfterMs: staleRetryMs }
      if (!(await uncertainty.resolved(key, job, pods, context))) return { requeueAfterMs: uncertainRetryMs }
      const named = cache(pods).byIndex('job', key)
      const ofJob = named.filter((pod) => controllerOf(pod)?.uid === job.metadata.uid)
      // Those of an earlier Job of the name are counted by nobody.
      const done = isOver(job) ? named : named.filter((pod) => !ofJob.includes(pod))
      for (const pod of done) if (isTracked(pod)) await release(pod, context)
      if (isOver(job)) return undefined
      const own = await claimPods(job, ofJob, context)
      const startedAt = clock.now()
      const ended = tally(job, own)
      const active = own.filter(isPodActive)
      const synced = (action: SyncAction, failed: boolean): void => metrics.synced(job, (clock.now() - startedAt) / 1000, action, failed)
      const mayAct = expectations.satisfied(key) && !job.metadata.deletionTimestamp
      // The deadline is held against one moment: it may pass while pods are made and the status is written.
      const nowMs = clock.now()
      const outcome = outcomeOf(job, ended, active, nowMs)
      let managed: { error?: unknown; waitMs?: number } = {}
      if (mayAct) managed = outcome ? { error: await remove(job, key, active, context) } : await manage(job, key, own, active, ended, context)
      const counts = outcome && mayAct && managed.error === undefined ? withRest(job, ended, own, outcome.type) : ended

      const status = withProgress(job, counts.status, own, active, context)
      // It is over only when every pod has ended and every one is counted.
      const settled =
        outcome !== undefined && own.filter((pod) => isPodActive(pod) || isPodTerminating(pod)).length === 0 && counts.release.length === 0 && noNotes(status)
      const final = outcome ? withOutcome(status, outcome, settled, clock.now()) : status
      const written = await ownWrites.note(() => writeStatus(client, jobs, job, final), key)
      for (const pod of counts.release) {
        await release(pod, context)
        const rule = hasFailed(pod, job) ? ruleAction(job, pod) : undefined
        if (rule) metrics.handledByPolicy(rule)
      }
      metrics.counted(job, job.status, written.status)
      if (settled && isOver(written)) {
        announce(job, outcome, context)
        metrics.finished(job, outcome.type === 'Complete', outcome.reason)
      }
      synced(actionOf(job, written, counts), managed.error !== undefined)
      if (managed.error) throw managed.error
      const waits = [managed.waitMs, deadlineLeftMs(written, nowMs)].filter((each) => each !== undefined && each > 0) as number[]
      return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
    },
  }
}

/** Pods that no controller has are asked for by the namespace. */
function jobIndex(pod: Pod): readonly string[] {
  if (!controllerOf(pod)) return [orphansOf(pod.metadata.namespace)]
  const key = controllerKey(pod, jobs)
  return key === undefined ? [] : [key]
}

const orphansOf = (namespace: string | undefined): string => `orphans of ${namespace}`

/** Whoever selects it may adopt it; and it is not to be kept for one that has left it. */
function keysOfOrphan(pod: Pod, { cache }: ControllerContext): string[] {
  const selecting = cache(jobs)
    .list(pod.metadata.namespace)
    .filter((job) => selectorOf(job.spec.selector)(pod.metadata.labels))
  return [...selecting.map(keyOf), ...(isTracked(pod) ? [`${orphanPrefix}${keyOf(pod)}`] : [])]
}

/** Of the Job from now on: those that it selects and nobody else has come to it, those that it no longer selects leave it. */
async function claimPods(job: Job, own: readonly Pod[], { cache, client }: ControllerContext): Promise<readonly Pod[]> {
  // The server gives every Job one: without it nothing can be said to have been let go.
  if (!job.spec.selector) return own
  const candidates = [...own, ...cache(pods).byIndex('job', orphansOf(job.metadata.namespace))]
  const finalizers = [trackingFinalizer]
  const claimed = await claim(candidates, { client, resource: pods, owner: job, ownerResource: jobs, matches: selectorOf(job.spec.selector), finalizers })
  return claimed.map((pod) => (own.includes(pod) ? pod : tracked(pod)))
}

/** What is surplus: of an indexed Job first what has no index to fill, and those of one index but one. */
function surplusOf(job: Job, active: readonly Pod[], count: number, nowMs: number): Pod[] {
  const ordered = inDeletionOrder(active, () => 0, nowMs)
  if (!isIndexed(job)) return ordered.slice(0, count)
  const kept = new Map<number, Pod>()
  for (const pod of ordered.toReversed()) {
    const index = indexOf(pod)
    if (index !== undefined && index < (job.spec.completions ?? 0) && !kept.has(index)) kept.set(index, pod)
  }
  const needed = new Set(kept.values())
  const [useless, useful] = [ordered.filter((pod) => !needed.has(pod)), ordered.filter((pod) => needed.has(pod))]
  return [...useless, ...useful.slice(0, Math.max(0, count - useless.length))]
}

function actionOf({ status }: Job, written: Job, { release }: Tally): SyncAction {
  const more = (written.status?.active ?? 0) - (status?.active ?? 0)
  if (more !== 0) return more > 0 ? 'pods_created' : 'pods_deleted'
  return release.length > 0 ? 'tracking' : 'reconciling'
}

function isOver({ status }: Job): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True')
}

function wantedActive({ spec }: Job, succeeded: number, active: number): number {
  if (spec.suspend) return 0
  const parallelism = spec.parallelism ?? 1
  if (spec.completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism
  return Math.max(0, Math.min(spec.completions - succeeded, parallelism))
}

/** `waits`: indexes whose time has not come. */
function freeIndexes(
  { spec }: Job,
  active: readonly Pod[],
  { succeededIndexes, failedIndexes }: Tally,
  waits: ReadonlyMap<number, number>,
  count: number,
): number[] {
  const taken = new Set([...succeededIndexes, ...failedIndexes, ...active.map(indexOf), ...waits.keys()])
  const free: number[] = []
  for (let index = 0; index < (spec.completions ?? 0) && free.length < count; index++) if (!taken.has(index)) free.push(index)
  return free
}

/** After failures without a success between: 10 s, doubled for each, from the end of the last. */
function backoffLeftMs(own: readonly Pod[], nowMs: number): number {
  const ended = own
    .filter(({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded')
    .map((pod) => ({ failed: pod.status!.phase === 'Failed', at: endedAt(pod) }))
    .sort((a, b) => b.at - a.at)
  const firstSuccess = ended.findIndex(({ failed }) => !failed)
  const failures = firstSuccess < 0 ? ended.length : firstSuccess
  if (failures === 0) return 0
  return ended[0]!.at + Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1)) - nowMs
}

/** With a limit for each index, each waits for its own failures alone (KEP-3850). */
function backoffOfIndexes(own: readonly Pod[], nowMs: number): Map<number, number> {
  const latest = new Map<number, { at: number; failures: number }>()
  for (const pod of own) {
    const index = indexOf(pod)
    if (index === undefined || pod.status?.phase !== 'Failed') continue
    const at = endedAt(pod)
    const known = latest.get(index)
    if (!known || at > known.at) latest.set(index, { at, failures: failuresBefore(pod) + 1 })
  }
  const waits = new Map<number, number>()
  for (const [index, { at, failures }] of latest) {
    const leftMs = at + Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1)) - nowMs
    if (leftMs > 0) waits.set(index, leftMs)
  }
  return waits
}

function endedAt({ metadata, status }: Pod): number {
  const times = (status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '')).filter((each) => !Number.isNaN(each))
  return times.length > 0 ? Math.max(...times) : Date.parse(metadata.deletionTimestamp ?? metadata.creationTimestamp ?? '')
}

function noNotes({ uncountedTerminatedPods: notes }: JobStatus): boolean {
  return (notes?.succeeded ?? []).length === 0 && (notes?.failed ?? []).length === 0
}

function withProgress(job: Job, status: JobStatus, own: readonly Pod[], active: readonly Pod[], { clock, events }: ControllerContext): JobStatus {
  const nowMs = clock.now()
  const suspended = job.spec.suspend === true
  const was = status.conditions?.find(({ type }) => type === 'Suspended')
  let { conditions, startTime } = status
  if (suspended && was?.status !== 'True') {
    conditions = withCondition(conditions, jobCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', nowMs), nowMs)
    startTime = undefined
    events.event(job, 'Normal', 'Suspended', 'Job suspended')
  } else if (!suspended && was?.status === 'True') {
    conditions = withCondition(conditions, jobCondition('Suspended', 'False', 'JobResumed', 'Job resumed', nowMs), nowMs)
    startTime = rfc3339(nowMs)
    events.event(job, 'Normal', 'Resumed', 'Job resumed')
  }
  if (!suspended) startTime ??= rfc3339(nowMs)
  return {
    ...status,
    ...(conditions ? { conditions } : {}),
    startTime,
    active: active.length,
    ready: active.filter(isPodReady).length,
    terminating: own.filter(isPodTerminating).length,
  }
}

function jobCondition(type: string, status: string, reason: string, message: string, nowMs: number): Omit<JobCondition, 'lastTransitionTime'> {
  return { type, status, reason, message, lastProbeTime: rfc3339(nowMs) } as Omit<JobCondition, 'lastTransitionTime'>
}

/** First the aim is noted, so that nothing turns it round; the end when all pods have ended. */
function withOutcome(status: JobStatus, { type, reason, message }: Outcome, settled: boolean, nowMs: number): JobStatus {
  const aim = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
  let conditions = withCondition(status.conditions, jobCondition(aim, 'True', reason, message, nowMs), nowMs)
  if (!settled) return { ...status, conditions }
  conditions = withCondition(conditions, jobCondition(type, 'True', reason, message, nowMs), nowMs)
  return { ...status, conditions, active: 0, ready: 0, terminating: 0, ...(type === 'Complete' ? { completionTime: rfc3339(nowMs) } : {}) }
}

function announce(job: Job, outcome: Outcome, { events }: ControllerContext): void {
  if (outcome.type === 'Complete') events.event(job, 'Normal', 'Completed', 'Job completed')
  else events.event(job, 'Warning', outcome.reason, outcome.message)
}

async function release({ metadata }: Pod, { client }: ControllerContext): Promise<void> {
  const { namespace, name, uid } = metadata
  try {
    await client.patch(pods, { namespace, name }, { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } }, { type: 'strategic' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
