/** Validation of the conditions that a device must and must not have before a pod is bound. */
import { duplicate, type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { validateLabelName } from '../../meta/labels.ts'
import { validateSlice } from './names.ts'

const maxConditions = 4

interface BindingConditions {
  readonly bindingConditions?: readonly string[]
  readonly bindingFailureConditions?: readonly string[]
}

export function validateBindingConditions({ bindingConditions, bindingFailureConditions }: BindingConditions, at: FieldPath): FieldError[] {
  const [wanted, failing] = [bindingConditions ?? [], bindingFailureConditions ?? []]
  const [wantedAt, failingAt] = [at.child('bindingConditions'), at.child('bindingFailureConditions')]
  const again = (list: readonly string[], here: FieldPath) =>
    list.flatMap((each, position) => (list.indexOf(each) < position ? [duplicate(here.index(position), each)] : []))
  const errors = [
    ...validateSlice(wanted, maxConditions, validateLabelName, wantedAt),
    ...validateSlice(failing, maxConditions, validateLabelName, failingAt),
    ...again(wanted, wantedAt),
    ...again(failing, failingAt),
  ]
  for (const [position, each] of failing.entries())
    if (wanted.includes(each)) errors.push(invalidValue(failingAt.index(position), each, 'bindingFailureConditions must not overlap with bindingConditions'))
  if (wanted.length === 0 && failing.length > 0)
    errors.push(invalidValue(wantedAt, bindingConditions, 'bindingConditions are required to use bindingFailureConditions'))
  if (failing.length === 0 && wanted.length > 0)
    errors.push(invalidValue(failingAt, bindingFailureConditions, 'bindingFailureConditions are required to use bindingConditions'))
  return errors
}
