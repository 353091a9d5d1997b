/** What stands on each node and what is left of it, kept up to date by pod and node events and by our own assumptions. */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type Amounts, amountOf, podRequests } from './resources.ts'

export interface PlacedPod {
  readonly pod: Pod
  readonly requests: Amounts
  readonly hostPorts: readonly string[]
  readonly controllerUid: string | undefined
}

export interface NodeState {
  readonly name: string
  node: Node | undefined
  allocatable: Amounts
  readonly used: Amounts
  /** As used, but with what scoring supposes of pods that ask for nothing. */
  readonly nonZero: { cpu: number; memory: number }
  readonly pods: Map<string, PlacedPod>
}

/** What a container that asks for nothing is supposed to need, for scoring only. */
const supposedCpu = 100
const supposedMemory = 200 * 1024 * 1024

export class ClusterState {
  readonly nodes = new Map<string, NodeState>()
  /** Where each pod stands: known from the server, or assumed after we bound it. */
  readonly #placedOn = new Map<string, string>()

  setNode(node: Node): void {
    const state = this.#state(node.metadata.name)
    state.node = node
    const allocatable = node.status?.allocatable ?? node.status?.capacity ?? {}
    state.allocatable = new Map(Object.entries(allocatable).map(([name, quantity]) => [name, amountOf(name, quantity)]))
  }

  removeNode(name: string): void {
    const state = this.nodes.get(name)
    if (!state) return
    state.node = undefined
    if (state.pods.size === 0) this.nodes.delete(name)
  }

  /** Puts a pod on a node, or renews what is known of it there. */
  place(pod: Pod, nodeName: string): void {
    const key = keyOf(pod)
    this.remove(key)
    const state = this.#state(nodeName)
    const placed = placedPod(pod)
    state.pods.set(key, placed)
    account(state, placed, 1)
    this.#placedOn.set(key, nodeName)
  }

  remove(key: string): void {
    const name = this.#placedOn.get(key)
    const state = name === undefined ? undefined : this.nodes.get(name)
    this.#placedOn.delete(key)
    const placed = state?.pods.get(key)
    if (!state || !placed) return
    state.pods.delete(key)
    account(state, placed, -1)
    if (state.pods.size === 0 && !state.node) this.nodes.delete(state.name)
  }

  isPlaced(key: string): boolean {
    return this.#placedOn.has(key)
  }

  /** Nodes that exist, in a stable order. */
  list(): NodeState[] {
    return [...this.nodes.values()].filter(({ node }) => node !== undefined)
  }

  #state(name: string): NodeState {
    let state = this.nodes.get(name)
    if (!state) {
      state = { name, node: undefined, allocatable: new Map(), used: new Map(), nonZero: { cpu: 0, memory: 0 }, pods: new Map() }
      this.nodes.set(name, state)
    }
    return state
  }
}

export function placedPod(pod: Pod): PlacedPod {
  const controllerUid = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid
  return { pod, requests: podRequests(pod), hostPorts: hostPortsOf(pod), controllerUid }
}

/** "PROTOCOL/IP/PORT" for every port of the host that the pod takes. */
export function hostPortsOf(pod: Pod): string[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')]
  return containers.flatMap(({ ports = [] }) =>
    ports.filter(({ hostPort }) => hostPort).map(({ protocol = 'TCP', hostIP, hostPort }) => `${protocol}/${hostIP || '0.0.0.0'}/${hostPort}`),
  )
}

export function nonZeroRequests({ requests, pod }: PlacedPod): { cpu: number; memory: number } {
  const { length } = pod.spec.containers
  return { cpu: requests.get('cpu') ?? supposedCpu * length, memory: requests.get('memory') ?? supposedMemory * length }
}

function account(state: NodeState, placed: PlacedPod, sign: 1 | -1): void {
  for (const [name, amount] of placed.requests) state.used.set(name, (state.used.get(name) ?? 0) + sign * amount)
  const { cpu, memory } = nonZeroRequests(placed)
  state.nonZero.cpu += sign * cpu
  state.nonZero.memory += sign * memory
}
