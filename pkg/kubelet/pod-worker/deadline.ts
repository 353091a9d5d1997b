/** activeDeadlineSeconds: the pod as a whole may run for so long. */
import type { StepTools } from './types.ts'

const failure = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }

/** Answers the time left; ends a pod that has none, and one without a deadline has no end of it. */
export function deadline({ context, life, end }: StepTools): number | undefined {
  const { pod } = life
  const limit = pod.spec.activeDeadlineSeconds
  if (limit === undefined) return undefined
  const startTime = context.statuses.get(life.uid)?.startTime ?? pod.status?.startTime
  const leftMs = startTime ? Date.parse(startTime) + limit * 1000 - context.clock.now() : limit * 1000
  if (leftMs > 0) return leftMs
  life.failure = failure
  context.recorder.event(pod, 'Normal', failure.reason, failure.message)
  end()
  return undefined
}
