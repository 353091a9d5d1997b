/** Validation of labels, annotations and label selectors. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required, tooLong } from '#apimachinery/field-error.ts'
import type { LabelSelector } from '#apimachinery/object.ts'
import { isQualifiedName, isValidLabelValue } from '#apimachinery/names.ts'
import { complaints } from '../checks.ts'

type StringMap = Readonly<Record<string, string>> | undefined

export function validateLabels(labels: StringMap, at: FieldPath): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [...validateLabelName(key, at), ...complaints(at, value, isValidLabelValue(value))])
}

export function validateLabelName(name: string, at: FieldPath): FieldError[] {
  return complaints(at, name, isQualifiedName(name))
}

const annotationsSizeLimit = 256 * 1024

export function validateAnnotations(annotations: StringMap, at: FieldPath): FieldError[] {
  const entries = Object.entries(annotations ?? {})
  const size = entries.reduce((total, [key, value]) => total + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  const errors = entries.flatMap(([key]) => complaints(at, key, isQualifiedName(key.toLowerCase())))
  return size > annotationsSizeLimit ? [...errors, tooLong(at, annotationsSizeLimit)] : errors
}

/** `anyValue`: values of requirements may be what no label can have, as they were before. */
export function validateLabelSelector(selector: LabelSelector | undefined, at: FieldPath, anyValue = false): FieldError[] {
  if (!selector) return []
  const errors = validateLabels(selector.matchLabels, at.child('matchLabels'))
  for (const [position, requirement] of (selector.matchExpressions ?? []).entries()) {
    errors.push(...validateRequirement(requirement, at.child('matchExpressions').index(position), anyValue))
  }
  return errors
}

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

function validateRequirement({ key, operator, values = [] }: Requirement, at: FieldPath, anyValue: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(forbiddenField(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
  } else errors.push(invalidValue(at.child('operator'), operator, 'not a valid selector operator'))
  errors.push(...validateLabelName(key, at.child('key')))
  if (anyValue) return errors
  for (const [position, value] of values.entries()) errors.push(...complaints(at.child('values').index(position), value, isValidLabelValue(value)))
  return errors
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0
}

/** Whether the selector picks these labels. A wrong selector picks nothing. */
export function selects(selector: LabelSelector | undefined, labels: StringMap): boolean {
  const given = labels ?? {}
  const literal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => given[key] === value)
  return (
    literal &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = given[key]
      if (operator === 'In') return value !== undefined && (values ?? []).includes(value)
      if (operator === 'NotIn') return value === undefined || !(values ?? []).includes(value)
      if (operator === 'Exists') return value !== undefined
      return operator === 'DoesNotExist' && value === undefined
    })
  )
}
