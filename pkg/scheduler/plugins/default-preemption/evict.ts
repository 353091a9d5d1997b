/** Ends the victims: the condition that says why, then the deletion, then the event. */
import { withPodCondition } from '#api/core/v1/pod/with-condition.ts'
import { pods } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Handle } from '../../framework/types.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import type { Candidate } from './candidate.ts'

export async function evictVictims({ victims, node }: Candidate, preemptor: PodInfo, handle: Handle): Promise<void> {
  await Promise.all(victims.map((victim) => evict(victim, preemptor, node.name, handle)))
}

async function evict({ pod }: PodInfo, preemptor: PodInfo, nodeName: string, { client, clock, events }: Handle): Promise<void> {
  const { namespace, name, uid } = pod.metadata
  // Already ending: nothing to add.
  if (pod.metadata.deletionTimestamp) return
  const { schedulerName = 'default-scheduler' } = preemptor.pod.spec
  const message = `${schedulerName}: preempting to accommodate a higher priority pod`
  const status = withPodCondition(pod, { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message }, clock.now())
  try {
    if (status) await client.patch(pods, { namespace, name }, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' })
    await client.delete(pods, { namespace, name }, { preconditions: uid ? { uid } : {} })
  } catch (error) {
    if (isNotFound(error)) return
    throw error
  }
  const note = `Preempted by pod ${preemptor.pod.metadata.uid} on node ${nodeName}`
  events.record(pod, { type: 'Normal', reason: 'Preempted', action: 'Preempting', note })
}
