/** What the expressions of one policy see of one request and one parameter; variables are evaluated when first named. */
import type { Variable } from '#api/gen/admissionregistration/v1.ts'
import { type Budget, CelBudgetError, CelError, CelPending } from '#cel/types.ts'
import { type ExpressionInput, expression, variablesOf } from '../expressions.ts'

function evaluated(name: string, text: string, context: Record<string, unknown>, budget: Budget): unknown {
  try {
    return expression(text).evaluate(context, budget)
  } catch (error) {
    if (!(error instanceof CelError) || error instanceof CelPending) throw error
    const Kind = error instanceof CelBudgetError && budget.left < 0 ? CelBudgetError : CelError
    throw new Kind(`composited variable ${JSON.stringify(name)} fails to evaluate: ${error.message}`, { cause: error })
  }
}

export function policyVariables(input: ExpressionInput, variables: readonly Variable[] | undefined, budget: Budget): Record<string, unknown> {
  const context = variablesOf(input)
  const composed: Record<string, unknown> = {}
  for (const { name, expression: text } of variables ?? []) {
    let value: unknown
    let made = false
    Object.defineProperty(composed, name, {
      enumerable: true,
      get: () => {
        if (!made) value = evaluated(name, text, context, budget)
        made = true
        return value
      },
    })
  }
  Object.defineProperty(context, 'variables', { value: composed, enumerable: true })
  return context
}
