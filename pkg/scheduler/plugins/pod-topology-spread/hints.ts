/** Which changes matter to a pod that spreading refused (upstream's queueing hints): those of pods that are counted, and of domains. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import type { Labels } from '#apimachinery/labels.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { EventInterest } from '../../framework/events.ts'
import { type Constraint, ownConstraints } from './constraints.ts'

/** Whoever has the defaults is counted by Services and owners, which are unknown here: all that is near may help. */
const byDefaults = undefined

export const spreadInterests: readonly EventInterest[] = [
  { event: 'AssignedPod/Add', hint: isCounted },
  { event: 'AssignedPod/Delete', hint: isCounted },
  { event: 'AssignedPod/UpdateLabel', hint: countsOtherwise },
  { event: 'UnschedulablePod/UpdateLabel', hint: (pod, after, before) => isSame(pod, after) && countsOtherwise(pod, after, before) },
  {
    event: 'UnschedulablePod/UpdateToleration',
    hint: (pod, after) => isSame(pod, after) && constraintsOfPod(after)?.some(({ honorTaints }) => honorTaints) !== false,
  },
  { event: 'Node/Add', hint: isInDomains },
  { event: 'Node/Delete', hint: isInDomains },
  { event: 'Node/UpdateLabel', hint: changesDomains },
  { event: 'Node/UpdateTaint', hint: changesDomains },
]

function constraintsOfPod(pod: Pod): readonly Constraint[] | undefined {
  return (pod.spec.topologySpreadConstraints ?? []).length === 0 ? byDefaults : ownConstraints(pod, pod.metadata.labels ?? {}, 'DoNotSchedule')
}

function isSame(pod: Pod, changed: Pod): boolean {
  return pod.metadata.uid === changed.metadata.uid
}

function isCounted(pod: Pod, other: Pod): boolean {
  return near(pod, other) && constraintsOfPod(pod)?.some(({ selector }) => selector.matches(other.metadata.labels)) !== false
}

function countsOtherwise(pod: Pod, after: Pod, before: Pod): boolean {
  if (!near(pod, after)) return false
  return constraintsOfPod(pod)?.some(({ selector }) => selector.matches(after.metadata.labels) !== selector.matches(before.metadata.labels)) !== false
}

function near(pod: Pod, other: Pod): boolean {
  return pod.metadata.namespace === other.metadata.namespace
}

function isInDomains(pod: Pod, node: Node): boolean {
  return (constraintsOfPod(pod) ?? []).every(({ topologyKey }) => labelsOf(node)[topologyKey] !== undefined)
}

function changesDomains(pod: Pod, after: Node, before: Node): boolean {
  const isIn = isInDomains(pod, after)
  if (isIn !== isInDomains(pod, before)) return true
  if (!isIn) return false
  const moved = (constraintsOfPod(pod) ?? []).some(({ topologyKey }) => labelsOf(after)[topologyKey] !== labelsOf(before)[topologyKey])
  return moved || !semanticEqual(after.spec?.taints, before.spec?.taints)
}

function labelsOf({ metadata }: Node): Labels {
  return metadata.labels ?? {}
}
