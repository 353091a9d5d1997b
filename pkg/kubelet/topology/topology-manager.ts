/** Gives pods their CPUs, memory and devices, one pod at a time, all of it from the same NUMA nodes where the policy says so. */
import type { Pod } from '#api/gen/core/v1.ts'
import { MetricSet } from '#base/metric-set.ts'
import { containersOf } from '../runtime/containers.ts'
import type { NumaMachine } from './machine.ts'
import type { Merging } from './merge.ts'
import { type TopologyMetrics, topologyMetrics } from '../metrics/topology-metrics.ts'
import { type TopologyOptions, topologyOptions } from './options.ts'
import { topologyPolicies, type Verdict } from './policies.ts'
import { admissionError, anywhere, type Hint, type ResourceProvider, topologyAffinityError } from './types.ts'

export interface TopologyManagerOptions {
  readonly policy?: string
  readonly scope?: string
  readonly policyOptions?: Readonly<Record<string, string>> | undefined
  readonly machine?: NumaMachine
  /** In the order in which they are asked. */
  readonly providers: readonly ResourceProvider[]
  /** Pods that this node has; undefined while that is not known. What others hold is given back. */
  readonly known?: () => ReadonlySet<string> | undefined
  readonly metrics?: TopologyMetrics
  /** Milliseconds, for the metric of how long it takes. */
  readonly now?: () => number
}

export class TopologyManager {
  readonly #options: TopologyManagerOptions
  readonly #policyName: string
  readonly #merging: Merging
  readonly #metrics: TopologyMetrics
  #turn: Promise<unknown> = Promise.resolve()

  /** Throws when the policy's options are wrong, or the machine has too many nodes for it. */
  constructor(options: TopologyManagerOptions) {
    this.#options = options
    this.#policyName = options.policy ?? 'none'
    this.#metrics = options.metrics ?? topologyMetrics(new MetricSet())
    const nodes = options.machine?.nodes ?? []
    const given: TopologyOptions = topologyOptions(options.policyOptions)
    if (this.#policyName !== 'none' && nodes.length > given.maxNodes) throw new Error(`unsupported on machines with more than ${given.maxNodes} NUMA Nodes`)
    this.#merging = { nodes, preferClosest: given.preferClosest }
  }

  /** Resolves when the pod has all that it must have for itself; safe to call again. Throws AdmissionError, and then it has nothing new. */
  admit(pod: Pod): Promise<void> {
    if (this.#policyName === 'none' && !this.#options.providers.some((provider) => provider.concerns(pod))) return Promise.resolve()
    const turn = this.#turn.then(() => this.#admit(pod))
    this.#turn = turn.catch(() => {})
    return turn
  }

  release(podUid: string): void {
    for (const provider of this.#options.providers) provider.release(podUid)
  }

  async #admit(pod: Pod): Promise<void> {
    this.#releaseUnknown(pod.metadata.uid)
    const { providers, now = () => 0 } = this.#options
    const began = now()
    const turns = providers.map((provider) => provider.begin(pod.metadata.uid))
    try {
      await this.#give(pod)
    } catch (error) {
      for (const turn of turns) turn.undo()
      throw admissionError(error)
    } finally {
      if (this.#policyName !== 'none') this.#metrics.topologyDuration.observe(now() - began)
    }
    for (const turn of turns) turn.commit()
  }

  async #give(pod: Pod): Promise<void> {
    const { providers, scope } = this.#options
    const byPod = this.#policyName !== 'none' && scope === 'pod'
    if (this.#policyName !== 'none') this.#metrics.topologyRequests.add()
    const ofPod = byPod ? this.#place('pod', () => providers.map((provider) => provider.podHints(pod))) : undefined
    for (const entry of containersOf(pod)) {
      if (entry.kind === 'ephemeral') continue
      const hint = ofPod ?? this.#place('container', () => providers.map((provider) => provider.containerHints(pod, entry)))
      for (const provider of providers) await provider.allocate(pod, entry, hint)
    }
  }

  #place(scope: 'pod' | 'container', ask: () => Parameters<(typeof topologyPolicies)[string]>[0]): Hint {
    if (this.#policyName === 'none') return anywhere
    const { hint, admitted }: Verdict = topologyPolicies[this.#policyName]!(ask(), this.#merging)
    const isSingle = this.#policyName === 'single-numa-node'
    if (isSingle) (admitted ? this.#metrics.aligned : this.#metrics.misaligned).add({ scope, boundary: 'numa_node' })
    if (admitted) return hint
    this.#metrics.topologyErrors.add()
    throw topologyAffinityError()
  }

  /** What is held by pods that are gone, as after a restart in which they went. */
  #releaseUnknown(own: string): void {
    const known = this.#options.known?.()
    if (!known) return
    for (const provider of this.#options.providers) {
      for (const uid of provider.holders()) if (uid !== own && !known.has(uid)) provider.release(uid)
    }
  }
}
