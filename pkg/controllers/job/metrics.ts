/** What a cluster's operator asks of Jobs: upstream's job_controller_*. */
import type { Job, JobStatus } from '#api/gen/batch/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { parseIndexes } from './indexes.ts'
import { isTracked } from './job-pod.ts'
import { isPodTerminal } from '../workload/pod-state.ts'

export type SyncAction = 'reconciling' | 'tracking' | 'pods_created' | 'pods_deleted'

export class JobMetrics {
  readonly set = new MetricSet()
  readonly #duration = this.set.histogram('job_controller_job_sync_duration_seconds', 'The time it took to sync a job', exponentialBounds(0.004, 2, 15))
  readonly #syncs = this.set.counter('job_controller_job_syncs_total', 'The number of job syncs')
  readonly #finished = this.set.counter('job_controller_jobs_finished_total', 'The number of finished jobs')
  readonly #podsFinished = this.set.counter('job_controller_job_pods_finished_total', 'The number of finished Pods that are fully tracked')
  readonly #indexes = this.set.counter('job_controller_job_finished_indexes_total', 'The number of finished indexes')
  readonly #created = this.set.counter('job_controller_job_pods_creation_total', 'The number of Pods created by the Job controller, by reason and outcome')
  readonly #finalizers = this.set.counter(
    'job_controller_terminated_pods_tracking_finalizer_total',
    'The number of terminated pods that got or lost the tracking finalizer; the difference is how many wait to be counted',
  )
  readonly #external = this.set.counter('job_controller_jobs_by_external_controller_total', 'The number of Jobs that another controller manages')

  readonly #policy = this.set.counter(
    'job_controller_pod_failures_handled_by_failure_policy_total',
    'The number of failed Pods handled by failure policy with respect to the failure policy action applied based on the matched rule',
  )

  /** Once a pod: when it is let go. */
  handledByPolicy(action: string): void {
    this.#policy.add({ action })
  }

  synced(job: Job, seconds: number, action: SyncAction, failed: boolean): void {
    const labels = { completion_mode: modeOf(job), result: failed ? 'error' : 'success', action }
    this.#syncs.add(labels)
    this.#duration.observe(seconds, labels)
  }

  finished(job: Job, succeeded: boolean, reason: string): void {
    this.#finished.add({ completion_mode: modeOf(job), result: succeeded ? 'succeeded' : 'failed', reason })
  }

  /** What a status counts that the one before did not. */
  counted(job: Job, before: JobStatus | undefined, after: JobStatus | undefined): void {
    for (const result of ['succeeded', 'failed'] as const) {
      const more = (after?.[result] ?? 0) - (before?.[result] ?? 0)
      if (more > 0) this.#podsFinished.add({ completion_mode: modeOf(job), result }, more)
    }
    if (modeOf(job) !== 'Indexed') return
    const completions = job.spec.completions ?? 0
    const more = (field: 'completedIndexes' | 'failedIndexes') =>
      parseIndexes(after?.[field], completions).size - parseIndexes(before?.[field], completions).size
    const backoffLimit = job.spec.backoffLimitPerIndex === undefined ? 'global' : 'perIndex'
    if (more('completedIndexes') > 0) this.#indexes.add({ status: 'succeeded', backoffLimit }, more('completedIndexes'))
    if (more('failedIndexes') > 0) this.#indexes.add({ status: 'failed', backoffLimit }, more('failedIndexes'))
  }

  podsCreated({ spec }: Job, failedBefore: boolean, terminating: boolean, succeeded: number, wanted: number): void {
    const again = spec.podReplacementPolicy === 'Failed' ? failedBefore && 'recreate_failed' : (failedBefore || terminating) && 'recreate_terminating_or_failed'
    const reason = again || 'new'
    if (succeeded > 0) this.#created.add({ reason, status: 'succeeded' }, succeeded)
    if (succeeded < wanted) this.#created.add({ reason, status: 'failed' }, wanted - succeeded)
  }

  /** A change of a pod: whether it waits to be counted. */
  sawPod(pod: Pod, previous: Pod | undefined): void {
    const waits = (each: Pod | undefined): boolean => each !== undefined && isPodTerminal(each) && isTracked(each)
    if (waits(pod) && !waits(previous)) this.#finalizers.add({ event: 'add' })
    if (!waits(pod) && waits(previous)) this.#finalizers.add({ event: 'delete' })
  }

  external(controllerName: string): void {
    this.#external.add({ controller_name: controllerName })
  }
}

function modeOf({ spec }: Job): string {
  return spec.completionMode ?? 'NonIndexed'
}
