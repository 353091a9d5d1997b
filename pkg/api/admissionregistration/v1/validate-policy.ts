/** Validation of admission policies and their bindings, as far as it needs no CEL compiler. */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isCIdentifier, isQualifiedName } from '#apimachinery/names.ts'
import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '#api/gen/admissionregistration/v1.ts'
import { complaints, optionalOneOf } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'
import { validateRule } from './validate.ts'

type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy

const at = path('spec')

export function validateValidatingPolicy(policy: ValidatingAdmissionPolicy): FieldError[] {
  const { validations, auditAnnotations } = policy.spec
  const errors = validateCommon(policy)
  if ((validations ?? []).length + (auditAnnotations ?? []).length === 0) {
    errors.push(
      required(at.child('validations'), 'validations or auditAnnotations must be non-empty'),
      required(at.child('auditAnnotations'), 'validations or auditAnnotations must be non-empty'),
    )
  }
  for (const [position, { expression, message, messageExpression }] of (validations ?? []).entries()) {
    const here = at.child('validations').index(position)
    if (!(expression ?? '').trim()) errors.push(required(here.child('expression'), 'expression is not specified'))
    if (message && /\n/.test(message)) errors.push(invalidValue(here.child('message'), message, 'message must not contain line breaks'))
    if (messageExpression !== undefined && messageExpression !== '' && !messageExpression.trim())
      errors.push(invalidValue(here.child('messageExpression'), messageExpression, 'must be non-empty if specified'))
  }
  const keys = new Set<string>()
  for (const [position, { key, valueExpression }] of (auditAnnotations ?? []).entries()) {
    const here = at.child('auditAnnotations').index(position)
    if (!key) errors.push(required(here.child('key')))
    else errors.push(...complaints(here.child('key'), key, isQualifiedName(`${policy.metadata.name}/${key}`)))
    if (!(valueExpression ?? '').trim()) errors.push(required(here.child('valueExpression'), 'valueExpression is not specified'))
    if (keys.has(key)) errors.push(duplicate(here.child('key'), key))
    keys.add(key)
  }
  return errors
}

export function validateMutatingPolicy(policy: MutatingAdmissionPolicy): FieldError[] {
  const errors = validateCommon(policy)
  const mutations = policy.spec.mutations ?? []
  if (mutations.length === 0) errors.push(required(at.child('mutations'), 'mutations must contain at least one item'))
  for (const [position, { patchType }] of mutations.entries()) {
    const here = at.child('mutations').index(position).child('patchType')
    errors.push(...(patchType ? optionalOneOf(here, patchType, ['ApplyConfiguration', 'JSONPatch']) : [required(here)]))
  }
  const policyAt = at.child('reinvocationPolicy')
  return [
    ...errors,
    ...(policy.spec.reinvocationPolicy ? optionalOneOf(policyAt, policy.spec.reinvocationPolicy, ['IfNeeded', 'Never']) : [required(policyAt)]),
  ]
}

function validateCommon({ spec }: Policy): FieldError[] {
  const errors = spec.failurePolicy ? optionalOneOf(at.child('failurePolicy'), spec.failurePolicy, ['Fail', 'Ignore']) : [required(at.child('failurePolicy'))]
  if (spec.paramKind) for (const key of ['apiVersion', 'kind'] as const) if (!spec.paramKind[key]) errors.push(required(at.child('paramKind', key)))
  if (!spec.matchConstraints) errors.push(required(at.child('matchConstraints')))
  else {
    const here = at.child('matchConstraints')
    errors.push(...validateMatch(spec.matchConstraints, here))
    if ((spec.matchConstraints.resourceRules ?? []).length === 0) errors.push(required(here.child('resourceRules')))
  }
  const names = new Set<string>()
  for (const [position, { name, expression }] of (spec.variables ?? []).entries()) {
    const here = at.child('variables').index(position)
    if (!name) errors.push(required(here.child('name'), 'name is not specified'))
    else errors.push(...complaints(here.child('name'), name, isCIdentifier(name)))
    if (!(expression ?? '').trim()) errors.push(required(here.child('expression'), 'expression is not specified'))
    if (names.has(name)) errors.push(duplicate(here.child('name'), name))
    names.add(name)
  }
  return errors
}

function validateMatch(match: MatchResources, at: FieldPath): FieldError[] {
  const errors = (['namespaceSelector', 'objectSelector'] as const).flatMap((key) => validateLabelSelector(match[key], at.child(key)))
  for (const key of ['resourceRules', 'excludeResourceRules'] as const) {
    for (const [position, rule] of (match[key] ?? []).entries()) errors.push(...validateRule(rule, at.child(key).index(position)))
  }
  return [...errors, ...optionalOneOf(at.child('matchPolicy'), match.matchPolicy, ['Equivalent', 'Exact'])]
}

export function validateValidatingBinding(binding: ValidatingAdmissionPolicyBinding): FieldError[] {
  const errors = validateBinding(binding)
  const here = at.child('validationActions')
  const actions = binding.spec.validationActions ?? []
  if (actions.length === 0) errors.push(required(here))
  for (const [position, action] of actions.entries())
    if (!['Audit', 'Deny', 'Warn'].includes(action)) errors.push(notSupported(here.index(position), action, ['Audit', 'Deny', 'Warn']))
  if (actions.includes('Deny') && actions.includes('Warn'))
    errors.push(
      invalidValue(
        here,
        actions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    )
  return errors
}

export function validateBinding({ spec }: ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding): FieldError[] {
  return [
    ...(spec.policyName ? [] : [required(at.child('policyName'))]),
    ...(spec.paramRef ? validateParamRef(spec.paramRef, at.child('paramRef')) : []),
    ...(spec.matchResources ? validateMatch(spec.matchResources, at.child('matchResources')) : []),
  ]
}

function validateParamRef({ name, selector, parameterNotFoundAction }: ParamRef, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (name && selector) errors.push(invalidValue(at.child('name'), name, 'name and selector are mutually exclusive'))
  if (!name && !selector) errors.push(required(at, 'one of name or selector must be specified'))
  const here = at.child('parameterNotFoundAction')
  if (!parameterNotFoundAction) return [...errors, required(here)]
  return [...errors, ...optionalOneOf(here, parameterNotFoundAction, ['Deny', 'Allow'])]
}
