/** Runs a profile's filters over batches of nodes, and over one node with pods supposed to be there or gone. */
import type { NodeInfo } from '../state/node-info.ts'
import type { PodInfo } from '../state/pod-info.ts'
import type { Batch, Cycle, Plugin, Profile, Verdict } from './types.ts'

interface ActiveFilter {
  readonly plugin: Plugin
  readonly state: unknown
}

/** What pre-filtering left to do for one pod. */
export interface FilterRun {
  readonly cycle: Cycle
  readonly filters: readonly ActiveFilter[]
  /** Pre-filter states of all plugins that made one, for reserve and preBind. */
  readonly states: ReadonlyMap<string, unknown>
  /** Only these nodes, as the plugins named say. */
  readonly nodeNames: ReadonlySet<string> | undefined
  readonly narrowedBy: readonly string[]
}

export function preFilter(profile: Profile, cycle: Cycle): FilterRun | { readonly rejected: Verdict } {
  const filters: ActiveFilter[] = []
  const states = new Map<string, unknown>()
  let nodeNames: ReadonlySet<string> | undefined
  const narrowedBy: string[] = []
  for (const { plugin } of profile.plugins) {
    if (!plugin.preFilter) {
      if (plugin.filter) filters.push({ plugin, state: undefined })
      continue
    }
    const result = plugin.preFilter(cycle)
    if ('skip' in result) continue
    if ('rejected' in result) return result
    states.set(plugin.name, result.state)
    if (plugin.filter) filters.push({ plugin, state: result.state })
    if (!result.nodeNames) continue
    narrowedBy.push(plugin.name)
    nodeNames = nodeNames ? nodeNames.intersection(result.nodeNames) : result.nodeNames
    if (nodeNames.size === 0) {
      return {
        rejected: { plugin: plugin.name, reasons: [`node(s) didn't satisfy plugin(s) [${narrowedBy.sort().join(' ')}] simultaneously`], resolvable: false },
      }
    }
  }
  return { cycle, filters, states, nodeNames, narrowedBy }
}

export function filterBatch({ filters, cycle }: FilterRun, batch: Batch): void {
  for (const { plugin, state } of filters) plugin.filter!(state, cycle, batch)
}

const single: Batch = { nodes: [], verdicts: [], length: 1 }

export function filterOne(run: FilterRun, node: NodeInfo): Verdict | undefined {
  single.nodes[0] = node
  single.verdicts[0] = undefined
  filterBatch(run, single)
  return single.verdicts[0]
}

/** Supposes a pod on (1) or off (-1) the node, for every plugin and the node's own sums. */
export function suppose({ filters, cycle }: FilterRun, pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
  if (sign === 1) node.add(pod)
  else node.remove(pod)
  for (const { plugin, state } of filters) plugin.suppose?.(state, cycle, pod, node, sign)
}

/**
 * The node must do both with the pods that are promised to it and without: the promise may be kept or broken.
 * Whatever is supposed is undone.
 */
export function filterWithNominated(run: FilterRun, node: NodeInfo, nominated: readonly PodInfo[]): Verdict | undefined {
  const here = nominated.filter(({ key, priority }) => key !== run.cycle.pod.key && priority >= run.cycle.pod.priority && !node.pods.has(key))
  if (here.length > 0) {
    for (const pod of here) suppose(run, pod, node, 1)
    const verdict = filterOne(run, node)
    for (const pod of here.reverse()) suppose(run, pod, node, -1)
    if (verdict) return verdict
  }
  return filterOne(run, node)
}
