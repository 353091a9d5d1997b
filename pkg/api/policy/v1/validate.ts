/** Validation of disruption budgets. */
import { type FieldError, invalidValue, path } from '#apimachinery/field-error.ts'
import { type PodDisruptionBudget, PodDisruptionBudgetSpecSchema } from '#api/gen/policy/v1.ts'
import { nonNegative, nonNegativeIntOrPercent, optionalOneOf, percentAtMost100 } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { validateLabelSelector } from '../../meta/labels.ts'

export function validateDisruptionBudget({ spec }: PodDisruptionBudget): FieldError[] {
  const at = path('spec')
  const errors: FieldError[] = []
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    errors.push(invalidValue(at, internalForm(PodDisruptionBudgetSpecSchema, spec), 'minAvailable and maxUnavailable cannot be both set'))
  for (const key of ['minAvailable', 'maxUnavailable'] as const)
    errors.push(...nonNegativeIntOrPercent(at.child(key), spec[key]), ...percentAtMost100(at.child(key), spec[key]))
  errors.push(...validateLabelSelector(spec.selector, at.child('selector')))
  return [...errors, ...optionalOneOf(at.child('unhealthyPodEvictionPolicy'), spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget'])]
}

export function validateDisruptionBudgetStatus({ status }: PodDisruptionBudget): FieldError[] {
  const at = path('status')
  return (['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const).flatMap((key) => nonNegative(at.child(key), status[key]))
}
