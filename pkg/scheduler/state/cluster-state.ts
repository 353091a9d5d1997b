/** Nodes and what stands on them, kept up to date by events and by our own assumptions (upstream's scheduler cache). */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import { NodeInfo } from './node-info.ts'
import { type PodInfo, podInfoOf } from './pod-info.ts'
import { PodIndex } from './pod-index.ts'

export interface Topology {
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
  readonly uniform: boolean
}

const maxTopologies = 64

export class ClusterState {
  readonly index = new PodIndex()
  readonly #nodes = new Map<string, NodeInfo>()
  /** Where each pod stands: known from the server, or assumed after we bound it. */
  readonly #placedOn = new Map<string, NodeInfo>()
  /** On how many nodes each image is. */
  readonly #imageNodes = new Map<string, number>()
  #list: NodeInfo[] | undefined
  readonly #topologies = new Map<string, Topology>()

  setNode(node: Node): void {
    const info = this.#info(node.metadata.name)
    const zone = info.node && zoneOf(info)
    const labels = info.node && info.labels
    this.#countImages(info, -1)
    info.setNode(node)
    this.#countImages(info, 1)
    if (zone !== zoneOf(info)) this.#list = undefined
    if (labels === undefined || !sameLabels(labels, info.labels)) this.#relabelled(info)
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (!info) return
    this.#countImages(info, -1)
    info.images = new Map()
    info.node = undefined
    this.#list = undefined
    this.#relabelled(info)
    if (info.pods.size === 0) this.#nodes.delete(name)
  }

  node(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name)
    return info?.node ? info : undefined
  }

  /** Nodes that exist, one of each zone in turn, so that the first found are spread. */
  list(): readonly NodeInfo[] {
    this.#list ??= interleave([...this.#nodes.values()].filter(({ node }) => node !== undefined))
    return this.#list
  }

  /** The values of topology keys on nodes that have all of them; `uniform`: every node has. Kept until a node's labels change. */
  topology(keys: readonly string[]): Topology {
    const name = keys.join()
    let known = this.#topologies.get(name)
    if (!known) {
      if (this.#topologies.size >= maxTopologies) this.#topologies.clear()
      known = topologyOf(this.list(), keys)
      this.#topologies.set(name, known)
    }
    return known
  }

  #relabelled(info: NodeInfo): void {
    this.#topologies.clear()
    this.index.relabelled(info)
  }

  /** Puts a pod on a node, or renews what is known of it there. */
  place(pod: Pod, nodeName: string, info: PodInfo = podInfoOf(pod)): void {
    this.remove(info.key)
    const node = this.#info(nodeName)
    node.add(info)
    this.index.count(info, node, 1)
    this.#placedOn.set(info.key, node)
  }

  remove(key: string): void {
    const node = this.#placedOn.get(key)
    const info = node?.pods.get(key)
    if (!node || !info) return
    this.#placedOn.delete(key)
    node.remove(info)
    this.index.count(info, node, -1)
    if (node.pods.size === 0 && !node.node) this.#nodes.delete(node.name)
  }

  placedOn(key: string): NodeInfo | undefined {
    return this.#placedOn.get(key)
  }

  get podCount(): number {
    return this.#placedOn.size
  }

  isPlaced(pod: Pod): boolean {
    return this.#placedOn.has(keyOf(pod))
  }

  nodesWithImage(name: string): number {
    return this.#imageNodes.get(name) ?? 0
  }

  #info(name: string): NodeInfo {
    let info = this.#nodes.get(name)
    if (!info) {
      info = new NodeInfo(name)
      this.#nodes.set(name, info)
    }
    return info
  }

  #countImages({ images }: NodeInfo, sign: 1 | -1): void {
    for (const name of images.keys()) {
      const count = this.nodesWithImage(name) + sign
      if (count === 0) this.#imageNodes.delete(name)
      else this.#imageNodes.set(name, count)
    }
  }
}

function zoneOf({ labels }: NodeInfo): string {
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`
}

function interleave(nodes: readonly NodeInfo[]): NodeInfo[] {
  const zones = [...Map.groupBy(nodes, zoneOf).values()]
  if (zones.length === 1) return zones[0]!
  const ordered: NodeInfo[] = []
  for (let turn = 0; ordered.length < nodes.length; turn++) {
    for (const zone of zones) if (turn < zone.length) ordered.push(zone[turn]!)
  }
  return ordered
}

function topologyOf(nodes: readonly NodeInfo[], keys: readonly string[]): Topology {
  const values = new Map(keys.map((key) => [key, new Set<string>()]))
  let uniform = true
  for (const { labels } of nodes) {
    if (keys.every((key) => labels[key] !== undefined)) for (const [key, found] of values) found.add(labels[key]!)
    else uniform = false
  }
  return { values, uniform }
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
