/** Which of several pods goes first when there are too many (upstream's ActivePodsWithRanks, with LogarithmicScaleDown). */
import type { Pod } from '#api/gen/core/v1.ts'
import { isPodReady, podCondition } from './pod-state.ts'

const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost'
const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/** The pods in the order they should go; `rankOf`: how many of the family stand on the pod's node. */
export function inDeletionOrder(pods: readonly Pod[], rankOf: (pod: Pod) => number, nowMs: number): Pod[] {
  return [...pods].sort((a, b) => compare(a, b, rankOf, nowMs))
}

function compare(a: Pod, b: Pod, rankOf: (pod: Pod) => number, nowMs: number): number {
  return (
    first(!a.spec.nodeName, !b.spec.nodeName) ||
    (phaseOrder[a.status?.phase ?? ''] ?? 0) - (phaseOrder[b.status?.phase ?? ''] ?? 0) ||
    first(!isPodReady(a), !isPodReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    rankOf(b) - rankOf(a) ||
    youngest(readySince(a), readySince(b), a, b, nowMs) ||
    restarts(b) - restarts(a) ||
    youngest(a.metadata.creationTimestamp, b.metadata.creationTimestamp, a, b, nowMs)
  )
}

function first(a: boolean, b: boolean): number {
  return a === b ? 0 : a ? -1 : 1
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[costAnnotation]
  if (text === undefined || !/^(0|-?[1-9]\d{0,9})$/.test(text)) return 0
  const cost = Number(text)
  return cost > 2_147_483_647 || cost < -2_147_483_648 ? 0 : cost
}

function readySince(pod: Pod): string | undefined {
  return isPodReady(pod) ? podCondition(pod, 'Ready')?.lastTransitionTime : undefined
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount))
}

/** Times count by the power of two of their age, so that among pods of about an age chance (their uid) decides. */
function youngest(a: string | undefined, b: string | undefined, podA: Pod, podB: Pod, nowMs: number): number {
  if (a === b) return 0
  if (!a || !b) return a ? 1 : -1
  const rank = logRank(Date.parse(a), nowMs) - logRank(Date.parse(b), nowMs)
  return rank !== 0 ? rank : podA.metadata.uid < podB.metadata.uid ? -1 : 1
}

function logRank(timeMs: number, nowMs: number): number {
  const ageMs = nowMs - timeMs
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs))
}
