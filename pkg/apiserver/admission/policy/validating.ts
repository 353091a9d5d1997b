/** ValidatingAdmissionPolicy (KEP-3488): upstream's dispatcher. What one policy says of one request is `validator.ts`. */
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '#api/gen/admissionregistration/v1.ts'
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from '#api/gen/resources.ts'
import { forbidden, StatusError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { shownName } from '../refuse.ts'
import { isExemptFromPolicies, type Matched } from '../rules.ts'
import type { PolicyContext } from './index.ts'
import { collectParams, paramKindOf } from './params.ts'
import { matchResources, policySource } from './source.ts'
import { type Outcome, validate } from './validator.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import { escapeMarkup } from '#apimachinery/codec/go-json.ts'

/** Upstream: 10 KiB. */
const maxAnnotationLength = 10 * 1024

export function validatingAdmissionPolicy(context: PolicyContext): AdmissionPlugin {
  const source = policySource<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>(
    context,
    validatingAdmissionPolicies,
    validatingAdmissionPolicyBindings,
  )
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => !isExemptFromPolicies(attributes),
    async validate(attributes) {
      const denied: StatusError[] = []
      for (const { policy, bindings } of await source()) {
        if (bindings.length === 0) continue
        const matched = await matchResources(context.matcher, policy.spec.matchConstraints, attributes)
        if (!matched) continue
        let kind: ReturnType<typeof paramKindOf>
        try {
          kind = paramKindOf(context.kinds, policy.spec.paramKind)
        } catch (error) {
          const why = `ValidatingAdmissionPolicy '${policy.metadata.name}' denied request: failed to configure policy: ${(error as Error).message}`
          if (policy.spec.failurePolicy !== 'Ignore') denied.push(denial(attributes, why))
          continue
        }
        const notes = new Map<string, Set<string>>()
        for (const binding of bindings) {
          if (!(await matchResources(context.matcher, binding.spec.matchResources, attributes))) continue
          const by = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`
          const deny = (message: string, reason?: string) => denied.push(denial(attributes, `${by} denied request: ${message}`, reason))
          for (const { failures, annotations } of await outcomes(context, policy, binding, kind, matched, attributes, deny)) {
            for (const { index, message, reason } of failures) {
              const actions: readonly string[] = binding.spec.validationActions ?? []
              if (actions.includes('Audit')) noteFailure(attributes, binding, index, message)
              if (actions.includes('Warn')) attributes.warn(`Validation failed for ${by}: ${message}`)
              if (actions.includes('Deny')) deny(message, reason)
            }
            for (const { key, value, error } of annotations) {
              if (error !== undefined) deny(error)
              else if (value !== undefined) notes.set(key, (notes.get(key) ?? new Set()).add(value.slice(0, maxAnnotationLength)))
            }
          }
        }
        for (const [key, values] of notes) attributes.annotate?.(`${policy.metadata.name}/${key}`, [...values].join(', '))
      }
      if (denied[0]) throw denied[0]
    },
  }
}

/** For each parameter; a binding that cannot be configured denies whatever its actions are. */
async function outcomes(
  context: PolicyContext,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  kind: ReturnType<typeof paramKindOf>,
  matched: Matched,
  attributes: AdmissionAttributes,
  deny: (message: string) => void,
): Promise<Outcome[]> {
  let params: Awaited<ReturnType<typeof collectParams>>
  try {
    params = await collectParams(context.client, kind, binding.spec.paramRef, attributes.namespace)
  } catch (error) {
    if (policy.spec.failurePolicy !== 'Ignore') deny(`failed to configure binding: ${error instanceof Error ? error.message : String(error)}`)
    return []
  }
  const found: Outcome[] = []
  for (const each of params) found.push(await validate(context, policy.spec, matched, attributes, each))
  return found
}

function noteFailure(attributes: AdmissionAttributes, { metadata, spec }: ValidatingAdmissionPolicyBinding, expressionIndex: number, message: string): void {
  const value = [{ message, policy: spec.policyName, binding: metadata.name, expressionIndex, validationActions: spec.validationActions }]
  attributes.annotate?.('validation.policy.admission.k8s.io/validation_failure', escapeMarkup(writeJson(value)))
}

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 }

function denial(attributes: AdmissionAttributes, message: string, reason = 'Invalid'): StatusError {
  const { group, resourceGroup = group, resource } = attributes
  const base = forbidden({ group: resourceGroup, resource }, shownName(attributes), message)
  return new StatusError({ code: codes[reason] ?? 422, reason, message: base.message, details: { ...base.details, causes: [{ message }] } })
}
