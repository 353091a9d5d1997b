/** What one policy says of one request, with one parameter (upstream's validating/validator.go). */
import type { ValidatingAdmissionPolicySpec, Validation } from '#api/gen/admissionregistration/v1.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { newBudget } from '#cel/program.ts'
import { type Budget, CelBudgetError, CelCompileError, CelError, perObjectLimit } from '#cel/types.ts'
import type { AdmissionAttributes } from '../../types.ts'
import { expression } from '../expressions.ts'
import type { Matched } from '../rules.ts'
import { conditionErrors, conditionsOf, subjectOf } from '../webhook/invoke.ts'
import { policyVariables } from './evaluation.ts'
import type { PolicyContext } from './index.ts'

export interface Failure {
  /** Which of the policy's validations. */
  readonly index: number
  readonly message: string
  readonly reason?: string | undefined
}
export interface Annotation {
  readonly key: string
  readonly value?: string
  /** Denies, whatever the binding's actions are. */
  readonly error?: string
}
export interface Outcome {
  readonly failures: readonly Failure[]
  readonly annotations: readonly Annotation[]
}

type Result = { readonly value: unknown; readonly error?: undefined } | { readonly value?: undefined; readonly error: string }

class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run')
  }
}

const maxMessageBytes = 5 * 1024

export async function validate(
  context: PolicyContext,
  spec: ValidatingAdmissionPolicySpec,
  matched: Matched,
  attributes: AdmissionAttributes,
  params: KubeObject | undefined,
): Promise<Outcome> {
  const fails = spec.failurePolicy !== 'Ignore'
  const subject = await subjectOf(attributes, matched)
  const failed = (error: unknown): Outcome => {
    const message = error instanceof Error ? error.message : String(error)
    return { failures: fails ? [{ index: 0, message }] : [], annotations: [] }
  }
  const conditions = await conditionsOf(spec, attributes, subject, context.authorizer, params)
  if (conditions.length > 0) {
    const problem = conditionErrors(conditions)
    return problem === undefined ? { failures: [], annotations: [] } : failed(new Error(problem))
  }
  const namespace = await context.matcher.namespaceOf(attributes)
  const { object, oldObject } = subject
  const variablesFor = (budget: Budget) =>
    policyVariables({ attributes, subject, object, oldObject, authorizer: context.authorizer, namespace, params }, spec.variables, budget)
  const [budget, annotationBudget] = [newBudget(perObjectLimit), newBudget(perObjectLimit)]
  try {
    const variables = variablesFor(budget)
    const results: Result[] = []
    for (const each of spec.validations ?? []) results.push(await attempt(each.expression, variables, budget, 'bool'))
    const failures: Failure[] = []
    for (const [index, validation] of (spec.validations ?? []).entries()) {
      const { value, error } = results[index]!
      if (error !== undefined) failures.push(...(fails ? [{ index, message: error }] : []))
      else if (value !== true) failures.push({ index, message: await messageOf(validation, variables, budget), reason: validation.reason })
    }
    return { failures, annotations: await annotationsOf(spec, variablesFor(annotationBudget), annotationBudget, fails) }
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error)
    throw error
  }
}

async function attempt(text: string, variables: Record<string, unknown>, budget: Budget, type?: string): Promise<Result> {
  try {
    return { value: await expression(text, type).evaluate(variables, budget) }
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    if (error instanceof CelBudgetError && budget.left < 0) throw new OutOfBudget()
    return { error: error instanceof CelCompileError ? `compilation error: ${error.message}` : `expression '${text}' resulted in error: ${error.message}` }
  }
}

async function messageOf({ expression: text, message, messageExpression }: Validation, variables: Record<string, unknown>, budget: Budget): Promise<string> {
  if (messageExpression) {
    let result: Result
    try {
      result = await attempt(messageExpression, variables, budget)
    } catch (error) {
      if (error instanceof OutOfBudget) return `failed messageExpression: ${error.message}`
      throw error
    }
    const own = typeof result.value === 'string' ? result.value.trim() : ''
    if (own !== '' && !own.includes('\n') && Buffer.byteLength(own) <= maxMessageBytes) return own
  }
  return (message ?? '').trim() || `failed expression: ${text.trim()}`
}

async function annotationsOf(
  { auditAnnotations }: ValidatingAdmissionPolicySpec,
  variables: Record<string, unknown>,
  budget: Budget,
  fails: boolean,
): Promise<Annotation[]> {
  const found: Annotation[] = []
  for (const { key, valueExpression } of auditAnnotations ?? []) {
    const { value, error } = await attempt(valueExpression, variables, budget)
    if (error !== undefined) found.push(...(fails ? [{ key, error }] : []))
    else if (typeof value === 'string') found.push(...(value.trim() === '' ? [] : [{ key, value: value.trim() }]))
    else if (value !== null)
      found.push({
        key,
        error: `valueExpression '${valueExpression}' resulted in unsupported return type: ${celTypeOf(value)}. Return type must be either string or null.`,
      })
  }
  return found
}

function celTypeOf(value: unknown): string {
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? 'list' : 'map'
}
