/** TTL after finished: a Job that has ended goes after its ttlSecondsAfterFinished. In: Jobs. Out: their deletion. Upstream: pkg/controller/ttlafterfinished. */
import type { Job } from '#api/gen/batch/v1.ts'
import { jobs } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { type Controller, input, output } from '#runtime/types.ts'

export function ttlAfterFinishedController(): Controller {
  const metrics = new MetricSet()
  const late = metrics.histogram(
    'ttl_after_finished_controller_job_deletion_duration_seconds',
    'The time it took to delete the job since it became eligible for deletion',
    exponentialBounds(0.1, 2, 14),
  )
  return {
    name: 'ttl-after-finished-controller',
    account: 'ttl-after-finished-controller',
    metrics,
    inputs: [input(jobs, { keys: (job, change) => (change !== 'delete' && expiresAt(job) !== undefined ? [keyOf(job)] : []) })],
    outputs: [output(jobs, 'deletion')],
    async reconcile(key, { client, cache, clock }) {
      const cached = cache(jobs).byKey(key)
      if (!cached || cached.metadata.deletionTimestamp) return undefined
      const at = expiresAt(cached)
      if (at === undefined) return undefined
      if (at > clock.now()) return { requeueAfterMs: at - clock.now() }
      try {
        // The wish may have changed since: look before it is too late.
        const job = await client.get(jobs, splitKey(key))
        const now = expiresAt(job)
        if (now === undefined || now > clock.now()) return undefined
        await client.delete(jobs, splitKey(key), { propagationPolicy: 'Foreground', preconditions: { uid: job.metadata.uid } })
        late.observe((clock.now() - now) / 1000)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      return undefined
    },
  }
}

function expiresAt({ spec, status }: Job): number | undefined {
  if (spec.ttlSecondsAfterFinished === undefined) return undefined
  const ended = status?.conditions?.find(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True')
  return ended?.lastTransitionTime ? Date.parse(ended.lastTransitionTime) + spec.ttlSecondsAfterFinished * 1000 : undefined
}
