/** Validation of how much of a shared device's capacity one claim may ask for. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from '#api/gen/resource/v1.ts'
import { validateSet } from './names.ts'

const maxOptions = 10

export function validateRequestPolicy(capacity: string, policy: CapacityRequestPolicy, at: FieldPath): FieldError[] {
  const { default: standard, validValues, validRange } = policy
  const values = validValues ?? []
  if (values.length > 0 && validRange)
    return [forbiddenField(at, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time')]
  const here = at.child('default')
  if (values.length > 0)
    return standard === undefined || standard === null
      ? [required(here, 'required when validValues is defined')]
      : validateValues(standard, capacity, values, at.child('validValues'))
  if (!validRange) return []
  return standard === undefined || standard === null
    ? [required(here, 'required when validRange is defined')]
    : validateRange(standard, capacity, validRange, at.child('validRange'))
}

const compare = (a: string, b: string): number => Quantity.parse(a).compare(Quantity.parse(b))

function validateValues(standard: string, capacity: string, values: readonly string[], at: FieldPath): FieldError[] {
  const unsorted = values.flatMap((value, position) =>
    position > 0 && compare(values[position - 1]!, value) > 0 ? [invalidValue(at.index(position), value, 'values must be sorted in ascending order')] : [],
  )
  const tooLarge = (value: string, here: FieldPath) =>
    compare(value, capacity) > 0 ? [invalidValue(here, value, `option is larger than capacity value: ${capacity}`)] : []
  return [
    ...unsorted,
    ...validateSet(values, maxOptions, tooLarge, (value) => Quantity.parse(value).value(), at),
    ...(values.some((value) => compare(value, standard) === 0)
      ? []
      : [invalidValue(at, standard, 'default value is not valid according to the requestPolicy')]),
  ]
}

function validateRange(standard: string, capacity: string, { min, max, step }: CapacityRequestPolicyRange, at: FieldPath): FieldError[] {
  if (min === undefined) return [required(at.child('min'), 'required when validRange is defined')]
  const errors: FieldError[] = []
  const refuse = (isWrong: boolean, key: string, value: string, why: string) => {
    if (isWrong) errors.push(invalidValue(at.child(key), value, why))
  }
  refuse(compare(min, capacity) > 0, 'min', min, `min is larger than capacity value: ${capacity}`)
  refuse(compare(standard, min) < 0, 'default', standard, `default is less than min: ${min}`)
  if (max !== undefined) {
    refuse(compare(min, max) > 0, 'max', min, `min is larger than max: ${max}`)
    refuse(compare(max, capacity) > 0, 'max', max, `max is larger than capacity value: ${capacity}`)
    refuse(compare(standard, max) > 0, 'default', standard, `default is more than max: ${max}`)
  }
  return step === undefined
    ? errors
    : [...errors, ...validateStep(step, { min, capacity, values: max === undefined ? [standard] : [standard, max] }, at.child('step'))]
}

function validateStep(step: string, range: { min: string; capacity: string; values: readonly string[] }, at: FieldPath): FieldError[] {
  const [size, min] = [Quantity.parse(step), Quantity.parse(range.min)]
  if (size.sign() <= 0) return [invalidValue(at, step, 'must be greater than zero')]
  const one = min.add(size)
  const tooLarge = one.compare(Quantity.parse(range.capacity)) > 0
  const off = (value: string) => (Quantity.parse(value).at(0) - min.at(0)) % size.at(0) !== 0n
  return [
    ...(tooLarge ? [invalidValue(at, step, `one step ${one} is larger than capacity value: ${range.capacity}`)] : []),
    ...range.values.filter(off).map((value) => invalidValue(at, value, `value is not a multiple of a given step (${step}) from (${range.min})`)),
  ]
}
