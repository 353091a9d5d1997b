/** Validation of conditions of the common form (k8s.io/apimachinery/pkg/apis/meta/v1/validation). */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, required, tooLong } from '#apimachinery/field-error.ts'
import type { Condition } from '#apimachinery/gen/meta-v1.ts'
import { regexError } from '#apimachinery/names.ts'
import { validateLabelName } from './labels.ts'

const statuses = ['False', 'True', 'Unknown']
const reasonMaxLength = 1024
const messageMaxLength = 32 * 1024
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const reasonMessage =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'"

export function validateConditions(conditions: readonly Condition[] | undefined, at: FieldPath): FieldError[] {
  const types = new Set<string>()
  return (conditions ?? []).flatMap((condition, position) => {
    const here = at.index(position)
    const again = types.has(condition.type) ? [duplicate(here.child('type'), condition.type)] : []
    types.add(condition.type)
    return [...again, ...validateCondition(condition, here)]
  })
}

function validateCondition({ type, status, observedGeneration, lastTransitionTime, reason, message }: Condition, at: FieldPath): FieldError[] {
  const generation = observedGeneration ?? 0
  return [
    ...validateLabelName(type ?? '', at.child('type')),
    ...(statuses.includes(status ?? '') ? [] : [notSupported(at.child('status'), status ?? '', statuses)]),
    ...(generation < 0 ? [invalidValue(at.child('observedGeneration'), generation, 'must be greater than or equal to zero')] : []),
    ...(lastTransitionTime ? [] : [required(at.child('lastTransitionTime'))]),
    ...validateReason(reason ?? '', at.child('reason')),
    ...(Buffer.byteLength(message ?? '') > messageMaxLength ? [tooLong(at.child('message'), messageMaxLength)] : []),
  ]
}

function validateReason(reason: string, at: FieldPath): FieldError[] {
  if (reason === '') return [required(at)]
  const isValid = new RegExp(`^${reasonFormat}$`).test(reason)
  const examples = ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB']
  return [
    ...(isValid ? [] : [invalidValue(at, reason, regexError(reasonMessage, reasonFormat, ...examples))]),
    ...(Buffer.byteLength(reason) > reasonMaxLength ? [tooLong(at, reasonMaxLength)] : []),
  ]
}
