/** Validation of references to one object by group, kind and name. */
import { type FieldError, type FieldPath, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain, isPathSegmentName } from '#apimachinery/names.ts'
import { complaints } from '../../checks.ts'

interface TypedReference {
  readonly apiGroup?: string | null
  readonly kind?: string
  readonly name?: string
}

export function validateTypedReference({ apiGroup, kind, name }: TypedReference, at: FieldPath): FieldError[] {
  return [
    ...(apiGroup === undefined || apiGroup === null ? [] : complaints(at.child('apiGroup'), apiGroup, isDns1123Subdomain(apiGroup))),
    ...requiredSegment(kind, at.child('kind')),
    ...requiredSegment(name, at.child('name')),
  ]
}

export function requiredSegment(value: string | undefined, at: FieldPath): FieldError[] {
  return value ? complaints(at, value, isPathSegmentName(value)) : [required(at)]
}
