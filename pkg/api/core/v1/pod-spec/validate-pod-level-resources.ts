/** Validation of the resources of the pod as a whole (KEP-2837), against those of its containers. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue } from '#apimachinery/field-error.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { PodSpec } from '#api/gen/core/v1.ts'
import { containerRequests } from '../pod/pod-level-requests.ts'
import { isPodLevel } from '../resource-names.ts'
import { claimNamesOf, validatePodLevelRequirements } from './validate-resources.ts'

export function validatePodLevelResources(spec: PodSpec, at: FieldPath): FieldError[] {
  const { resources } = spec
  if (!resources) return []
  return [
    ...(resources.claims ? [forbiddenField(at.child('claims'), 'claims cannot be set for Resources at pod-level')] : []),
    ...validatePodLevelRequirements(resources, claimNamesOf(spec), at),
    ...validateRequestsTogether(spec, at.child('requests')),
    ...validateLimitsOfEach(spec, at),
  ]
}

function validateRequestsTogether(spec: PodSpec, at: FieldPath): FieldError[] {
  return Object.entries(containerRequests(spec))
    .filter(([name]) => isPodLevel(name))
    .flatMap(([name, together]) => {
      const asked = spec.resources?.requests?.[name] ?? '0'
      if (Quantity.parse(together).compare(Quantity.parse(asked)) <= 0) return []
      return [invalidValue(at.key(name), asked, `must be greater than or equal to aggregate container requests of ${together}`)]
    })
}

function validateLimitsOfEach({ containers, resources }: PodSpec, at: FieldPath): FieldError[] {
  return (containers ?? []).flatMap(({ resources: own }, position) =>
    Object.entries(own?.limits ?? {}).flatMap(([name, limit]) => {
      const whole = resources?.limits?.[name]
      if (whole === undefined || Quantity.parse(limit).compare(Quantity.parse(whole)) <= 0) return []
      const here = at.child('containers').index(position).key(name).child('limits')
      return [invalidValue(here, limit, `must be less than or equal to pod limits of ${whole}`)]
    }),
  )
}
