/** Which nodes can take a pod, and in upstream's words why the others cannot. */
import type { Node, NodeSelectorTerm, Pod, Taint, Toleration } from '#api/gen/core/v1.ts'
import { selectorOf } from '#client/selector.ts'
import type { NodeState, PlacedPod } from './node-state.ts'

/** Reasons that pods in the way may account for, so that removing some could help. */
export interface Objection {
  readonly reasons: readonly string[]
  readonly preemptionMayHelp: boolean
}

/** Why not; undefined: the node will do. */
export function objection(placed: PlacedPod, state: NodeState): Objection | undefined {
  const fixed = fixedReason(placed, state)
  if (fixed) return { reasons: [fixed], preemptionMayHelp: false }
  if (portsConflict(placed, state)) return { reasons: ["node(s) didn't have free ports for the requested pod ports"], preemptionMayHelp: true }
  const reasons = lacking(placed, state)
  if (reasons.length === 0) return undefined
  const fitsEmpty = [...placed.requests].every(([name, amount]) => amount === 0 || amount <= (state.allocatable.get(name) ?? 0))
  return { reasons, preemptionMayHelp: fitsEmpty }
}

function fixedReason(placed: PlacedPod, state: NodeState): string | undefined {
  const { pod } = placed
  const node = state.node!
  if (node.spec?.unschedulable && !tolerates(pod.spec.tolerations, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as Taint)) {
    return 'node(s) were unschedulable'
  }
  if (pod.spec.nodeName && pod.spec.nodeName !== state.name) return "node(s) didn't match the requested node name"
  if (untoleratedTaint(pod, node)) return 'node(s) had untolerated taint(s)'
  return matchesAffinity(pod, node) ? undefined : "node(s) didn't match Pod's node affinity/selector"
}

export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some(({ key = '', operator = 'Equal', value = '', effect = '' }) => {
    if (effect !== '' && effect !== taint.effect) return false
    if (key !== '' && key !== taint.key) return false
    return operator === 'Exists' || (operator === 'Equal' && key !== '' && value === (taint.value ?? ''))
  })
}

function untoleratedTaint(pod: Pod, node: Node): Taint | undefined {
  return (node.spec?.taints ?? []).find((taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerates(pod.spec.tolerations, taint))
}

export function matchesAffinity(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (labels[key] !== value) return false
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node))
}

/** A term with nothing in it matches nothing. */
export function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return selectorOf({ matchExpressions })(node.metadata.labels) && selectorOf({ matchExpressions: matchFields })({ 'metadata.name': node.metadata.name })
}

function portsConflict({ hostPorts }: PlacedPod, state: NodeState): boolean {
  if (hostPorts.length === 0) return false
  for (const { hostPorts: taken } of state.pods.values()) {
    for (const mine of hostPorts) for (const theirs of taken) if (samePort(mine, theirs)) return true
  }
  return false
}

function samePort(a: string, b: string): boolean {
  const [protocolA, ipA, portA] = a.split('/')
  const [protocolB, ipB, portB] = b.split('/')
  return protocolA === protocolB && portA === portB && (ipA === ipB || ipA === '0.0.0.0' || ipB === '0.0.0.0')
}

function lacking({ requests }: PlacedPod, { allocatable, used, pods }: NodeState): string[] {
  const reasons: string[] = []
  if (pods.size + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods')
  for (const [name, amount] of requests) {
    if (amount > 0 && amount > (allocatable.get(name) ?? 0) - (used.get(name) ?? 0)) reasons.push(`Insufficient ${name}`)
  }
  return reasons
}
