/** Validation of storage classes. */
import { duplicate, type FieldError, type FieldPath, path, required } from '#apimachinery/field-error.ts'
import type { TopologySelectorLabelRequirement, TopologySelectorTerm } from '#api/gen/core/v1.ts'
import { StorageClassSchema, type StorageClass } from '#api/gen/storage/v1.ts'
import { immutable, oneOf, optionalOneOf } from '../../checks.ts'
import { validateLabelName } from '../../meta/labels.ts'
import { validateParameters, validateProvisioner } from './parameters.ts'

export function validateStorageClass({ provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies }: StorageClass): FieldError[] {
  return [
    ...validateProvisioner(provisioner, path('provisioner')),
    ...validateParameters(parameters, path('parameters')),
    ...optionalOneOf(path('reclaimPolicy'), reclaimPolicy || undefined, ['Delete', 'Retain']),
    ...oneOf(path('volumeBindingMode'), volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...validateTopologies(allowedTopologies ?? [], path('allowedTopologies')),
  ]
}

function validateTopologies(terms: readonly TopologySelectorTerm[], at: FieldPath): FieldError[] {
  const contents = terms.map(({ matchLabelExpressions }) =>
    JSON.stringify(Object.entries(Object.fromEntries((matchLabelExpressions ?? []).map(({ key, values }) => [key, [...new Set(values ?? [])].sort()]))).sort()),
  )
  return terms.flatMap((term, position) => {
    const here = at.index(position).child('matchLabelExpressions')
    // Upstream compares with as many empty terms as there are, before those that came earlier.
    const same = [...terms.map(() => '[]'), ...contents.slice(0, position)].filter((content) => content === contents[position])
    return [...validateTerm(term, here), ...same.map(() => duplicate(here, ''))]
  })
}

function validateTerm({ matchLabelExpressions }: TopologySelectorTerm, at: FieldPath): FieldError[] {
  const keys = new Set<string>()
  return (matchLabelExpressions ?? []).flatMap((requirement, position) => {
    const errors = validateRequirement(requirement, at.index(position))
    if (keys.has(requirement.key)) errors.push(duplicate(at.index(position).child('key'), requirement.key))
    keys.add(requirement.key)
    return errors
  })
}

function validateRequirement({ key, values }: TopologySelectorLabelRequirement, at: FieldPath): FieldError[] {
  const given = values ?? []
  const here = at.child('values')
  const again = given.flatMap((value, position) => (given.indexOf(value) < position ? [duplicate(here.index(position), value)] : []))
  return [...(given.length === 0 ? [required(here)] : []), ...again, ...validateLabelName(key ?? '', at.child('key'))]
}

export function validateStorageClassUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const kept = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const
  return kept.flatMap((key) => immutable(path(key), object[key], old[key], StorageClassSchema.byName.get(key)!.type))
}
