/** Upstream's words for a pod that fits nowhere (FitError). */
import type { Verdict } from './types.ts'

/** "1 Insufficient cpu, 2 node(s) were unschedulable", sorted as texts are. */
function histogram(verdicts: Iterable<Verdict>): string {
  const counts = new Map<string, number>()
  for (const [{ reasons }, count] of tally(verdicts)) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + count)
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ')
}

/** How often each verdict was given: they are shared, and mostly the same over long stretches. */
export function tally(verdicts: Iterable<Verdict>): Map<Verdict, number> {
  const counts = new Map<Verdict, number>()
  let last: Verdict | undefined
  let run = 0
  for (const verdict of verdicts) {
    if (verdict === last) {
      run++
      continue
    }
    if (last) counts.set(last, (counts.get(last) ?? 0) + run)
    last = verdict
    run = 1
  }
  if (last) counts.set(last, (counts.get(last) ?? 0) + run)
  return counts
}

/** "0/3 nodes are available: …." from a verdict for each node. */
export function fitErrorMessage(nodeCount: number, verdicts: readonly Verdict[]): string {
  const reasons = histogram(verdicts)
  return `0/${nodeCount} nodes are available:${reasons === '' ? '' : ` ${reasons}.`}`
}

/** As above when no node was looked at: the reason is the pod's. */
export function preFilterMessage(nodeCount: number, reason: string): string {
  return `0/${nodeCount} nodes are available: ${reason}.`
}

export const noNodesMessage = 'no nodes available to schedule pods'

/** DynamicResources' and DefaultPreemption's post-filter texts stand behind the reasons. */
export function withPostFilter(message: string, preemption: string, claims: string | undefined): string {
  return `${message} ${claims === undefined ? '' : `${claims}, `}preemption: ${preemption}`
}

export const notHelpful: Verdict = { plugin: 'DefaultPreemption', reasons: ['Preemption is not helpful for scheduling'], resolvable: false }
export const noVictims: Verdict = { plugin: 'DefaultPreemption', reasons: ['No preemption victims found for incoming pod'], resolvable: false }
