/** The Jobs of a CronJob: how they are named and made, and which of the old ones go. */
import type { CronJob, Job } from '#api/gen/batch/v1.ts'
import { cronJobs } from '#api/gen/resources.ts'
import type { Draft } from '#apimachinery/object.ts'
import { rfc3339 } from '#base/clock.ts'
import { controllerRef } from '../workload/owner.ts'

export function jobName({ metadata }: CronJob, scheduledMs: number): string {
  return `${metadata.name}-${Math.floor(scheduledMs / 60_000)}`
}

export function jobFor(cronJob: CronJob, scheduledMs: number): Draft<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate
  return {
    metadata: {
      namespace: cronJob.metadata.namespace!,
      name: jobName(cronJob, scheduledMs),
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': inZone(scheduledMs, cronJob.spec.timeZone) },
      ownerReferences: [controllerRef(cronJob, cronJobs)],
    },
    spec,
  }
}

/** RFC 3339 with the zone's offset. */
function inZone(atMs: number, timeZone: string | undefined): string {
  if (!timeZone) return rfc3339(atMs)
  const name = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value
  const [, sign = '+', hours = '00', minutes = '00'] = /^GMT([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? []
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
  return offsetMs === 0 ? rfc3339(atMs) : rfc3339(atMs + offsetMs).replace('Z', `${sign}${hours}:${minutes}`)
}

/** How it ended: "Complete" or "Failed". */
export function endOf({ status }: Job): string | undefined {
  return status?.conditions?.find(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True')?.type
}

/** Ended Jobs beyond the limits, the oldest first. */
export function surplus(cronJob: CronJob, jobs: readonly Job[]): Job[] {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec
  const beyond = (end: string, limit: number | undefined): Job[] => {
    if (limit === undefined) return []
    const ended = jobs.filter((job) => endOf(job) === end).sort((a, b) => startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
    return ended.slice(0, Math.max(0, ended.length - limit))
  }
  return [...beyond('Complete', successfulJobsHistoryLimit), ...beyond('Failed', failedJobsHistoryLimit)]
}

function startOf({ metadata, status }: Job): number {
  return Date.parse(status?.startTime ?? metadata.creationTimestamp ?? '')
}
