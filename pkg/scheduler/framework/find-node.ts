/** Finds a pod its node: filters the nodes in batches until enough will do, scores those, takes the best. */
import type { ClusterState } from '../state/cluster-state.ts'
import { type ExtensionPoint, SchedulerMetrics } from '../metrics.ts'
import type { NodeInfo } from '../state/node-info.ts'
import type { Nominator } from '../nominator.ts'
import { fitErrorMessage, noNodesMessage, preFilterMessage, tally } from './diagnosis.ts'
import { filterBatch, filterWithNominated, type FilterRun, type PluginTimer, preFilter } from './filter-nodes.ts'
import { bestNode } from './score-nodes.ts'
import type { Batch, Cycle, Profile, Verdict } from './types.ts'

export interface Found {
  readonly node: NodeInfo
  /** It was promised to the pod, and others were not looked at. */
  readonly promised?: true
  readonly run: FilterRun
  /** All that were found good, for extenders; and why others are not, in the cluster's order. */
  readonly feasible: readonly NodeInfo[]
  readonly verdicts: readonly (Verdict | undefined)[]
}

export interface Unfit {
  readonly message: string
  /** Who refused; only what these wait for can help. */
  readonly plugins: ReadonlySet<string>
  /** What can be tried by preemption: the run, and the verdict of each node in the cluster's order. */
  readonly run: FilterRun | undefined
  readonly verdicts: readonly Verdict[]
  /** When the pod was refused before any node was looked at: plugins that had no say. */
  readonly unasked?: ReadonlySet<string>
}

const batchSize = 256
const minFeasibleNodes = 100

export class NodeFinder {
  readonly #random: () => number
  readonly #nominator: Nominator
  #nextStart = 0

  readonly #metrics: SchedulerMetrics

  /** What the last cycle wrote where; most cycles refuse few nodes, so that few places need to be wiped. */
  #verdicts: (Verdict | undefined)[] = []
  readonly #written: number[] = []
  readonly #keepsVerdicts: boolean

  /** `keepsVerdicts`: who is found is told with why others are not, for extenders. */
  constructor(nominator: Nominator, random: () => number, metrics: SchedulerMetrics = new SchedulerMetrics(), keepsVerdicts = true) {
    this.#keepsVerdicts = keepsVerdicts
    this.#nominator = nominator
    this.#metrics = metrics
    this.#random = random
  }

