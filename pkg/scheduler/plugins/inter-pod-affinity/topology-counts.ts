/** How many matching pods stand in each topology domain: the counts of groups of pods, side by side, and what is supposed beside them. */
import type { NodeInfo } from '../../state/node-info.ts'
import type { PodCounts } from '../../state/pod-counts.ts'

interface Layer {
  readonly counts: ReadonlyMap<string, number>
  readonly factor: number
}

/** More than so many groups are added up once, and not at each node. */
const maxLayers = 4

/** Of one topology key. */
class Domains {
  readonly #layers: Layer[] = []
  readonly #own = new Map<string, number>()
  #supposed = false

  addLayer(counts: ReadonlyMap<string, number>, factor: number): void {
    if (this.#layers.length < maxLayers) this.#layers.push({ counts, factor })
    else for (const [value, count] of counts) this.#own.set(value, (this.#own.get(value) ?? 0) + count * factor)
  }

  suppose(value: string, amount: number): void {
    this.#supposed = true
    this.#own.set(value, (this.#own.get(value) ?? 0) + amount)
  }

  at(value: string): number {
    let sum = this.#own.get(value) ?? 0
    for (const { counts, factor } of this.#layers) sum += (counts.get(value) ?? 0) * factor
    return sum
  }

  /** Nothing is anywhere; only what is supposed can bring counts back to nothing. */
  get isEmpty(): boolean {
    if (!this.#supposed) return false
    for (const value of this.#own.keys()) if (this.at(value) !== 0) return false
    return this.#layers.every(({ counts }) => [...counts.keys()].every((value) => this.at(value) === 0))
  }
}

/** By topology key. */
export class TopologyCounts {
  readonly #byKey = new Map<string, Domains>()

  /** Whether pods stand in some domain. */
  get isEmpty(): boolean {
    for (const domains of this.#byKey.values()) if (!domains.isEmpty) return false
    return true
  }

  /** A whole group of pods at once. */
  addGroup(key: string, group: PodCounts, factor = 1): void {
    const counts = group.in(key)
    if (counts.size > 0) this.#domains(key).addLayer(counts, factor)
  }

  suppose(key: string, { labels }: NodeInfo, amount: number): void {
    const value = labels[key]
    if (value !== undefined) this.#domains(key).suppose(value, amount)
  }

  at(key: string, { labels }: NodeInfo): number {
    const domains = this.#byKey.get(key)
    const value = labels[key]
    return domains === undefined || value === undefined ? 0 : domains.at(value)
  }

  /** Over all keys. */
  sumAt({ labels }: NodeInfo): number {
    let sum = 0
    for (const [key, domains] of this.#byKey) {
      const value = labels[key]
      if (value !== undefined) sum += domains.at(value)
    }
    return sum
  }

  /** Whether there are any in a domain of the node. */
  hasSomeAt({ labels }: NodeInfo): boolean {
    for (const [key, domains] of this.#byKey) {
      const value = labels[key]
      if (value !== undefined && domains.at(value) > 0) return true
    }
    return false
  }

  #domains(key: string): Domains {
    let domains = this.#byKey.get(key)
    if (!domains) {
      domains = new Domains()
      this.#byKey.set(key, domains)
    }
    return domains
  }
}

export interface AffinityState {
  /** Pods that match all the pod's affinity terms, in the terms' domains. */
  readonly affinity: TopologyCounts
  /** Pods that match the pod's anti-affinity terms. */
  readonly antiAffinity: TopologyCounts
  /** Pods whose own anti-affinity keeps the pod away. */
  readonly existing: TopologyCounts
}
