/** The validation rules on a node of a schema: their form, whether they compile, and what they can cost (KEP-2876). */
import { ValidationRuleSchema } from '#api/gen/apiextensions/v1.ts'
import { internalForm } from '#api/internal-form.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { declTypeOf, maxCardinality } from '#cel/decl-type.ts'
import { compileRule } from '../rules/compile.ts'
import { additionalOf, type Schema } from '../schema/types.ts'
import { leadsSomewhere } from '../schema/schema-at.ts'

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
/** Upstream's limits: of one expression, and of all of a schema. */
const expressionCostLimit = 10_000_000
const schemaCostLimit = 100_000_000
const namedExpressions = 4

export interface RulesPlace {
  readonly isRoot: boolean
  /** The first ancestor whose items or fields cannot be told from old to new. */
  readonly uncorrelated?: FieldPath
  /** How many values of the node an object can have; undefined where something above it is not bounded. */
  readonly cardinality: number | undefined
  readonly total: TotalCost
  readonly withRules: boolean
}

/** What all the rules of a schema can cost together, and which of them most of all. */
export class TotalCost {
  total = 0
  expensive: { readonly at: FieldPath; readonly cost: number }[] = []

  observe(at: FieldPath, cost: number): void {
    this.total += cost
    if (cost < schemaCostLimit / 100) return
    this.expensive = [...this.expensive, { at, cost }].sort((a, b) => b.cost - a.cost).slice(0, namedExpressions)
  }
}

export function checkTotal({ total, expensive }: TotalCost, at: FieldPath): FieldError[] {
  if (total <= schemaCostLimit) return []
  const contributed = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
  const overall = tooCostly('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', total, schemaCostLimit)
  return [...expensive.map((each) => forbiddenField(each.at, contributed)), forbiddenField(at, overall)]
}

/** What is inside a list or map is there as often as that may have elements. */
export function timesElements(cardinality: number | undefined, schema: Schema): number | undefined {
  const elements = schema.type === 'array' ? schema.maxItems : schema.type === 'object' && additionalOf(schema) ? schema.maxProperties : 1
  return cardinality === undefined || elements === undefined ? undefined : cardinality * Math.max(elements, 0)
}

/** What can be said of the rules without compiling them. */
export function checkForms(schema: Schema, at: FieldPath): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => checkForm(rule, schema, at.child('x-kubernetes-validations').index(index)))
}

export function checkRules(schema: Schema, at: FieldPath, place: RulesPlace): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? []
  if (rules.length === 0) return []
  const errors: FieldError[] = []
  const type = declTypeOf(schema, place.isRoot || schema['x-kubernetes-embedded-resource'] === true)
  for (const [index, rule] of rules.entries()) {
    if (!(rule.rule ?? '').trim()) continue
    const here = at.child('x-kubernetes-validations').index(index)
    const compiled = compileRule(rule, type)
    const times = place.cardinality ?? (type ? maxCardinality(type) : 1)
    errors.push(...checkCost('estimated rule cost', (compiled.program?.maxCost ?? 0) * times, here.child('rule'), place.total))
    if (compiled.error) errors.push(invalidValue(here.child('rule'), internalForm(ValidationRuleSchema, rule), compiled.error))
    if (compiled.messageError) errors.push(invalidValue(here.child('messageExpression'), internalForm(ValidationRuleSchema, rule), compiled.messageError))
    else if (compiled.message)
      errors.push(...checkCost('estimated messageExpression cost', compiled.message.maxCost ?? 0, here.child('messageExpression'), place.total))
    if (compiled.usesOldSelf && place.uncorrelated)
      errors.push(
        invalidValue(here.child('rule'), rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`),
      )
    if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined)
      errors.push(invalidValue(here.child('optionalOldSelf'), rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'))
  }
  return errors
}

type Rule = NonNullable<Schema['x-kubernetes-validations']>[number]

function checkForm(rule: Rule, schema: Schema, here: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const message = (rule.message ?? '').trim()
  if (!(rule.rule ?? '').trim()) errors.push(required(here.child('rule'), 'rule is not specified'))
  else if (rule.message && !message) errors.push(invalidValue(here.child('message'), rule.message, 'must be non-empty if specified'))
  else if (/[\n\r]/.test(message)) errors.push(invalidValue(here.child('message'), rule.message, 'must not contain line breaks'))
  else if (/[\n\r]/.test(rule.rule.trim()) && !message) errors.push(required(here.child('message'), 'message must be specified if rule contains line breaks'))
  if (rule.messageExpression && !rule.messageExpression.trim())
    errors.push(required(here.child('messageExpression'), 'messageExpression must be non-empty if specified'))
  if (rule.reason !== undefined && !reasons.includes(rule.reason)) errors.push(notSupported(here.child('reason'), rule.reason, reasons))
  if (rule.fieldPath && !rule.fieldPath.trim()) errors.push(invalidValue(here.child('fieldPath'), rule.fieldPath, 'must be non-empty if specified'))
  if (rule.fieldPath && /[\n\r]/.test(rule.fieldPath)) errors.push(invalidValue(here.child('fieldPath'), rule.fieldPath, 'must not contain line breaks'))
  if (rule.fieldPath && !leadsSomewhere(schema, rule.fieldPath)) errors.push(invalidValue(here.child('fieldPath'), rule.fieldPath, 'must be a valid path'))
  return errors
}

function checkCost(name: string, cost: number, at: FieldPath, total: TotalCost): FieldError[] {
  total.observe(at, cost)
  return cost > expressionCostLimit ? [forbiddenField(at, tooCostly(name, cost, expressionCostLimit))] : []
}

function tooCostly(name: string, cost: number, limit: number): string {
  const factor = cost / limit
  const text = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`
  return `${name} exceeds budget by factor of ${text} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}
