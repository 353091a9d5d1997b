/** ValidatingAdmissionPolicy (KEP-3488). */
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation } from '#api/gen/admissionregistration/v1.ts'
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from '#api/gen/resources.ts'
import { newBudget } from '#cel/program.ts'
import { type Budget, CelError, perObjectLimit } from '#cel/types.ts'
import { forbidden, StatusError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { expression } from '../expressions.ts'
import { isExempt, type Matched } from '../rules.ts'
import { conditionsHold, subjectOf } from '../webhook/invoke.ts'
import { policyVariables } from './evaluation.ts'
import type { PolicyContext } from './index.ts'
import { collectParams } from './params.ts'
import { matchResources, policySource } from './source.ts'

interface Failure {
  readonly message: string
  readonly reason?: string | undefined
}

export function validatingAdmissionPolicy(context: PolicyContext): AdmissionPlugin {
  const source = policySource<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>(
    context,
    validatingAdmissionPolicies,
    validatingAdmissionPolicyBindings,
  )
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => !isExempt(attributes),
    async validate(attributes) {
      let denied: StatusError | undefined
      for (const { policy, bindings } of await source()) {
        if (bindings.length === 0) continue
        const matched = await matchResources(context.matcher, policy.spec.matchConstraints, attributes, false)
        if (!matched) continue
        for (const binding of bindings) {
          if (!(await matchResources(context.matcher, binding.spec.matchResources, attributes, true))) continue
          const failures = await evaluate(context, policy, binding, matched, attributes)
          for (const failure of failures) {
            const by = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`
            const actions: readonly string[] = binding.spec.validationActions ?? []
            if (actions.includes('Audit')) noteFailure(attributes, policy.metadata.name, binding.metadata.name, failure.message, actions)
            if (actions.includes('Warn')) attributes.warn(`Validation failed for ${by}: ${failure.message}`)
            if (actions.includes('Deny')) denied ??= denial(attributes, `${by} denied request: ${failure.message}`, failure.reason)
          }
        }
      }
      if (denied) throw denied
    },
  }
}

async function evaluate(
  context: PolicyContext,
  { metadata, spec }: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  matched: Matched,
  attributes: AdmissionAttributes,
): Promise<Failure[]> {
  const fails = spec.failurePolicy !== 'Ignore'
  const subject = await subjectOf(attributes, matched)
  try {
    if (!(await conditionsHold(spec, attributes, subject, context.authorizer))) return []
  } catch (error) {
    return [{ message: error instanceof Error ? error.message : String(error) }]
  }
  let params: Awaited<ReturnType<typeof collectParams>>
  try {
    params = await collectParams(context.client, context.kinds, spec.paramKind, binding.spec.paramRef, attributes.namespace)
  } catch (error) {
    return fails ? [{ message: `failed to configure binding: ${error instanceof Error ? error.message : String(error)}` }] : []
  }
  const namespace = await context.matcher.namespaceOf(attributes)
  const failures: Failure[] = []
  for (const each of params) {
    const budget = newBudget(perObjectLimit)
    const { object, oldObject } = subject
    const variables = policyVariables(
      { attributes, subject, object, oldObject, authorizer: context.authorizer, namespace, params: each },
      spec.variables,
      budget,
    )
    for (const validation of spec.validations ?? []) {
      const failure = await check(validation, variables, budget, fails)
      if (failure) failures.push(failure)
    }
    for (const { key, valueExpression } of spec.auditAnnotations ?? []) {
      const result = await attempt(valueExpression, variables, budget)
      if (result.error && fails) failures.push({ message: result.error })
      if (typeof result.value === 'string') attributes.annotate?.(`${metadata.name}/${key}`, result.value.slice(0, maxAnnotationLength))
    }
  }
  return failures
}

function noteFailure(attributes: AdmissionAttributes, policy: string, binding: string, message: string, validationActions: readonly string[]): void {
  const value = JSON.stringify([{ message, policy, binding, expressionIndex: 0, validationActions }])
  attributes.annotate?.('validation.policy.admission.k8s.io/validation_failure', value)
}

/** Upstream: 10 KiB. */
const maxAnnotationLength = 10 * 1024

async function attempt(text: string, variables: Record<string, unknown>, budget: Budget, type?: string): Promise<{ value?: unknown; error?: string }> {
  try {
    return { value: await expression(text, type).evaluate(variables, budget) }
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return { error: `expression '${text}' resulted in error: ${error.message}` }
  }
}

async function check(
  { expression: text, message, messageExpression, reason }: Validation,
  variables: Record<string, unknown>,
  budget: Budget,
  fails: boolean,
): Promise<Failure | undefined> {
  const { value, error } = await attempt(text, variables, budget, 'bool')
  if (error) return fails ? { message: error } : undefined
  if (value === true) return undefined
  let own: string | undefined
  if (messageExpression) {
    const result = await attempt(messageExpression, variables, budget)
    const trimmed = typeof result.value === 'string' ? result.value.trim() : ''
    if (trimmed !== '' && !trimmed.includes('\n') && Buffer.byteLength(trimmed) <= 5 * 1024) own = trimmed
  }
  return { message: own ?? ((message ?? '').trim() || `failed expression: ${text.trim()}`), reason }
}

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 }

function denial({ group, resource, name, object }: AdmissionAttributes, message: string, reason = 'Invalid'): StatusError {
  const base = forbidden({ group, resource }, name || object?.metadata?.name || '', message)
  return new StatusError({ code: codes[reason] ?? 422, reason, message: base.message, details: { ...base.details, causes: [{ message }] } })
}
