/** Validation of what steers a pod to a node: affinity, tolerations, topology spread, gates. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isQualifiedName, isValidLabelValue, nameIsDnsLabel } from '#apimachinery/names.ts'
import type { Affinity, NodeSelector, NodeSelectorTerm, PodAffinityTerm, PodSpec, Toleration, TopologySpreadConstraint } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import { validateLabelName, validateLabelSelector } from '../../../meta/labels.ts'

export function validateAffinity(affinity: Affinity | undefined, at: FieldPath): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {}
  const errors: FieldError[] = []
  if (nodeAffinity) {
    const here = at.child('nodeAffinity')
    const needed = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution
    if (needed) errors.push(...validateNodeSelector(needed, here.child('requiredDuringSchedulingIgnoredDuringExecution')))
    for (const [position, { weight, preference }] of (nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const term = here.child('preferredDuringSchedulingIgnoredDuringExecution').index(position)
      errors.push(...validateWeight(weight, term), ...validateNodeSelectorTerm(preference, term.child('preference')))
    }
  }
  for (const [name, each] of [
    ['podAffinity', podAffinity],
    ['podAntiAffinity', podAntiAffinity],
  ] as const) {
    const here = at.child(name)
    for (const [position, term] of (each?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      errors.push(...validatePodAffinityTerm(term, here.child('requiredDuringSchedulingIgnoredDuringExecution').index(position)))
    }
    for (const [position, { weight, podAffinityTerm }] of (each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const term = here.child('preferredDuringSchedulingIgnoredDuringExecution').index(position)
      errors.push(...validateWeight(weight, term), ...validatePodAffinityTerm(podAffinityTerm, term.child('podAffinityTerm')))
    }
  }
  return errors
}

function validateWeight(weight: number, at: FieldPath): FieldError[] {
  return weight >= 1 && weight <= 100 ? [] : [invalidValue(at.child('weight'), weight ?? 0, 'must be in the range 1-100')]
}

function validatePodAffinityTerm({ labelSelector, namespaceSelector, namespaces, topologyKey }: PodAffinityTerm, at: FieldPath): FieldError[] {
  return [
    ...validateLabelSelector(labelSelector, at.child('labelSelector')),
    ...validateLabelSelector(namespaceSelector, at.child('namespaceSelector')),
    ...(namespaces ?? []).flatMap((name) => complaints(at.child('namespace'), name, nameIsDnsLabel(name, false))),
    ...(topologyKey ? validateLabelName(topologyKey, at.child('topologyKey')) : [required(at.child('topologyKey'), 'can not be empty')]),
  ]
}

export function validateNodeSelector({ nodeSelectorTerms }: NodeSelector, at: FieldPath): FieldError[] {
  const here = at.child('nodeSelectorTerms')
  if ((nodeSelectorTerms ?? []).length === 0) return [required(here, 'must have at least one node selector term')]
  return nodeSelectorTerms.flatMap((term, position) => validateNodeSelectorTerm(term, here.index(position)))
}

function validateNodeSelectorTerm({ matchExpressions, matchFields }: NodeSelectorTerm, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const [position, { key, operator, values = [] }] of (matchExpressions ?? []).entries()) {
    const here = at.child('matchExpressions').index(position)
    errors.push(...validateOperator(operator, values, here), ...validateLabelName(key, here.child('key')))
  }
  for (const [position, { key, operator, values = [] }] of (matchFields ?? []).entries()) {
    const here = at.child('matchFields').index(position)
    if (operator !== 'In' && operator !== 'NotIn') errors.push(invalidValue(here.child('operator'), operator, 'not a valid selector operator'))
    else if (values.length !== 1)
      errors.push(required(here.child('values'), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
    if (key !== 'metadata.name') errors.push(invalidValue(here.child('key'), key, 'not a valid field selector key'))
  }
  return errors
}

function validateOperator(operator: string, values: readonly string[], at: FieldPath): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0 ? [required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'")] : []
    case 'Exists':
    case 'DoesNotExist':
      return values.length > 0 ? [forbiddenField(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : []
    case 'Gt':
    case 'Lt':
      return values.length !== 1 ? [required(at.child('values'), "must be specified single value when `operator` is 'Lt' or 'Gt'")] : []
    default:
      return [invalidValue(at.child('operator'), operator, 'not a valid selector operator')]
  }
}

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateTolerations(tolerations: readonly Toleration[] | undefined, at: FieldPath): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, position) => {
    const here = at.index(position)
    const { key, operator, value, effect, tolerationSeconds } = toleration
    const errors = key ? validateLabelName(key, here.child('key')) : []
    if (!key && operator !== 'Exists')
      errors.push(
        invalidValue(here.child('operator'), operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      )
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(invalidValue(here.child('effect'), effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    if (!operator || operator === 'Equal') errors.push(...complaints(here.child('operator'), value ?? '', isValidLabelValue(value ?? '')))
    else if (operator === 'Exists') {
      if (value) errors.push(invalidValue(here.child('operator'), toleration, "value must be empty when `operator` is 'Exists'"))
    } else errors.push(notSupported(here.child('operator'), operator, ['Equal', 'Exists']))
    if (effect && !taintEffects.includes(effect)) errors.push(notSupported(here.child('effect'), effect, taintEffects))
    return errors
  })
}

export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[] | undefined, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return (constraints ?? []).flatMap(
    ({ maxSkew, topologyKey, whenUnsatisfiable, minDomains, nodeAffinityPolicy, nodeTaintsPolicy, labelSelector }, position) => {
      const here = at.index(position)
      const errors: FieldError[] = []
      if (!(maxSkew > 0)) errors.push(invalidValue(here.child('maxSkew'), maxSkew ?? 0, 'must be greater than zero'))
      if (!topologyKey) errors.push(required(here.child('topologyKey'), 'can not be empty'))
      else errors.push(...complaints(here.child('topologyKey'), topologyKey, isQualifiedName(topologyKey)))
      if (!['DoNotSchedule', 'ScheduleAnyway'].includes(whenUnsatisfiable))
        errors.push(notSupported(here.child('whenUnsatisfiable'), whenUnsatisfiable ?? '', ['DoNotSchedule', 'ScheduleAnyway']))
      const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
      if (seen.has(pair)) errors.push(duplicate(here.child('{topologyKey, whenUnsatisfiable}'), pair))
      seen.add(pair)
      if (minDomains !== undefined && minDomains <= 0) errors.push(invalidValue(here.child('minDomains'), minDomains, 'must be greater than zero'))
      if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
        errors.push(invalidValue(here.child('minDomains'), minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`))
      }
      for (const [name, policy] of [
        ['nodeAffinityPolicy', nodeAffinityPolicy],
        ['nodeTaintsPolicy', nodeTaintsPolicy],
      ] as const) {
        if (policy !== undefined && !['Honor', 'Ignore'].includes(policy)) errors.push(notSupported(here.child(name), policy, ['Honor', 'Ignore']))
      }
      return [...errors, ...validateLabelSelector(labelSelector, here.child('labelSelector'))]
    },
  )
}

export function validateGates({ readinessGates, schedulingGates }: PodSpec, at: FieldPath): FieldError[] {
  const errors = (readinessGates ?? []).flatMap(({ conditionType }, position) =>
    complaints(at.child('readinessGates').index(position).child('conditionType'), conditionType, isQualifiedName(conditionType)),
  )
  const seen = new Set<string>()
  for (const [position, { name }] of (schedulingGates ?? []).entries()) {
    const here = at.child('schedulingGates').index(position)
    errors.push(...complaints(here, name, isQualifiedName(name)))
    if (seen.has(name)) errors.push(duplicate(here, name))
    seen.add(name)
  }
  return errors
}