  find(profile: Profile, cycle: Cycle, { passOverPromise = false }: { readonly passOverPromise?: boolean } = {}): Found | Unfit {
    const all = cycle.cluster.list()
    if (all.length === 0) return { message: noNodesMessage, plugins: new Set(), run: undefined, verdicts: [] }
    const { schedulerName } = profile
    const begun = performance.now()
    const timerOf = this.#metrics.isSampled() ? this.#timerOf : () => undefined
    const run = preFilter(profile, cycle, timerOf('PreFilter'))
    const filtering = performance.now()
    const preFiltered = !('rejected' in run) ? 'Success' : run.rejected.resolvable ? 'Unschedulable' : 'UnschedulableAndUnresolvable'
    this.#metrics.extensionPoint('PreFilter', schedulerName, preFiltered, (filtering - begun) / 1000)
    if ('rejected' in run) {
      const { rejected, unasked } = run
      return {
        message: preFilterMessage(all.length, rejected.reasons.join(', ')),
        plugins: new Set([rejected.plugin]),
        run: undefined,
        verdicts: all.map(() => rejected),
        unasked,
      }
    }
    const promised = passOverPromise ? undefined : cycle.pod.pod.status?.nominatedNodeName
    const kept = promised && this.#stillFits(cycle.cluster, run, promised)
    if (kept) return { node: kept, promised: true, run, feasible: [kept], verdicts: [] }
    const verdicts = this.#emptyVerdicts(all.length)
    const feasible = this.#feasible(run, all, verdicts, profile.percentageOfNodesToScore, timerOf('Filter'))
    this.#metrics.evaluated(run.states.keys(), 'PreFilter', schedulerName)
    this.#metrics.evaluated(run.filterNames, 'Filter', schedulerName)
    const scoring = performance.now()
    this.#metrics.extensionPoint('Filter', schedulerName, 'Success', (scoring - filtering) / 1000)
    if (feasible.length > 0) {
      const node = bestNode(profile, cycle, feasible, this.#random, { timer: timerOf('Score') })
      this.#metrics.extensionPoint('Score', schedulerName, 'Success', (performance.now() - scoring) / 1000)
      return { node, run, feasible, verdicts: this.#keepsVerdicts ? verdicts.slice() : [] }
    }
    // Handed over: the next cycle has one of its own.
    this.#verdicts = []
    const whole = verdicts as Verdict[]
    return { message: fitErrorMessage(all.length, whole), plugins: new Set([...tally(whole).keys()].map(({ plugin }) => plugin)), run, verdicts: whole }
  }

  readonly #timerOf =
    (point: ExtensionPoint): PluginTimer =>
    (plugin, seconds, status) =>
      this.#metrics.plugin(plugin, point, status, seconds)

  #emptyVerdicts(length: number): (Verdict | undefined)[] {
    if (this.#verdicts.length === length) for (const place of this.#written) this.#verdicts[place] = undefined
    else this.#verdicts = new Array(length).fill(undefined)
    this.#written.length = 0
    return this.#verdicts
  }

  /** A node that was promised after preemption is taken at once when it is free now. */
  #stillFits(cluster: ClusterState, run: FilterRun, name: string): NodeInfo | undefined {
    const node = cluster.node(name)
    if (!node || (run.nodeNames && !run.nodeNames.has(name))) return undefined
    return filterWithNominated(run, node, this.#nominator.on(name)) ? undefined : node
  }

  #feasible(run: FilterRun, all: readonly NodeInfo[], verdicts: (Verdict | undefined)[], percentage: number, timer?: PluginTimer): NodeInfo[] {
    const { nodeNames } = run
    const enough = feasibleToFind(nodeNames?.size ?? all.length, percentage)
    const feasible: NodeInfo[] = []
    const start = this.#nextStart % all.length
    let processed = 0
    const batch: Batch = { nodes: [], verdicts: [], length: 0 }
    const places: number[] = []
    const narrowed: Verdict = {
      plugin: run.narrowedBy[0] ?? '',
      reasons: [`node(s) didn't satisfy plugin(s) [${run.narrowedBy.join(' ')}]`],
      resolvable: false,
    }
    while (processed < all.length && feasible.length < enough) {
      batch.length = 0
      const limit = Math.min(batchSize, enough)
      for (; processed < all.length && batch.length < limit; processed++) {
        const place = start + processed < all.length ? start + processed : start + processed - all.length
        const node = all[place]!
        if (nodeNames && !nodeNames.has(node.name)) {
          verdicts[place] = narrowed
          this.#written.push(place)
          continue
        }
        batch.nodes[batch.length] = node
        batch.verdicts[batch.length] = undefined
        places[batch.length++] = place
      }
      filterBatch(run, batch, timer)
      this.#collect(run, batch, places, verdicts, feasible)
    }
    this.#nextStart = (start + processed) % all.length
    if (feasible.length > enough) feasible.length = enough
    return feasible
  }

  #collect(run: FilterRun, batch: Batch, places: readonly number[], verdicts: (Verdict | undefined)[], feasible: NodeInfo[]): void {
    const none = this.#nominator.isEmpty
    for (let i = 0; i < batch.length; i++) {
      const node = batch.nodes[i]!
      let verdict = batch.verdicts[i]
      if (!none && verdict === undefined) verdict = filterWithNominated(run, node, this.#nominator.on(node.name))
      if (verdict === undefined) feasible.push(node)
      else {
        verdicts[places[i]!] = verdict
        this.#written.push(places[i]!)
      }
    }
  }
}

/** How many nodes that will do are enough to choose among: all of 100, a tenth of 5,000 (numFeasibleNodesToFind). */
export function feasibleToFind(nodeCount: number, percentage: number): number {
  if (nodeCount < minFeasibleNodes) return nodeCount
  const adapted = percentage > 0 ? percentage : Math.max(5, 50 - Math.floor(nodeCount / 125))
  return Math.max(minFeasibleNodes, Math.floor((nodeCount * Math.min(100, adapted)) / 100))
}
