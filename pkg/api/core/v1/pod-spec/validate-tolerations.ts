/** Validation of tolerations. */
import { type FieldError, type FieldPath, invalidValue, notSupported } from '#apimachinery/field-error.ts'
import { isValidLabelValue } from '#apimachinery/names.ts'
import type { Toleration } from '#api/gen/core/v1.ts'
import { oneOf } from '../../../checks.ts'
import { validateLabelName } from '../../../meta/labels.ts'

/** Of numbers: a feature that is off by default (TaintTolerationComparisonOperators), though the error of it names them. */
const comparisons = ['Lt', 'Gt']
const operators = ['Equal', 'Exists']
export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateTolerations(tolerations: readonly Toleration[] | undefined, at: FieldPath): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, position) => validateToleration(toleration, at.index(position)))
}

function validateToleration({ key, operator, value = '', effect, tolerationSeconds }: Toleration, at: FieldPath): FieldError[] {
  const operatorAt = at.child('operator')
  const errors = key ? validateLabelName(key, at.child('key')) : []
  if (!key && operator !== 'Exists')
    errors.push(invalidValue(operatorAt, operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'))
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    errors.push(invalidValue(at.child('effect'), effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"))
  if (!operator || operator === 'Equal') {
    const wrong = isValidLabelValue(value)
    if (wrong.length > 0) errors.push(invalidValue(operatorAt, value, wrong.join(';')))
  } else if (operator === 'Exists') {
    if (value) errors.push(invalidValue(operatorAt, value, "value must be empty when `operator` is 'Exists'"))
  } else errors.push(notSupported(operatorAt, operator, comparisons.includes(operator) ? [...operators, ...comparisons] : operators))
  return effect ? [...errors, ...oneOf(at.child('effect'), effect, taintEffects)] : errors
}
