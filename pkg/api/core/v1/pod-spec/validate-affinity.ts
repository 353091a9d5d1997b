/** Validation of affinity to nodes and to other pods. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { nameIsDnsLabel } from '#apimachinery/names.ts'
import type { LabelSelector } from '#apimachinery/object.ts'
import type { Affinity, NodeAffinity, PodAffinity, PodAffinityTerm } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import { validateLabelName, validateLabelSelector } from '../../../meta/labels.ts'
import type { PodSpecOptions } from './options.ts'
import { validateNodeSelector, validateNodeSelectorTerm } from './validate-node-selector.ts'

const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

export function validateAffinity({ nodeAffinity, podAffinity, podAntiAffinity }: Affinity = {}, at: FieldPath, { tolerates }: PodSpecOptions): FieldError[] {
  const anyValue = (podAffinity ?? podAntiAffinity) !== undefined && tolerates('affinitySelectorValues')
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, at.child('nodeAffinity'), tolerates('nodeAffinityValues')) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, at.child('podAffinity'), anyValue) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, at.child('podAntiAffinity'), anyValue) : []),
  ]
}

function validateNodeAffinity(affinity: NodeAffinity, at: FieldPath, anyValue: boolean): FieldError[] {
  const selector = affinity[needed]
  return [
    ...(selector ? validateNodeSelector(selector, at.child(needed), anyValue) : []),
    ...(affinity[preferred] ?? []).flatMap(({ weight, preference }, position) => {
      const here = at.child(preferred).index(position)
      return [...validateWeight(weight, here), ...validateNodeSelectorTerm(preference, here.child('preference'), true)]
    }),
  ]
}

function validatePodAffinity(affinity: PodAffinity, at: FieldPath, anyValue: boolean): FieldError[] {
  return [
    ...(affinity[needed] ?? []).flatMap((term, position) => validateTerm(term, at.child(needed).index(position), anyValue)),
    ...(affinity[preferred] ?? []).flatMap(({ weight, podAffinityTerm }, position) => {
      const here = at.child(preferred).index(position)
      return [...validateWeight(weight, here), ...validateTerm(podAffinityTerm, here.child('podAffinityTerm'), anyValue)]
    }),
  ]
}

function validateWeight(weight: number | undefined, at: FieldPath): FieldError[] {
  const given = weight ?? 0
  return given >= 1 && given <= 100 ? [] : [invalidValue(at.child('weight'), given, 'must be in the range 1-100')]
}

function validateTerm(term: PodAffinityTerm, at: FieldPath, anyValue: boolean): FieldError[] {
  const topologyKey = term.topologyKey ?? ''
  return [
    ...validateLabelSelector(term.labelSelector, at.child('labelSelector'), anyValue),
    ...validateLabelSelector(term.namespaceSelector, at.child('namespaceSelector'), anyValue),
    ...(term.namespaces ?? []).flatMap((name) => complaints(at.child('namespace'), name, nameIsDnsLabel(name, false))),
    ...validateMatchingKeys(term, at),
    ...(topologyKey ? [] : [required(at.child('topologyKey'), 'can not be empty')]),
    ...validateLabelName(topologyKey, at.child('topologyKey')),
  ]
}

type Matching = Pick<PodAffinityTerm, 'matchLabelKeys' | 'mismatchLabelKeys' | 'labelSelector'>

/** Topology spread constraints have them too. What is said twice is told of at a position of `at`, which upstream takes for that of the keys. */
export function validateMatchingKeys({ matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: Matching, at: FieldPath): FieldError[] {
  return [
    ...validateKeys(matchLabelKeys, labelSelector, at.child('matchLabelKeys')),
    ...validateKeys(mismatchLabelKeys, labelSelector, at.child('mismatchLabelKeys')),
    ...validateSelectedTwice(matchLabelKeys, labelSelector, at),
    ...matchLabelKeys.flatMap((key, position) =>
      mismatchLabelKeys.includes(key)
        ? [invalidValue(at.child('matchLabelKeys').index(position), key, 'exists in both matchLabelKeys and mismatchLabelKeys')]
        : [],
    ),
  ]
}

function validateKeys(keys: readonly string[], selector: LabelSelector | undefined, at: FieldPath): FieldError[] {
  if (keys.length === 0) return []
  if (!selector) return [forbiddenField(at, 'must not be specified when labelSelector is not set')]
  return keys.flatMap((key, position) => validateLabelName(key, at.index(position)))
}

/** By now the selector holds what the API server made of `matchLabelKeys`: once more is the writer's own. */
function validateSelectedTwice(keys: readonly string[], selector: LabelSelector | undefined, at: FieldPath): FieldError[] {
  const selected = new Set(Object.keys(selector?.matchLabels ?? {}))
  return (selector?.matchExpressions ?? []).flatMap(({ key }) => {
    const repeated = selected.has(key) && keys.includes(key)
    selected.add(key)
    return repeated ? [invalidValue(at.index(keys.lastIndexOf(key)), key, 'exists in both matchLabelKeys and labelSelector')] : []
  })
}
