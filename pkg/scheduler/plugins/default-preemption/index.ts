/** Makes room for a pod by ending less important ones (upstream's DefaultPreemption), or says why that does not help. */
import { fitErrorMessage, notHelpful } from '../../framework/diagnosis.ts'
import type { Unfit } from '../../framework/find-node.ts'
import type { PreemptionArgs, Verdict } from '../../framework/types.ts'
import type { Nominator } from '../../nominator.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodInfo } from '../../state/pod-info.ts'
import type { Candidate } from './candidate.ts'
import { question, recall, remember } from './dry-runs.ts'
import { selectVictims } from './victims.ts'

export type Preemption =
  /** Room can be made on each of these. */
  | { readonly candidates: readonly Candidate[] }
  /** It does not help; `keepsNomination`: what was promised stands, its victims are still ending. */
  | { readonly message: string; readonly keepsNomination: boolean }

export interface PreemptionContext {
  readonly args: PreemptionArgs
  readonly nominator: Nominator
  readonly random: () => number
  /** Every node in the cluster's order, as the verdicts are. */
  readonly nodes: readonly NodeInfo[]
}

export const defaultPreemptionArgs: PreemptionArgs = { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 }

export function preempt(pod: PodInfo, { run, verdicts }: Unfit, context: PreemptionContext): Preemption {
  const { nodes, args } = context
  const why = notEligible(pod, nodes, verdicts)
  if (why) return { message: why, keepsNomination: true }
  const found: Verdict[] = new Array(nodes.length).fill(notHelpful)
  const candidates: Candidate[] = []
  const possible: number[] = []
  for (let i = 0; i < nodes.length; i++) if (verdicts[i]!.resolvable) possible.push(i)
  if (run && possible.length > 0) {
    const budgets = run.cycle.objects.budgets.list()
    const same = question(run, budgets)
    const wanted = Math.min(possible.length, Math.max(args.minCandidateNodesAbsolute, Math.floor((possible.length * args.minCandidateNodesPercentage) / 100)))
    const offset = Math.floor(context.random() * possible.length)
    for (let i = 0; i < possible.length; i++) {
      const place = possible[(offset + i) % possible.length]!
      const node = nodes[place]!
      const asked = context.nominator.on(node.name).length === 0 ? same : undefined
      let result = asked === undefined ? undefined : recall(node, asked)
      if (!result) {
        result = selectVictims(run, node, context.nominator, budgets)
        if (asked !== undefined) remember(node, asked, result)
      }
      if ('reasons' in result) found[place] = result
      else candidates.push(result)
      if (candidates.length >= wanted && candidates.some(({ violations }) => violations === 0)) break
    }
  }
  if (candidates.length > 0) return { candidates }
  return { message: fitErrorMessage(nodes.length, found), keepsNomination: false }
}

function notEligible({ pod, priority }: PodInfo, nodes: readonly NodeInfo[], verdicts: readonly Verdict[]): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = pod.status?.nominatedNodeName
  if (!nominated) return undefined
  const place = nodes.findIndex(({ name }) => name === nominated)
  // A node that no longer will do whoever leaves: look for another.
  if (place < 0 || !verdicts[place]!.resolvable) return undefined
  for (const other of nodes[place]!.pods.values()) {
    if (other.priority < priority && endsByPreemption(other)) return 'not eligible due to a terminating pod on the nominated node.'
  }
  return undefined
}

function endsByPreemption({ pod }: PodInfo): boolean {
  if (!pod.metadata.deletionTimestamp) return false
  return (
    pod.status?.conditions?.some(({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === 'PreemptionByScheduler') ?? false
  )
}
