/** Validation of when an indexed job has succeeded before all its indexes have (KEP-3998). */
import { type FieldError, type FieldPath, invalidValue, required, tooLong, tooMany } from '#apimachinery/field-error.ts'
import { type JobSpec, SuccessPolicySchema, type SuccessPolicyRule } from '#api/gen/batch/v1.ts'
import { nonNegative } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { countIndexes } from './index-intervals.ts'

const maxRules = 20
const maxIndexesBytes = 64 * 1024

export function validateSuccessPolicy({ successPolicy, completionMode, completions = 0 }: JobSpec, at: FieldPath): FieldError[] {
  if (!successPolicy) return []
  if (completionMode !== 'Indexed') return [invalidValue(at, internalForm(SuccessPolicySchema, successPolicy), 'requires indexed completion mode')]
  const rules = successPolicy.rules ?? []
  const here = at.child('rules')
  if (rules.length === 0) return [required(here, 'at least one rules must be specified when the successPolicy is specified')]
  return [
    ...(rules.length > maxRules ? [tooMany(here, rules.length, maxRules)] : []),
    ...rules.flatMap((rule, position) => validateRule(rule, completions, here.index(position))),
  ]
}

function validateRule({ succeededCount, succeededIndexes }: SuccessPolicyRule, completions: number, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (succeededCount === undefined && succeededIndexes === undefined)
    errors.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'))
  let total: number | undefined
  if (succeededIndexes !== undefined) {
    const here = at.child('succeededIndexes')
    if (Buffer.byteLength(succeededIndexes) > maxIndexesBytes) errors.push(tooLong(here, maxIndexesBytes))
    const counted = countIndexes(succeededIndexes, completions)
    // Of what cannot be read there is none.
    total = typeof counted === 'number' ? counted : 0
    if (typeof counted !== 'number') errors.push(invalidValue(here, succeededIndexes, `error parsing succeededIndexes: ${counted}`))
  }
  if (succeededCount === undefined) return errors
  const here = at.child('succeededCount')
  errors.push(...nonNegative(here, succeededCount))
  if (succeededCount > completions)
    errors.push(invalidValue(here, succeededCount, `must be less than or equal to ${completions} (the number of specified completions)`))
  if (total !== undefined && succeededCount > total)
    errors.push(invalidValue(here, succeededCount, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`))
  return errors
}
