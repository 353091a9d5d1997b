/** Which changes of a pod in the API ask something of its worker. */
import type { Pod } from '#api/gen/core/v1.ts'

/** False for what only our own writes of the status have changed: they come back as events. */
export function asksForAStep({ metadata: was, ...before }: Pod, { metadata: is, ...after }: Pod): boolean {
  return (
    was.generation !== is.generation ||
    was.deletionTimestamp !== is.deletionTimestamp ||
    was.deletionGracePeriodSeconds !== is.deletionGracePeriodSeconds ||
    JSON.stringify([before.spec, was.labels, was.annotations, foreign(before.status)]) !==
      JSON.stringify([after.spec, is.labels, is.annotations, foreign(after.status)])
  )
}

const ours: ReadonlySet<string> = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'])

/** Conditions that others set: readiness gates count on them. */
function foreign(status: Pod['status']): unknown {
  return (status?.conditions ?? []).filter(({ type }) => !ours.has(type))
}
