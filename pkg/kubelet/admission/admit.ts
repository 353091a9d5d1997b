/**
 * What a node refuses by itself, whoever bound the pod: another system, too few resources, a node that does not match, taken host
 * ports, NoExecute taints, a node under pressure. Reasons and messages are upstream's (pkg/kubelet/lifecycle, eviction).
 */
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { qosClass } from '../runtime/resources.ts'
import { matchesPodAffinity } from '#api/core/v1/placement/node-affinity.ts'
import { tolerates } from '#api/core/v1/placement/tolerations.ts'
import { amountsOf, podRequests } from './pod-requests.ts'

export interface Rejection {
  readonly reason: string
  readonly message: string
}

export interface AdmitInput {
  readonly pod: Pod
  readonly node: Node
  /** Pods that are here and not over yet. */
  readonly others: readonly Pod[]
  /** Conditions of pressure that hold: "DiskPressure" … */
  readonly pressure: readonly string[]
}

/** Undefined when the pod may run. */
export function admit(input: AdmitInput): Rejection | undefined {
  const { pod } = input
  if (pod.spec.os && pod.spec.os.name !== 'linux') return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" }
  if (pod.spec.securityContext?.supplementalGroupsPolicy === 'Strict' && !input.node.status?.features?.supplementalGroupsPolicy) {
    return { reason: 'SupplementalGroupsPolicyNotSupported', message: 'SupplementalGroupsPolicy=Strict is not supported in this node' }
  }
  return underPressure(input) ?? lacking(input) ?? misplaced(input)
}

/** Critical pods run under any pressure; memory pressure keeps out only those that ask for nothing. */
function underPressure({ pod, pressure }: AdmitInput): Rejection | undefined {
  if (pressure.length === 0 || isCritical(pod)) return undefined
  if (pressure.length === 1 && pressure[0] === 'MemoryPressure') {
    if (qosClass(pod) !== 'BestEffort') return undefined
    if (tolerates(pod.spec.tolerations, { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' })) return undefined
  }
  return { reason: 'Evicted', message: `The node had condition: [${pressure.join(' ')}]. ` }
}

export function isCritical({ metadata, spec }: Pod): boolean {
  const source = metadata.annotations?.['kubernetes.io/config.source']
  return (source !== undefined && source !== 'api') || (spec.priority ?? 0) >= 2_000_000_000
}

export function lacking({ pod, node, others }: AdmitInput): Rejection | undefined {
  const allocatable = amountsOf(node.status?.allocatable as Record<string, string> | undefined)
  const short = (name: string, requested: number, used: number, capacity: number): Rejection => ({
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  })
  const maxPods = allocatable.get('pods') ?? 0
  if (others.length + 1 > maxPods) return short('pods', 1, others.length, maxPods)
  const taken = new Map<string, number>()
  for (const other of others) for (const [name, quantity] of podRequests(other)) taken.set(name, (taken.get(name) ?? 0) + quantity)
  for (const [name, requested] of podRequests(pod)) {
    // A resource that the node does not know is the cluster's own matter.
    const capacity = allocatable.get(name) ?? (name.includes('/') ? undefined : 0)
    const used = taken.get(name) ?? 0
    if (capacity !== undefined && requested > 0 && requested > capacity - used) return short(name, requested, used, capacity)
  }
  return undefined
}

function misplaced({ pod, node, others }: AdmitInput): Rejection | undefined {
  const failed = (predicate: string, why: string): Rejection => ({ reason: predicate, message: `Predicate ${predicate} failed: ${why}` })
  // One that was let in before stays: labels and taints that changed since are others' to act on.
  const isNew = pod.status?.startTime === undefined
  if (isNew && !matchesPodAffinity(pod, node)) return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
  if (pod.spec.nodeName && pod.spec.nodeName !== node.metadata.name) return failed('NodeName', "node(s) didn't match the requested node name")
  const taken = others.flatMap(hostPorts)
  if (hostPorts(pod).some((wanted) => taken.some((other) => collide(wanted, other)))) {
    return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports")
  }
  const isStatic = (pod.metadata.annotations?.['kubernetes.io/config.source'] ?? 'api') !== 'api'
  const untolerated = (node.spec?.taints ?? []).some((taint) => taint.effect === 'NoExecute' && !tolerates(pod.spec.tolerations, taint))
  if (isNew && !isStatic && untolerated) return failed('TaintToleration', 'node(s) had untolerated taint(s)')
  return undefined
}

interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

function hostPorts({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...spec.containers, ...sidecars].flatMap(({ ports }) =>
    (ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map(({ hostPort, hostIP, protocol }) => ({ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort! })),
  )
}

function collide(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
}
