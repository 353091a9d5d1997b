/**
 * What ending pods on a node would bring, kept until the node changes. Many pods of one template that look for room meet the same
 * nodes; only where no filter looks beyond the node's own sums, as what stands elsewhere may change meanwhile.
 */
import type { PodDisruptionBudget } from '#api/gen/policy/v1.ts'
import type { FilterRun } from '../../framework/filter-nodes.ts'
import type { Verdict } from '../../framework/types.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import type { Candidate } from './candidate.ts'

interface DryRun {
  readonly generation: number
  readonly asked: string
  readonly outcome: Candidate | Verdict
}

/** The last one on each node; it goes with the node. */
const lastRuns = new WeakMap<NodeInfo, DryRun>()

/** What the outcome depends on beside the node, for a pod whose filters read no more; undefined: too much to be kept. */
export function question({ cycle, onlySums, states }: FilterRun, budgets: readonly PodDisruptionBudget[]): string | undefined {
  const { pod, claims, priority, cpu, memory, ephemeralStorage, scalars } = cycle.pod
  const { resourceClaims = [], schedulerName, nodeName, nodeSelector, affinity, tolerations } = pod.spec
  // Devices that others take anywhere change what a node has, also those behind extended resources.
  if (!onlySums || claims.length > 0 || resourceClaims.length > 0 || states.has('DynamicResources')) return undefined
  const allowed = budgets.map(({ metadata: { uid, resourceVersion } }) => `${uid}/${resourceVersion}`)
  return JSON.stringify([priority, cpu, memory, ephemeralStorage, [...scalars], schedulerName, nodeName, nodeSelector, affinity, tolerations, allowed])
}

export function recall(node: NodeInfo, asked: string): Candidate | Verdict | undefined {
  const last = lastRuns.get(node)
  return last?.generation === node.generation && last.asked === asked ? last.outcome : undefined
}

export function remember(node: NodeInfo, asked: string, outcome: Candidate | Verdict): void {
  lastRuns.set(node, { generation: node.generation, asked, outcome })
}
