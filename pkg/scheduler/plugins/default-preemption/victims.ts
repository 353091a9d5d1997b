/** The fewest and least important pods of a node that must go (upstream's SelectVictimsOnNode). */
import type { PodDisruptionBudget } from '#api/gen/policy/v1.ts'
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { noVictims } from '../../framework/diagnosis.ts'
import { type FilterRun, filterWithNominated, suppose } from '../../framework/filter-nodes.ts'
import type { Verdict } from '../../framework/types.ts'
import type { Nominator } from '../../nominator.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import { type Candidate, candidateOf, moreImportant } from './candidate.ts'

/** The node is as before when this returns: all that was supposed gone is put back. */
export function selectVictims(run: FilterRun, node: NodeInfo, nominator: Nominator, budgets: readonly PodDisruptionBudget[]): Candidate | Verdict {
  const { priority } = run.cycle.pod
  const possible: PodInfo[] = []
  for (const pod of node.pods.values()) if (pod.priority < priority) possible.push(pod)
  if (possible.length === 0) return noVictims
  const nominated = nominator.on(node.name)
  let gone = possible
  for (const pod of possible) suppose(run, pod, node, -1)
  const verdict = filterWithNominated(run, node, nominated)
  if (!verdict) {
    possible.sort(moreImportant)
    gone = []
    const violating = budgets.length === 0 ? nobody : violators(possible, budgets)
    const reprieve = (pod: PodInfo) => {
      suppose(run, pod, node, 1)
      if (!filterWithNominated(run, node, nominated, true)) return
      suppose(run, pod, node, -1)
      gone.push(pod)
    }
    if (violating.size > 0) for (const pod of possible) if (violating.has(pod)) reprieve(pod)
    const violations = gone.length
    for (const pod of possible) if (!violating.has(pod)) reprieve(pod)
    for (const pod of gone) suppose(run, pod, node, 1)
    if (violations > 0) gone.sort(moreImportant)
    return candidateOf(node, gone, violations)
  }
  for (const pod of gone) suppose(run, pod, node, 1)
  return verdict
}

const nobody: ReadonlySet<PodInfo> = new Set()

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
