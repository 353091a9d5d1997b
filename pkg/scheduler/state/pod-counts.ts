/** How many pods of a group stand on each node, and so in each domain of a topology that somebody asked for. */
import type { NodeInfo } from './node-info.ts'

const none: ReadonlyMap<string, number> = new Map()

export class PodCounts {
  readonly byNode = new Map<NodeInfo, number>()
  /** By topology key, then the key's value; kept up to date from the first question on. */
  readonly #domains = new Map<string, Map<string, number>>()

  add(node: NodeInfo, sign: 1 | -1): void {
    bump(this.byNode, node, sign)
    if (node.node === undefined) return
    for (const [key, domains] of this.#domains) {
      const value = node.labels[key]
      if (value !== undefined) bump(domains, value, sign)
    }
  }

  /** Of nodes that exist and have the label. Only read it. */
  in(key: string): ReadonlyMap<string, number> {
    if (this.byNode.size === 0) return none
    let domains = this.#domains.get(key)
    if (!domains) {
      domains = new Map()
      for (const [{ node, labels }, count] of this.byNode) {
        const value = labels[key]
        if (node !== undefined && value !== undefined) domains.set(value, (domains.get(value) ?? 0) + count)
      }
      this.#domains.set(key, domains)
    }
    return domains
  }

  /** The node's labels are others now, or it came or went. */
  relabelled(node: NodeInfo): void {
    if (this.byNode.has(node)) this.#domains.clear()
  }
}

function bump<K>(counts: Map<K, number>, key: K, sign: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + sign
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
