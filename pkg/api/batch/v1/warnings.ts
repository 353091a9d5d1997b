/** What the server warns of in jobs and in the templates of cron jobs (upstream: pkg/api/job/warnings.go). */
import { PodTemplateSpecSchema } from '#api/gen/core/v1.ts'
import type { FieldPath } from '#apimachinery/field-error.ts'
import { JobSpecSchema, type JobSpec } from '#api/gen/batch/v1.ts'
import { podWarnings } from '../../core/v1/pod-spec/warnings.ts'
import { semanticEqual } from '../../semantic-equal.ts'

const manyCompletions = 100_000
const muchParallelism = 10_000
const untrackable =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail'

/** Of a template that an update leaves alone nothing is said again. */
export function jobSpecWarnings(spec: JobSpec, at: FieldPath, old?: JobSpec): string[] {
  if (old && semanticEqual(spec, old, JobSpecSchema)) return []
  const { completionMode, completions = 0, parallelism = 0, template } = spec
  const isHuge = completionMode === 'Indexed' && completions > manyCompletions && parallelism > muchParallelism
  const isKnown = old !== undefined && semanticEqual(template, old.template, PodTemplateSpecSchema)
  return [...(isHuge ? [untrackable] : []), ...(isKnown ? [] : podWarnings(template.spec, template.metadata, at.child('template')))]
}
