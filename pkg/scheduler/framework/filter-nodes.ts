/** Runs a profile's filters over batches of nodes, and over one node with pods supposed to be there or gone. */
import type { NodeInfo } from '../state/node-info.ts'
import type { PodInfo } from '../state/pod-info.ts'
import type { Status } from '../metrics.ts'
import type { Batch, Cycle, Plugin, Profile, Verdict } from './types.ts'

interface ActiveFilter {
  readonly plugin: Plugin
  readonly state: unknown
}

/** What pre-filtering left to do for one pod. */
export interface FilterRun {
  readonly cycle: Cycle
  readonly filters: readonly ActiveFilter[]
  readonly filterNames: readonly string[]
  /** Those whose verdict depends on the pods of a node, and those that must hear of supposed ones. */
  readonly podFilters: readonly ActiveFilter[]
  readonly listeners: readonly ActiveFilter[]
  /** No filter looks at single pods: it is enough to keep the nodes' sums. */
  readonly onlySums: boolean
  /** Pre-filter states of all plugins that made one, for reserve and preBind. */
  readonly states: ReadonlyMap<string, unknown>
  /** Only these nodes, as the plugins named say. */
  readonly nodeNames: ReadonlySet<string> | undefined
  readonly narrowedBy: readonly string[]
}

/** Hears how long each plugin took, when the cycle is one of those that are timed. */
export type PluginTimer = (plugin: string, seconds: number, status: Status) => void

/** A pod that no node can take; the plugins behind the one that says so were not asked. */
export interface Rejection {
  readonly rejected: Verdict
  readonly unasked: ReadonlySet<string>
}

export function preFilter(profile: Profile, cycle: Cycle, timer?: PluginTimer): FilterRun | Rejection {
  const filters: ActiveFilter[] = []
  const states = new Map<string, unknown>()
  let nodeNames: ReadonlySet<string> | undefined
  const narrowedBy: string[] = []
  const rejection = (rejected: Verdict, by: string): Rejection => {
    const names = profile.plugins.map(({ plugin }) => plugin.name)
    return { rejected, unasked: new Set(names.slice(names.indexOf(by) + 1)) }
  }
  for (const { plugin } of profile.plugins) {
    if (!plugin.preFilter) {
      if (plugin.filter) filters.push({ plugin, state: undefined })
      continue
    }
    const begun = timer ? performance.now() : 0
    const result = plugin.preFilter(cycle)
    timer?.(plugin.name, (performance.now() - begun) / 1000, 'skip' in result ? 'Skip' : 'rejected' in result ? 'Unschedulable' : 'Success')
    if ('skip' in result) continue
    if ('rejected' in result) return rejection(result.rejected, plugin.name)
    states.set(plugin.name, result.state)
    if (plugin.filter) filters.push({ plugin, state: result.state })
    if (!result.nodeNames) continue
    narrowedBy.push(plugin.name)
    nodeNames = nodeNames ? nodeNames.intersection(result.nodeNames) : result.nodeNames
    if (nodeNames.size === 0) {
      const reasons = [`node(s) didn't satisfy plugin(s) [${narrowedBy.sort().join(' ')}] simultaneously`]
      return rejection({ plugin: plugin.name, reasons, resolvable: false }, plugin.name)
    }
  }
  const podFilters = filters.filter(({ plugin }) => !plugin.ignoresPods)
  return {
    cycle,
    filters,
    filterNames: filters.map(({ plugin }) => plugin.name),
    podFilters,
    onlySums: podFilters.every(({ plugin }) => plugin.readsOnlySums),
    listeners: filters.filter(({ plugin }) => plugin.suppose),
    states,
    nodeNames,
    narrowedBy,
  }
}

export function filterBatch({ filters, cycle }: FilterRun, batch: Batch, timer?: PluginTimer): void {
  for (const { plugin, state } of filters) {
    const begun = timer ? performance.now() : 0
    filterWith(plugin, state, cycle, batch)
    timer?.(plugin.name, (performance.now() - begun) / 1000, 'Success')
  }
}

function filterWith(plugin: Plugin, state: unknown, cycle: Cycle, batch: Batch): void {
  try {
    plugin.filter!(state, cycle, batch)
  } catch (error) {
    throw new Error(`running "${plugin.name}" filter plugin: ${(error as Error).message}`, { cause: error })
  }
}

const single: Batch = { nodes: [], verdicts: [], length: 1 }

function filterOne(filters: readonly ActiveFilter[], cycle: Cycle, node: NodeInfo): Verdict | undefined {
  single.nodes[0] = node
  single.verdicts[0] = undefined
  for (let i = 0; i < filters.length && single.verdicts[0] === undefined; i++) {
    const { plugin, state } = filters[i]!
    filterWith(plugin, state, cycle, single)
  }
  return single.verdicts[0]
}

/** Supposes a pod on (1) or off (-1) the node, for every plugin and the node's own sums. */
export function suppose({ listeners, onlySums, cycle }: FilterRun, pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
  if (onlySums) node.account(pod, sign)
  else if (sign === 1) node.add(pod)
  else node.remove(pod)
  for (const { plugin, state } of listeners) plugin.suppose!(state, cycle, pod, node, sign)
}

/**
 * The node must do both with the pods that are promised to it and without: the promise may be kept or broken.
 * Whatever is supposed is undone. `onlyPods`: nothing but its pods has changed since the node was last found good.
 */
export function filterWithNominated(run: FilterRun, node: NodeInfo, nominated: readonly PodInfo[], onlyPods = false): Verdict | undefined {
  const { cycle } = run
  const filters = onlyPods ? run.podFilters : run.filters
  if (nominated.length > 0) {
    const here = nominated.filter(({ key, priority }) => key !== cycle.pod.key && priority >= cycle.pod.priority && !node.pods.has(key))
    if (here.length > 0) {
      for (const pod of here) suppose(run, pod, node, 1)
      const verdict = filterOne(filters, cycle, node)
      for (const pod of here.reverse()) suppose(run, pod, node, -1)
      if (verdict) return verdict
    }
  }
  return filterOne(filters, cycle, node)
}
