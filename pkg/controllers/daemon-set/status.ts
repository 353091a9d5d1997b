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
    // The oldest stands for the node; a surplus one will go.
    const [pod] = [...pods].sort((a, b) => (a.metadata.creationTimestamp! < b.metadata.creationTimestamp! ? -1 : 1))
    if (!pod) continue
    status.currentNumberScheduled++
    if (isPodReady(pod)) {
      status.numberReady++
      if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)) status.numberAvailable++
    }
    if (pods.some((each) => isCurrent(each, hash, set))) status.updatedNumberScheduled++
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
