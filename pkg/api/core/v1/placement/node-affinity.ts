/** Node selectors: of pods, of preferred terms, of volumes (component-helpers' nodeaffinity). */
import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec } from '#api/gen/core/v1.ts'

type Labels = Readonly<Record<string, string>>
const noLabels: Labels = {}

/** The pod's nodeSelector and required node affinity. */
export function matchesPodAffinity({ spec }: { readonly spec?: Pick<PodSpec, 'nodeSelector' | 'affinity'> }, node: Node): boolean {
  if (!spec) return true
  const labels = node.metadata.labels ?? noLabels
  const { nodeSelector } = spec
  if (nodeSelector) for (const key in nodeSelector) if (labels[key] !== nodeSelector[key]) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || matchesNodeSelector(required, node)
}

export function hasNodeAffinity({ spec }: Pod): boolean {
  return spec.nodeSelector !== undefined || spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined
}

/** Terms are alternatives. */
export function matchesNodeSelector({ nodeSelectorTerms }: NodeSelector, node: Node): boolean {
  for (const term of nodeSelectorTerms) if (matchesTerm(term, node)) return true
  return false
}

/** A term with nothing in it matches nothing. */
export function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { metadata }: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  const labels = metadata.labels ?? noLabels
  for (const each of matchExpressions) if (!holds(each, Object.hasOwn(labels, each.key) ? labels[each.key] : undefined)) return false
  for (const each of matchFields) if (!holds(each, each.key === 'metadata.name' ? metadata.name : undefined)) return false
  return true
}

function holds({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return compare(value, values[0]) > 0
    case 'Lt':
      return compare(value, values[0]) < 0
    default:
      return false
  }
}

function compare(value: string | undefined, bound: string | undefined): number {
  const integer = /^[+-]?\d+$/
  if (value === undefined || bound === undefined || !integer.test(value) || !integer.test(bound)) return Number.NaN
  const [left, right] = [BigInt(value), BigInt(bound)]
  return left > right ? 1 : left < right ? -1 : 0
}
