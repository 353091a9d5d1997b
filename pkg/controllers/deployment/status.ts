/** A Deployment's status and its Progressing, Available and ReplicaFailure conditions. */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '#api/gen/apps/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import { conditionOf, withCondition, withoutCondition } from '../workload/conditions.ts'
import { sameStatus } from '../workload/status-write.ts'
import { maxUnavailable, sumActual, sumAvailable, sumReplicas, wanted } from './arithmetic.ts'
import { type Rollout, withProgressing } from './rollout.ts'

export function calculateStatus({ deployment, newest, all, context }: Rollout): DeploymentStatus {
  const available = sumAvailable(all)
  const nowMs = context.clock.now()
  const enough = available >= wanted(deployment) - maxUnavailable(deployment)
  const availability = enough
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : { status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' }
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: sumActual(all),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: all.reduce((sum, set) => sum + (set.status?.readyReplicas ?? 0), 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sumReplicas(all) - available),
    ...terminating(all),
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    conditions: withCondition(deployment.status?.conditions, { type: 'Available', ...availability, lastUpdateTime: rfc3339(nowMs) }, nowMs),
  }
}

/** Known only when every ReplicaSet's is. */
function terminating(all: readonly ReplicaSet[]): { terminatingReplicas?: number } {
  let sum = 0
  for (const { status } of all) {
    if (status?.terminatingReplicas === undefined) return {}
    sum += status.terminatingReplicas
  }
  return { terminatingReplicas: sum }
}

export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const size = wanted(deployment)
  return (
    (status?.updatedReplicas ?? 0) === size &&
    (status?.replicas ?? 0) === size &&
    (status?.availableReplicas ?? 0) === size &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

/** Status while paused, scaled or deleted: no judgement of progress. */
export async function syncStatus(rollout: Rollout): Promise<void> {
  const status = calculateStatus(rollout)
  if (differs(rollout.deployment.status, status)) await rollout.writeDeployment({ status })
}

/** Of pods that are going, none and not known are two things. */
function differs(before: DeploymentStatus | undefined, now: DeploymentStatus): boolean {
  return !sameStatus(before, now) || before?.terminatingReplicas !== now.terminatingReplicas
}

/** Status with progress judged. Answers when to look again whether the deadline has passed. */
export async function syncRolloutStatus(rollout: Rollout): Promise<number | undefined> {
  const before = rollout.deployment.status
  const status = calculateStatus(rollout)
  const nowMs = rollout.context.clock.now()
  if (!rollout.hasDeadline) status.conditions = withoutCondition(status.conditions, 'Progressing')
  const current = rollout.progressing
  const settled = status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable'
  if (rollout.hasDeadline && !settled) judgeProgress(rollout, status, nowMs)
  const failure = replicaFailure(rollout)
  status.conditions = failure
    ? withCondition(status.conditions, { ...failure, lastUpdateTime: rfc3339(nowMs) }, nowMs)
    : withoutCondition(status.conditions, 'ReplicaFailure')
  if (differs(before, status)) await rollout.writeDeployment({ status })
  return deadlineCheckMs(rollout, status, nowMs)
}

function judgeProgress(rollout: Rollout, status: DeploymentStatus, nowMs: number): void {
  const { deployment, newest } = rollout
  const subject = newest ? `ReplicaSet "${newest.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  const current = rollout.progressing
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    status.conditions = withProgressing(status.conditions, { status: 'True', reason: 'NewReplicaSetAvailable', message }, nowMs)
  } else if (isProgressing(deployment, status)) {
    // Set anew each time, since its update time is what the deadline counts from.
    const fresh = withProgressing(undefined, { status: 'True', reason: 'ReplicaSetUpdated', message: `${subject} is progressing.` }, nowMs)[0]!
    const kept = current?.status === 'True' ? { lastTransitionTime: current.lastTransitionTime } : {}
    status.conditions = [...withoutCondition(status.conditions, 'Progressing'), { ...fresh, ...kept }]
  } else if (isTimedOut(rollout, status, nowMs)) {
    const message = `${subject} has timed out progressing.`
    status.conditions = withProgressing(status.conditions, { status: 'False', reason: 'ProgressDeadlineExceeded', message }, nowMs)
  }
}

function isProgressing({ status: before }: Deployment, status: DeploymentStatus): boolean {
  const oldOf = (each: DeploymentStatus | undefined) => (each?.replicas ?? 0) - (each?.updatedReplicas ?? 0)
  return (
    (status.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    oldOf(status) < oldOf(before) ||
    (status.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  )
}

function isTimedOut({ deployment }: Rollout, status: DeploymentStatus, nowMs: number): boolean {
  const condition = conditionOf(status.conditions, 'Progressing')
  if (!condition || condition.reason === 'NewReplicaSetAvailable') return false
  if (condition.reason === 'ProgressDeadlineExceeded') return true
  return Date.parse(condition.lastUpdateTime ?? '') + deployment.spec.progressDeadlineSeconds! * 1000 < nowMs
}

function deadlineCheckMs({ deployment, hasDeadline }: Rollout, status: DeploymentStatus, nowMs: number): number | undefined {
  const condition = conditionOf(status.conditions, 'Progressing')
  if (!hasDeadline || !condition || isComplete(deployment, status) || condition.reason === 'ProgressDeadlineExceeded') return undefined
  const leftMs = Date.parse(condition.lastUpdateTime ?? '') + deployment.spec.progressDeadlineSeconds! * 1000 - nowMs
  return Math.max(leftMs, 0) + 1000
}

function replicaFailure({ newest, old }: Rollout): Omit<DeploymentCondition, 'lastTransitionTime'> | undefined {
  for (const set of newest ? [newest, ...old] : old) {
    const failure = conditionOf(set.status?.conditions, 'ReplicaFailure')
    if (failure) return { type: 'ReplicaFailure', status: failure.status, reason: failure.reason, message: failure.message }
  }
  return undefined
}
