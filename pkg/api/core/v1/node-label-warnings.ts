/** Labels of nodes that have newer names: where they are selected by, the server says so (pkg/api/node/util.go). */
import type { FieldPath } from '#apimachinery/field-error.ts'
import type { LabelSelector } from '#apimachinery/object.ts'
import type { NodeSelectorTerm } from '#api/gen/core/v1.ts'

const deprecated: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

export function deprecatedLabel(key: string): string | undefined {
  return Object.hasOwn(deprecated, key) ? deprecated[key] : undefined
}

export function selectorTermWarnings({ matchExpressions }: NodeSelectorTerm, at: FieldPath): string[] {
  return (matchExpressions ?? []).flatMap(({ key }, position) => {
    const message = deprecatedLabel(key)
    return message ? [`${at.child('matchExpressions').index(position).child('key')}: ${key} is ${message}`] : []
  })
}

export function labelSelectorWarnings(selector: LabelSelector | undefined, at: FieldPath): string[] {
  if (!selector) return []
  const labels = Object.keys(selector.matchLabels ?? {}).flatMap((key) => {
    const message = deprecatedLabel(key)
    return message ? [`${at.child('matchLabels', key)}: ${message}`] : []
  })
  return [...selectorTermWarnings({ matchExpressions: selector.matchExpressions ?? [] } as NodeSelectorTerm, at), ...labels]
}
