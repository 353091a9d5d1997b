/** Validation of the taints of devices, and of what tolerates them. */
import { type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { isValidLabelValue } from '#apimachinery/names.ts'
import type { DeviceTaint, DeviceToleration } from '#api/gen/resource/v1.ts'
import { complaints, optionalOneOf, requiredOneOf } from '../../checks.ts'
import { validateLabelName } from '../../meta/labels.ts'

const effects = ['NoExecute', 'NoSchedule', 'None']

export function validateDeviceTaint({ key, value, effect }: DeviceTaint, at: FieldPath): FieldError[] {
  return [
    ...validateLabelName(key ?? '', at.child('key')),
    ...complaints(at.child('value'), value, isValidLabelValue(value ?? '')),
    ...requiredOneOf(at.child('effect'), effect, effects),
  ]
}

export function validateDeviceToleration({ key, operator, value = '', effect }: DeviceToleration, at: FieldPath): FieldError[] {
  const here = at.child('value')
  const errors = key ? validateLabelName(key, at.child('key')) : []
  if (operator === 'Exists') errors.push(...(value === '' ? [] : [invalidValue(here, value, 'must be empty for operator `Exists`')]))
  else if (operator === 'Equal') errors.push(...complaints(here, value, isValidLabelValue(value)))
  else errors.push(...requiredOneOf(at.child('operator'), operator, ['Equal', 'Exists']))
  return [...errors, ...optionalOneOf(at.child('effect'), effect || undefined, effects)]
}
