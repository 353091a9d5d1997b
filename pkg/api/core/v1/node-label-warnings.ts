/** Labels of nodes that have newer names: where they are selected by, the server says so (pkg/api/node/util.go). */
import type { FieldPath } from '#apimachinery/field-error.ts'
import { isValidLabelValue } from '#apimachinery/names.ts'
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

/** `checksValues`: what is only preferred may name values that no label can have, which is no error. */
export function selectorTermWarnings({ matchExpressions }: NodeSelectorTerm, at: FieldPath, checksValues = false): string[] {
  return (matchExpressions ?? []).flatMap(({ key, values }, position) => {
    const here = at.child('matchExpressions').index(position)
    const message = deprecatedLabel(key)
    const wrong = checksValues
      ? (values ?? []).flatMap((value, index) => isValidLabelValue(value).map((why) => `${here.child('values').index(index)}: ${value} is invalid, ${why}`))
      : []
    return [...(message ? [`${here.child('key')}: ${key} is ${message}`] : []), ...wrong]
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
