/** Validation of topology spread constraints. */
import { duplicate, type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import type { TopologySpreadConstraint } from '#api/gen/core/v1.ts'
import { oneOf, optionalOneOf, requiredText } from '../../../checks.ts'
import { validateLabelSelector } from '../../../meta/labels.ts'
import type { PodSpecOptions } from './options.ts'
import { validateMatchingKeys } from './validate-affinity.ts'

const notPositive = 'must be greater than zero'

export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[] = [], at: FieldPath, options: PodSpecOptions): FieldError[] {
  return constraints.flatMap((constraint, position) => {
    const here = at.index(position)
    const { maxSkew = 0, topologyKey, whenUnsatisfiable, nodeAffinityPolicy, nodeTaintsPolicy, labelSelector } = constraint
    return [
      ...(maxSkew > 0 ? [] : [invalidValue(here.child('maxSkew'), maxSkew, notPositive)]),
      ...requiredText(here.child('topologyKey'), topologyKey, 'can not be empty'),
      ...oneOf(here.child('whenUnsatisfiable'), whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
      ...validateUnique(constraint, constraints.slice(position + 1), here),
      ...validateMinDomains(constraint, here.child('minDomains')),
      ...optionalOneOf(here.child('nodeAffinityPolicy'), nodeAffinityPolicy, ['Honor', 'Ignore']),
      ...optionalOneOf(here.child('nodeTaintsPolicy'), nodeTaintsPolicy, ['Honor', 'Ignore']),
      ...validateMatchingKeys({ ...constraint, mismatchLabelKeys: [] }, here),
      ...(options.tolerates('spreadSelector') ? [] : validateLabelSelector(labelSelector, here.child('labelSelector'))),
    ]
  })
}

/** Told of at the first of two, as upstream. */
function validateUnique({ topologyKey, whenUnsatisfiable }: TopologySpreadConstraint, later: readonly TopologySpreadConstraint[], at: FieldPath): FieldError[] {
  const again = later.some((each) => each.topologyKey === topologyKey && each.whenUnsatisfiable === whenUnsatisfiable)
  return again ? [duplicate(at.child('{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${whenUnsatisfiable}}`)] : []
}

function validateMinDomains({ minDomains, whenUnsatisfiable }: TopologySpreadConstraint, at: FieldPath): FieldError[] {
  if (minDomains === undefined) return []
  const errors = minDomains > 0 ? [] : [invalidValue(at, minDomains, notPositive)]
  if (whenUnsatisfiable === 'DoNotSchedule') return errors
  return [...errors, invalidValue(at, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable ?? ''}`)]
}
