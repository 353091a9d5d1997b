/** A node as a flat record of one shape: what loops over all nodes read (upstream's framework.NodeInfo). */
import type { Node, Taint } from '#api/gen/core/v1.ts'
import type { Labels } from '#apimachinery/labels.ts'
import type { PodInfo } from './pod-info.ts'
import { amountsOf } from './resources.ts'

const noLabels: Labels = {}
const noTaints: readonly Taint[] = []

export class NodeInfo {
  readonly name: string
  node: Node | undefined = undefined
  labels: Labels = noLabels
  taints: readonly Taint[] = noTaints
  unschedulable = false
  cpu = 0
  memory = 0
  ephemeralStorage = 0
  podLimit = 0
  podCount = 0
  /** Another after each change of the node or of what stands on it: what was worked out before no longer holds. */
  generation = 0
  usedCpu = 0
  usedMemory = 0
  usedEphemeralStorage = 0
  nonZeroCpu = 0
  nonZeroMemory = 0
  /** Allocatable and used of everything else. */
  scalars: ReadonlyMap<string, number> = new Map()
  readonly usedScalars = new Map<string, number>()
  readonly pods = new Map<string, PodInfo>()
  /** How many of its pods take host ports: most nodes have none to compare. */
  hostPortPods = 0
  /** Image name to bytes. */
  images: ReadonlyMap<string, number> = new Map()

  constructor(name: string) {
    this.name = name
  }

  setNode(node: Node): void {
    this.generation++
    const allocatable = amountsOf(node.status?.allocatable ?? node.status?.capacity)
    this.node = node
    this.labels = node.metadata.labels ?? noLabels
    this.taints = node.spec?.taints ?? noTaints
    this.unschedulable = node.spec?.unschedulable ?? false
    this.cpu = allocatable.get('cpu') ?? 0
    this.memory = allocatable.get('memory') ?? 0
    this.ephemeralStorage = allocatable.get('ephemeral-storage') ?? 0
    this.podLimit = allocatable.get('pods') ?? 0
    this.scalars = allocatable
    this.images = new Map((node.status?.images ?? []).flatMap(({ names, sizeBytes }) => (names ?? []).map((name) => [name, sizeBytes ?? 0] as const)))
  }

  add(pod: PodInfo): void {
    this.generation++
    this.pods.set(pod.key, pod)
    this.account(pod, 1)
  }

  remove(pod: PodInfo): void {
    this.generation++
    if (this.pods.delete(pod.key)) this.account(pod, -1)
  }

  /** The sums alone, as if the pod were there (1) or not (-1). */
  account(pod: PodInfo, sign: 1 | -1): void {
    this.podCount += sign
    this.usedCpu += sign * pod.cpu
    this.usedMemory += sign * pod.memory
    this.usedEphemeralStorage += sign * pod.ephemeralStorage
    this.nonZeroCpu += sign * pod.nonZeroCpu
    this.nonZeroMemory += sign * pod.nonZeroMemory
    if (pod.scalars.size > 0) for (const [name, amount] of pod.scalars) this.usedScalars.set(name, (this.usedScalars.get(name) ?? 0) + sign * amount)
    if (pod.hostPorts.length > 0) this.hostPortPods += sign
  }
}
