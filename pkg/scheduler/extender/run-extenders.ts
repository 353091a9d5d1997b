/** Asks the extenders in order about the nodes that the plugins found good, and takes the best by all scores. */
import { fitErrorMessage, tally } from '../framework/diagnosis.ts'
import type { Found, Unfit } from '../framework/find-node.ts'
import { bestNode } from '../framework/score-nodes.ts'
import type { Cycle, Profile, Verdict } from '../framework/types.ts'
import type { NodeInfo } from '../state/node-info.ts'
import type { Extender } from './extender.ts'

export async function runExtenders(extenders: readonly Extender[], profile: Profile, cycle: Cycle, found: Found, random: () => number): Promise<Found | Unfit> {
  const { pod } = cycle.pod
  const failed = new Map<string, Verdict>()
  let nodes: readonly NodeInfo[] = found.feasible
  for (const extender of extenders) {
    if (nodes.length === 0) break
    try {
      const answer = await extender.filter(pod, nodes)
      for (const [name, { reason, unresolvable }] of answer.failed) failed.set(name, { plugin: 'Extender', reasons: [reason], resolvable: !unresolvable })
      nodes = answer.nodes
    } catch (error) {
      if (!extender.config.ignorable) throw error
    }
  }
  if (nodes.length === 0) {
    const verdicts = cycle.cluster.list().map(({ name }, index) => failed.get(name) ?? found.verdicts[index] ?? refused)
    return {
      message: fitErrorMessage(verdicts.length, verdicts),
      plugins: new Set([...tally(verdicts).keys()].map(({ plugin }) => plugin)),
      run: found.run,
      verdicts,
    }
  }
  const scores = new Map<string, number>()
  for (const extender of extenders) await extender.addScores(pod, nodes, scores)
  return { ...found, node: bestNode(profile, cycle, nodes, random, { more: scores }) }
}

/** Nobody says why; it is counted with no reason, as upstream counts it. */
const refused: Verdict = { plugin: 'Extender', reasons: [], resolvable: false }
