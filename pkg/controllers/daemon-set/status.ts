/** A DaemonSet's status from nodes and pods. */
import type { DaemonSet, DaemonSetStatus } from '#api/gen/apps/v1.ts'
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { isPodAvailable, isPodReady } from '../workload/pod-state.ts'
import { fitOf } from './node-fit.ts'
import { isCurrent } from './update.ts'

export function daemonSetStatus(
  set: DaemonSet,
  nodes: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  hash: string,
  nowMs: number,
): DaemonSetStatus {
  const status = {
    desiredNumberScheduled: 0,
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
    numberUnavailable: 0,
  }
  for (const node of nodes) {
    const pods = byNode.get(node.metadata.name) ?? []
    if (!fitOf(set, node).shouldRun) {
      if (pods.length > 0) status.numberMisscheduled++
      continue
    }
    status.desiredNumberScheduled++
    // The oldest stands for the node, its generation too; a surplus one will go, or is there to take its place.
    const [pod] = [...pods].sort(byAge)
    if (!pod) continue
    status.currentNumberScheduled++
    if (isPodReady(pod)) {
      status.numberReady++
      if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)) status.numberAvailable++
    }
    if (isCurrent(pod, hash, set)) status.updatedNumberScheduled++
  }
  status.numberUnavailable = status.desiredNumberScheduled - status.numberAvailable
  const { collisionCount, conditions } = set.status ?? {}
  return {
    ...status,
    observedGeneration: set.metadata.generation,
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions ? { conditions } : {}),
  } as DaemonSetStatus
}

/** Those on their node before those that wait for it, then by time and name. */
function byAge(a: Pod, b: Pod): number {
  const [placed, other] = [Boolean(a.spec.nodeName), Boolean(b.spec.nodeName)]
  if (placed !== other) return placed ? -1 : 1
  const [since, otherSince] = [a.metadata.creationTimestamp!, b.metadata.creationTimestamp!]
  return since === otherSince ? (a.metadata.name < b.metadata.name ? -1 : 1) : since < otherSince ? -1 : 1
}
