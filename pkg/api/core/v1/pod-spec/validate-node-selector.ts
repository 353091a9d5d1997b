/** Validation of node selectors: those of pods' affinity, and those of persistent volumes. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { isValidLabelValue, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import { validateLabelName } from '../../../meta/labels.ts'

export function validateNodeSelector({ nodeSelectorTerms }: NodeSelector, at: FieldPath, anyValue = false): FieldError[] {
  const here = at.child('nodeSelectorTerms')
  if ((nodeSelectorTerms ?? []).length === 0) return [required(here, 'must have at least one node selector term')]
  return nodeSelectorTerms.flatMap((term, position) => validateNodeSelectorTerm(term, here.index(position), anyValue))
}

/** What is only preferred may be of any value: it does no harm where no node has it. */
export function validateNodeSelectorTerm({ matchExpressions, matchFields }: NodeSelectorTerm, at: FieldPath, anyValue = false): FieldError[] {
  return [
    ...(matchExpressions ?? []).flatMap((each, position) => validateRequirement(each, at.child('matchExpressions').index(position), anyValue)),
    ...(matchFields ?? []).flatMap((each, position) => validateFieldRequirement(each, at.child('matchFields').index(position))),
  ]
}

function validateRequirement({ key, operator, values = [] }: NodeSelectorRequirement, at: FieldPath, anyValue: boolean): FieldError[] {
  const errors = [...validateOperator(operator, values, at), ...validateLabelName(key ?? '', at.child('key'))]
  if (anyValue) return errors
  return [...errors, ...values.flatMap((value, position) => complaints(at.child('values').index(position), value, isValidLabelValue(value)))]
}

function validateOperator(operator: string | undefined, values: readonly string[], at: FieldPath): FieldError[] {
  const here = at.child('values')
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0 ? [required(here, "must be specified when `operator` is 'In' or 'NotIn'")] : []
    case 'Exists':
    case 'DoesNotExist':
      return values.length > 0 ? [forbiddenField(here, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : []
    case 'Gt':
    case 'Lt':
      return values.length !== 1 ? [required(here, "must be specified single value when `operator` is 'Lt' or 'Gt'")] : []
    default:
      return [invalidValue(at.child('operator'), operator ?? '', 'not a valid selector operator')]
  }
}

function validateFieldRequirement({ key, operator, values = [] }: NodeSelectorRequirement, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (operator !== 'In' && operator !== 'NotIn') errors.push(invalidValue(at.child('operator'), operator ?? '', 'not a valid selector operator'))
  else if (values.length !== 1) errors.push(required(at.child('values'), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
  if (key !== 'metadata.name') return [...errors, invalidValue(at.child('key'), key ?? '', 'not a valid field selector key')]
  return [...errors, ...values.flatMap((name, position) => complaints(at.child('values').index(position), name, nameIsDnsSubdomain(name, false)))]
}
