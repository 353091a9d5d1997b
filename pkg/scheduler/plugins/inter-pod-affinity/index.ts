/** Pod affinity and anti-affinity, of the pod towards others and of others towards it. */
import { isItself } from '../../framework/events.ts'
import type { Plugin } from '../../framework/types.ts'
import { hintAdded, hintNode, hintRelabelled, hintRemoved } from './hints.ts'
import { filterAffinity, preFilterAffinity, supposeAffinity } from './filter.ts'
import { scoreAffinity } from './score.ts'
import type { AffinityState } from './topology-counts.ts'

export interface InterPodAffinityArgs {
  /** How much a required affinity of a pod that stands there draws this one. */
  readonly hardPodAffinityWeight: number
  readonly ignorePreferredTermsOfExistingPods: boolean
}

export function interPodAffinity(args: InterPodAffinityArgs = { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false }): Plugin<AffinityState> {
  return {
    name: 'InterPodAffinity',
    preFilter: preFilterAffinity,
    filter: filterAffinity,
    suppose: supposeAffinity,
    score: (cycle, nodes, into) => scoreAffinity(cycle, nodes, into, args),
    interests: [
      { event: 'AssignedPod/Add', hint: hintAdded },
      { event: 'AssignedPod/UpdateLabel', hint: hintRelabelled },
      { event: 'AssignedPod/Delete', hint: hintRemoved },
      { event: 'UnschedulablePod/UpdateLabel', hint: isItself },
      { event: 'Namespace/Update' },
      { event: 'Node/Add', hint: hintNode },
      { event: 'Node/UpdateLabel', hint: hintNode },
    ],
  }
}
