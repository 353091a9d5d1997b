/** Validation of the resources of the pod as a whole (KEP-2837), against those of its containers. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue } from '#apimachinery/field-error.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { PodSpec } from '#api/gen/core/v1.ts'
import { containersTogether } from '../pod/pod-level-requests.ts'
import { isHugePages } from '../resource-names.ts'
import type { PodSpecOptions } from './options.ts'
import { claimNamesOf, validatePodLevelRequirements } from './validate-resources.ts'

export function validatePodLevelResources(spec: PodSpec, at: FieldPath, options: PodSpecOptions): FieldError[] {
  const { os, resources } = spec
  if (!resources) return []
  if (os?.name === 'windows') return [forbiddenField(at, 'may not be set for a windows pod')]
  return [
    ...(resources.claims ? [forbiddenField(at.child('claims'), 'claims may not be set for Resources at pod-level')] : []),
    ...validatePodLevelRequirements(resources, claimNamesOf(spec), at, options),
    ...validateTogether(spec, 'requests', at),
    ...validateTogether(spec, 'limits', at),
    ...validateLimitsOfEach(spec, at),
  ]
}

/** Only of huge pages, which cannot be overcommitted, do the limits of all containers count together. */
function validateTogether(spec: PodSpec, kind: 'requests' | 'limits', at: FieldPath): FieldError[] {
  return Object.entries(containersTogether(spec, kind)).flatMap(([name, together]) => {
    const ofPod = spec.resources?.[kind]?.[name]
    if (ofPod === undefined || (kind === 'limits' && !isHugePages(name)) || Quantity.parse(together).compare(Quantity.parse(ofPod)) <= 0) return []
    return [invalidValue(at.child(kind).key(name), ofPod, `must be greater than or equal to aggregate container ${kind} of ${together}`)]
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
