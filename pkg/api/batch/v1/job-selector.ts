/** A job finds its pods by its own uid, unless its author chose a selector (pkg/registry/batch/job/strategy.go). */
import type { Job } from '#api/gen/batch/v1.ts'

export function generateSelector(job: Job): void {
  if (job.spec.manualSelector) return
  const { uid, name } = job.metadata
  const template = job.spec.template
  const labels = template.metadata.labels ?? {}
  for (const [key, value] of Object.entries({
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  })) {
    labels[key] ??= value
  }
  template.metadata.labels = labels
  // What is read from the store is defaulted upstream: a job without labels has those of its pods, which its author is not told to own.
  if (Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels }
  job.spec.selector ??= {}
  job.spec.selector.matchLabels = { ...job.spec.selector.matchLabels }
  job.spec.selector.matchLabels['batch.kubernetes.io/controller-uid'] ??= uid
}
