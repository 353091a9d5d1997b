/** Evaluates one rule on one value, and words its failure (apiextensions' schema/cel/validation.go). */
import { Optional } from '@marcbachmann/cel-js'
import { duplicate, type FieldError, FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { type Budget, CelBudgetError, CelError } from '#cel/types.ts'
import type { CompiledRule } from './compile.ts'

export interface RuleInput {
  readonly value: unknown
  readonly self: unknown
  readonly oldSelf: unknown
  /** Ratcheting: what was there before may stay as it is. */
  readonly unchanged: boolean
  readonly type: string
  readonly at: FieldPath | undefined
  readonly budget: Budget
}

const maxMessageBytes = 5 * 1024

/** False when the budget is spent. */
export function runRule(rule: CompiledRule, input: RuleInput, errors: FieldError[]): boolean {
  const { source, program, usesOldSelf } = rule
  const { type, oldSelf, unchanged, budget } = input
  const at = input.at ?? new FieldPath('<nil>')
  if (!program) {
    errors.push(invalidValue(at, type, `rule compile error: ${rule.error}`))
    return true
  }
  const optional = source.optionalOldSelf === true
  if (usesOldSelf && oldSelf === undefined && !optional) return true
  const variables = { self: input.self, oldSelf: optional ? (oldSelf === undefined ? Optional.none() : Optional.of(oldSelf)) : oldSelf }
  let result: unknown
  try {
    result = program.evaluate(variables, budget)
  } catch (error) {
    return report(error, rule, at, type, budget, errors)
  }
  if (result === true || (unchanged && !usesOldSelf)) return true
  const where = source.fieldPath ? below(input.at, source.fieldPath) : at
  let detail = (source.message ?? '').trim() || `failed rule: ${source.rule.trim()}`
  if (rule.message) {
    try {
      detail = messageOf(rule.message.evaluate(variables, budget)) ?? detail
    } catch (error) {
      if (error instanceof CelBudgetError) {
        errors.push(invalidValue(where, type, 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'))
        return false
      }
    }
  }
  errors.push(failure(where, input, source.reason, detail))
  return true
}

function report(error: unknown, { source }: CompiledRule, at: FieldPath, type: string, budget: Budget, errors: FieldError[]): boolean {
  if (!(error instanceof CelError)) throw error
  const rule = (source.message ?? '').trim() || source.rule.trim()
  if (error instanceof CelBudgetError) {
    const text =
      budget.left < 0
        ? 'validation failed due to running out of cost budget, no further validation rules will be run'
        : `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`
    errors.push(invalidValue(at, type, text))
    return false
  }
  const text = error.message.startsWith('no such overload')
    ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`
    : `${error.message} evaluating rule: ${rule}`
  errors.push(invalidValue(at, type, text))
  return true
}

/** ".spec.replicas" or ".spec['a-b']" under where the rule stands. */
function below(at: FieldPath | undefined, fieldPath: string): FieldPath {
  const path = fieldPath.replace(/^\./, '').replaceAll(/\['((?:\\.|[^'])*)'\]/g, (_, name: string) => `.${name}`)
  return (at ?? new FieldPath()).child(path.replace(/^\./, ''))
}

function messageOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return text === '' || text.includes('\n') || Buffer.byteLength(text) > maxMessageBytes ? undefined : text
}

function failure(at: FieldPath, { value, type }: RuleInput, reason: string | undefined, detail: string): FieldError {
  // Whole objects and lists are not repeated in messages.
  const isWhole = type === 'object' || type === 'array'
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(at, detail)
    case 'FieldValueRequired':
      return required(at, detail)
    case 'FieldValueDuplicate':
      return isWhole ? { reason, field: at.toString(), message: 'Duplicate value' } : duplicate(at, value)
    default:
      if (isWhole) return { reason: 'FieldValueInvalid', field: at.toString(), message: `Invalid value: ${detail}` }
      return invalidValue(at, value, detail)
  }
}
