/** Does a node match what a pod asks of it: nodeSelector, required node affinity, taints (component-helpers' scheduling/corev1). */
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, Taint, Toleration } from '#api/gen/core/v1.ts'

type Values = Readonly<Record<string, string>>

export function matchesNodeAffinity({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) if (labels[key] !== value) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (!required) return true
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, labels, { 'metadata.name': node.metadata.name }))
}

/** All of a term's requirements; a term without any matches nothing. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, labels: Values, fields: Values): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  return matchExpressions.every((each) => matches(each, labels)) && matchFields.every((each) => matches(each, fields))
}

function matches({ key, operator, values = [] }: NodeSelectorRequirement, of: Values): boolean {
  const value = of[key]
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
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}

export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Pick<Taint, 'key' | 'value' | 'effect'>): boolean {
  return (tolerations ?? []).some(({ key = '', operator = 'Equal', value = '', effect }) => {
    if (effect && effect !== taint.effect) return false
    if (key !== '' && key !== taint.key) return false
    if (operator === 'Exists') return true
    if (operator === 'Equal') return key !== '' && value === (taint.value ?? '')
    const [wanted, had] = [Number(value), Number(taint.value)]
    return operator === ('Gt' as string) ? had > wanted : operator === ('Lt' as string) ? had < wanted : false
  })
}
