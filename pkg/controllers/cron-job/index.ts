/**
 * CronJob: makes a Job whenever its schedule strikes.
 * In: CronJobs, Jobs. Out: Jobs, CronJob status. Upstream: pkg/controller/cronjob (v2).
 */
import type { CronJob, CronJobStatus, Job } from '#api/gen/batch/v1.ts'
import type { ObjectReference } from '#api/gen/core/v1.ts'
import { cronJobs, jobs } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { isAlreadyExists, isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { exponentialBounds, MetricSet, type Observer } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { controllerKey, controllerOf } from '../workload/owner.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'
import { writeStatus } from '../workload/status-write.ts'
import { endOf, jobFor, jobName, surplus } from './job.ts'
import { parseSchedule, type Schedule } from './schedule.ts'

/** A little late rather than a little early. */
const lateMs = 100
const manyMissed = 100

export function cronJobController(): Controller {
  /** Those whose schedule has just changed: what the new one would have missed is not made up for, it counts from its next stroke. */
  const rescheduled = new Set<string>()
  const metrics = new MetricSet()
  const skew = metrics.histogram(
    'cronjob_controller_job_creation_skew_duration_seconds',
    'Time between when a cronjob is scheduled to be run, and when the corresponding job is created',
    exponentialBounds(1, 2, 10),
  )
  return {
    name: 'cronjob-controller',
    account: 'cronjob-controller',
    metrics,
    inputs: [
      input(cronJobs, {
        keys: (cronJob, change, previous) => {
          const key = keyOf(cronJob)
          if (change === 'update' && previous && isRescheduled(previous, cronJob)) rescheduled.add(key)
          else rescheduled.delete(key)
          return [key]
        },
      }),
      input(jobs, {
        keys: (job) => {
          const key = controllerKey(job, cronJobs)
          if (key === undefined) return []
          rescheduled.delete(key)
          return [key]
        },
        indexes: { cronJob: (job) => [controllerOf(job)?.uid].filter((each) => each !== undefined) },
      }),
    ],
    outputs: [output(cronJobs, 'status'), output(jobs, 'object', { shared: true })],
    async reconcile(key, context) {
      const { cache, client } = context
      const cronJob = cache(cronJobs).byKey(key)
      const waits = rescheduled.delete(key)
      if (!cronJob) return undefined
      const own = cache(jobs).byIndex('cronJob', cronJob.metadata.uid)
      const status: CronJobStatus = { ...cronJob.status, active: [...(cronJob.status?.active ?? [])] }
      for (const job of surplus(cronJob, own)) {
        await removeJob(cronJob, job, context)
        status.active = status.active!.filter(({ uid }) => uid !== job.metadata.uid)
      }
      await followJobs(cronJob, own, status, context)
      const result = cronJob.metadata.deletionTimestamp ? undefined : await strike(cronJob, status, waits, skew, context)
      await writeStatus(client, cronJobs, cronJob, status)
      return result
    },
  }
}

/** What became of the Jobs that were active. */
async function followJobs(cronJob: CronJob, own: readonly Job[], status: CronJobStatus, { client, events }: ControllerContext): Promise<void> {
  for (const job of own) {
    const end = endOf(job)
    const listed = status.active!.some(({ uid }) => uid === job.metadata.uid)
    if (!listed && !end) {
      // We may have made it and not heard so: the API knows.
      const fresh = await client.get(cronJobs, { namespace: cronJob.metadata.namespace!, name: cronJob.metadata.name })
      if (fresh.status?.active?.some(({ uid }) => uid === job.metadata.uid)) {
        status.active!.push(referenceTo(job))
        continue
      }
      events.event(cronJob, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${job.metadata.name}`)
    } else if (listed && end) {
      status.active = status.active!.filter(({ uid }) => uid !== job.metadata.uid)
      events.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${end}`)
    }
    const completed = end === 'Complete' ? job.status?.completionTime : undefined
    if (completed && !(Date.parse(status.lastSuccessfulTime ?? '') >= Date.parse(completed))) status.lastSuccessfulTime = completed
  }
  const known = new Set(own.map(({ metadata }) => metadata.uid))
  for (const reference of [...status.active!]) {
    if (known.has(reference.uid!)) continue
    try {
      const live = await client.get(jobs, { namespace: cronJob.metadata.namespace!, name: reference.name! })
      if (live.metadata.uid === reference.uid) continue
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    status.active = status.active!.filter(({ uid }) => uid !== reference.uid)
    events.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`)
  }
}

const isRescheduled = ({ spec: before }: CronJob, { spec: now }: CronJob): boolean => before.schedule !== now.schedule || before.timeZone !== now.timeZone

/** Makes the Job that is due, if one is, and it is not to wait for the next stroke; says when to look again. */
async function strike(
  cronJob: CronJob,
  status: CronJobStatus,
  waits: boolean,
  skew: Observer,
  context: ControllerContext,
): Promise<ReconcileResult | undefined> {
  const { clock, events } = context
  const { spec } = cronJob
  const schedule = scheduleOf(cronJob, context)
  if (!schedule || spec.suspend) return undefined
  const now = clock.now()
  const later = (): ReconcileResult | undefined => {
    const next = schedule.next(now)
    return next === undefined ? undefined : { requeueAfterMs: next - now + lateMs }
  }
  if (schedule.next(since(cronJob, now)) === undefined) {
    const why = 'time difference between two schedules is less than 1 second'
    context.events.event(cronJob, 'Warning', 'InvalidSchedule', `invalid schedule: ${spec.schedule} : ${why}`)
    return undefined
  }
  const due = waits ? undefined : dueTime(cronJob, schedule, now, context)
  if (due === undefined) return later()
  if (spec.startingDeadlineSeconds !== undefined && due + spec.startingDeadlineSeconds * 1000 < now) {
    events.event(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${new Date(due).toUTCString().replace('GMT', '+0000')}`)
    return later()
  }
  if (status.active!.some(({ name }) => name === jobName(cronJob, due)) || Date.parse(status.lastScheduleTime ?? '') === due) return later()
  if (spec.concurrencyPolicy === 'Forbid' && status.active!.length > 0) {
    events.event(cronJob, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid')
    return later()
  }
  if (spec.concurrencyPolicy === 'Replace') await replaceActive(cronJob, status, context)
  const made = await makeJob(cronJob, due, context)
  if (!made) return undefined
  skew.observe(Math.max(0, clock.now() - due) / 1000)
  status.active!.push(referenceTo(made))
  status.lastScheduleTime = rfc3339(due)
  return later()
}

function scheduleOf(cronJob: CronJob, { events }: ControllerContext): Schedule | undefined {
  const { schedule, timeZone } = cronJob.spec
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    events.event(cronJob, 'Warning', 'UnknownTimeZone', `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`)
    return undefined
  }
  try {
    return parseSchedule(schedule, timeZone)
  } catch (error) {
    events.event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${schedule}" : ${(error as Error).message}`)
    return undefined
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Before it, nothing counts. */
function since({ metadata, spec, status }: CronJob, nowMs: number): number {
  const last = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp!)
  return spec.startingDeadlineSeconds === undefined ? last : Math.max(last, nowMs - spec.startingDeadlineSeconds * 1000)
}

/** The latest time that was missed since the last one that was not. */
function dueTime(cronJob: CronJob, schedule: Schedule, nowMs: number, { events }: ControllerContext): number | undefined {
  const begun = since(cronJob, nowMs)
  const latest = schedule.latest(begun, nowMs)
  if (latest === undefined) return undefined
  let missed = 0
  for (let at = schedule.next(begun); at !== undefined && at <= nowMs && missed <= manyMissed; at = schedule.next(at)) missed++
  if (missed > manyMissed)
    events.event(cronJob, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew')
  return latest
}

async function replaceActive(cronJob: CronJob, status: CronJobStatus, context: ControllerContext): Promise<void> {
  for (const reference of status.active!) {
    try {
      await removeJob(cronJob, await context.client.get(jobs, { namespace: cronJob.metadata.namespace!, name: reference.name! }), context)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  status.active = []
}

/** Nothing when the namespace goes, or another's Job has the name. */
async function makeJob(cronJob: CronJob, due: number, { client, events }: ControllerContext): Promise<Job | undefined> {
  const draft = jobFor(cronJob, due)
  try {
    const made = await client.create(jobs, draft)
    events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${made.metadata.name}`)
    return made
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined
    if (isAlreadyExists(error)) {
      const found = await client.get(jobs, { namespace: cronJob.metadata.namespace!, name: draft.metadata!.name! })
      // Made by us before, and the answer was lost.
      if (controllerOf(found)?.uid === cronJob.metadata.uid) return endOf(found) ? undefined : found
    }
    events.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`)
    throw error
  }
}

async function removeJob(cronJob: CronJob, { metadata }: Job, { client, events }: ControllerContext): Promise<void> {
  const { namespace, name, uid } = metadata
  try {
    await client.delete(jobs, { namespace: namespace!, name }, { propagationPolicy: 'Background', preconditions: { uid } })
    events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`)
  } catch (error) {
    if (isNotFound(error)) return
    events.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${(error as Error).message}`)
    throw error
  }
}

function referenceTo({ metadata }: Job): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata
  return { kind: 'Job', apiVersion: 'batch/v1', namespace: namespace!, name, uid, resourceVersion: resourceVersion! }
}
