/** The fewest and least important pods of a node that must go (upstream's SelectVictimsOnNode). */
import type { PodDisruptionBudget } from '#api/gen/policy/v1.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { noVictims } from '../../framework/diagnosis.ts'
import { type FilterRun, filterWithNominated, suppose } from '../../framework/filter-nodes.ts'
import type { Verdict } from '../../framework/types.ts'
import type { Nominator } from '../../nominator.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import { type Candidate, moreImportant } from './candidate.ts'

/** The node is as before when this returns: all that was supposed gone is put back. */
export function selectVictims(run: FilterRun, node: NodeInfo, nominator: Nominator, budgets: readonly PodDisruptionBudget[]): Candidate | Verdict {
  const { priority } = run.cycle.pod
  const possible: PodInfo[] = []
  for (const pod of node.pods.values()) if (pod.priority < priority) possible.push(pod)
  if (possible.length === 0) return noVictims
  const nominated = nominator.on(node.name)
  const gone = new Set<PodInfo>()
  const remove = (pod: PodInfo) => {
    suppose(run, pod, node, -1)
    gone.add(pod)
  }
  const putBack = (pod: PodInfo) => {
    suppose(run, pod, node, 1)
    gone.delete(pod)
  }
  try {
    for (const pod of possible) remove(pod)
    const verdict = filterWithNominated(run, node, nominated)
    if (verdict) return verdict
    possible.sort(moreImportant)
    const violating = budgets.length === 0 ? new Set<PodInfo>() : violators(possible, budgets)
    let violations = 0
    const reprieve = (pod: PodInfo): boolean => {
      putBack(pod)
      if (!filterWithNominated(run, node, nominated, true)) return true
      remove(pod)
      return false
    }
    for (const pod of possible) if (violating.has(pod) && !reprieve(pod)) violations++
    for (const pod of possible) if (!violating.has(pod)) reprieve(pod)
    return { node, victims: [...gone].sort(moreImportant), violations }
  } finally {
    for (const pod of gone) suppose(run, pod, node, 1)
  }
}

/** Those whose end a budget does not allow, counted from the most important. */
function violators(pods: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]): Set<PodInfo> {
  const allowed = budgets.map(({ status }) => status?.disruptionsAllowed ?? 0)
  const violating = new Set<PodInfo>()
  for (const info of pods) {
    if (Object.keys(info.labels).length === 0) continue
    budgets.forEach(({ metadata, spec, status }, index) => {
      const selector = selectorFromLabelSelector(spec?.selector)
      if (metadata.namespace !== info.namespace || selector.isEmpty || !selector.matches(info.labels)) return
      // The budget has counted it already.
      if (status?.disruptedPods && info.pod.metadata.name in status.disruptedPods) return
      allowed[index]!--
      if (allowed[index]! < 0) violating.add(info)
    })
  }
  return violating
}
