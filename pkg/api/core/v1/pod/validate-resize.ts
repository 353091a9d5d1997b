/** What the resize door refuses (KEP-1287): the class of service stays, and no resource is taken away. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path } from '#apimachinery/field-error.ts'
import type { Pod, ResourceRequirements } from '#api/gen/core/v1.ts'
import { validateResources } from '../pod-spec/validate-resources.ts'
import { qosClassOf } from './qos.ts'

const specAt = path('spec')

export function validateResize({ spec }: Pod, old: Pod): FieldError[] {
  const errors = (['containers', 'initContainers'] as const).flatMap((group) =>
    (spec[group] ?? []).flatMap(({ name, resources }, position) => {
      const here = specAt.child(group).index(position).child('resources')
      const before = old.spec[group]?.find((each) => each.name === name)?.resources
      return [...validateResources(resources, here), ...validateNothingRemoved(resources, before, here)]
    }),
  )
  const qosClass = qosClassOf(spec)
  if (old.status.qosClass && qosClass !== old.status.qosClass)
    errors.push(invalidValue(specAt, qosClass, 'Pod QOS Class may not change as a result of resizing'))
  return errors
}

function validateNothingRemoved(resources: ResourceRequirements, old: ResourceRequirements | undefined, at: FieldPath): FieldError[] {
  return (['limits', 'requests'] as const).flatMap((kind) => {
    const removed = Object.keys(old?.[kind] ?? {}).some((name) => resources[kind]?.[name] === undefined)
    return removed ? [forbiddenField(at.child(kind), `resource ${kind} cannot be removed`)] : []
  })
}
