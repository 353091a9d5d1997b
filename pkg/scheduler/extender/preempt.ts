/** Extenders that take part in preemption narrow the candidates, each what the one before left (upstream's callExtenders). */
import type { Candidate } from '../plugins/default-preemption/candidate.ts'
import type { PodInfo } from '../state/pod-info.ts'
import type { Extender } from './extender.ts'

export function preemptors(extenders: readonly Extender[], pod: PodInfo): Extender[] {
  return extenders.filter((each) => each.config.preemptVerb && each.isInterested(pod))
}

export async function narrowCandidates(extenders: readonly Extender[], { pod }: PodInfo, candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  let left = candidates
  for (const extender of extenders) {
    const { ignorable } = extender.config
    try {
      const answer = await extender.preempt(pod, left)
      const empty = answer.find(({ victims }) => victims.length === 0)
      if (empty && !ignorable) throw new Error(`expected at least one victim pod on node "${empty.node.name}"`)
      left = answer.filter(({ victims }) => victims.length > 0)
    } catch (error) {
      if (!ignorable) throw error
    }
    if (left.length === 0) break
  }
  return left
}
