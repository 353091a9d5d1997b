/** Validation of owner references. */
import { type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { type OwnerReference, parseApiVersion } from '#apimachinery/object.ts'

export function validateOwnerReferences(references: readonly OwnerReference[] | undefined, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  let controller: string | undefined
  for (const reference of references ?? []) {
    errors.push(...validateReference(reference, at))
    if (!reference.controller) continue
    const name = `${reference.kind}/${reference.name}`
    if (controller === undefined) controller = name
    else
      errors.push(invalidValue(at, references, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`))
  }
  return errors
}

function validateReference(reference: OwnerReference, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const { group, version } = parseApiVersion(reference.apiVersion ?? '')
  if (!version) errors.push(invalidValue(at.child('apiVersion'), reference.apiVersion ?? '', 'version must not be empty'))
  for (const key of ['kind', 'name', 'uid'] as const) if (!reference[key]) errors.push(invalidValue(at.child(key), reference[key] ?? '', 'must not be empty'))
  if (group === '' && version === 'v1' && reference.kind === 'Event')
    errors.push(invalidValue(at, reference, '/v1, Kind=Event is disallowed from being an owner'))
  return errors
}
