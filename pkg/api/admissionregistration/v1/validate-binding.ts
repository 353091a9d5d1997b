/** Validation of the bindings of admission policies. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isPathSegmentName, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { MutatingAdmissionPolicyBinding, ParamRef, ValidatingAdmissionPolicyBinding } from '#api/gen/admissionregistration/v1.ts'
import { complaints, requiredOneOf } from '../../checks.ts'
import { validateLabelSelector } from '../../meta/labels.ts'
import { validateMatchResources, validateMutatedOperations } from './validate-match-resources.ts'

const at = path('spec')
const knownActions = ['Audit', 'Deny', 'Warn']
const exclusive = 'name and selector are mutually exclusive'

export function validateValidatingBinding(binding: ValidatingAdmissionPolicyBinding): FieldError[] {
  return [...validateCommon(binding), ...validateActions(binding.spec.validationActions ?? [], at.child('validationActions'))]
}

export function validateMutatingBinding(binding: MutatingAdmissionPolicyBinding): FieldError[] {
  const rulesAt = at.child('matchResources', 'resourceRules', 'operations')
  return [...validateCommon(binding), ...validateMutatedOperations(binding.spec.matchResources?.resourceRules, rulesAt)]
}

function validateActions(actions: readonly string[], at: FieldPath): FieldError[] {
  const each = actions.flatMap((action, position) => [
    ...(knownActions.includes(action) ? [] : [notSupported(at.index(position), action, knownActions)]),
    ...(actions.indexOf(action) < position ? [duplicate(at.index(position), action)] : []),
  ])
  const said = 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
  return [
    ...each,
    ...(actions.includes('Deny') && actions.includes('Warn') ? [invalidValue(at, actions, said)] : []),
    ...(actions.length === 0 ? [required(at, 'at least one validation action is required')] : []),
  ]
}

function validateCommon({ spec }: ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding): FieldError[] {
  const here = at.child('policyName')
  return [
    ...(spec.policyName ? complaints(here, spec.policyName, nameIsDnsSubdomain(spec.policyName, false)) : [required(here)]),
    ...(spec.paramRef ? validateParamRef(spec.paramRef, at.child('paramRef')) : []),
    ...(spec.matchResources ? validateMatchResources(spec.matchResources, at.child('matchResources')) : []),
  ]
}

function validateParamRef({ name, selector, parameterNotFoundAction }: ParamRef, at: FieldPath): FieldError[] {
  const both = name && selector
  return [
    ...(name ? complaints(at.child('name'), name, isPathSegmentName(name)) : []),
    ...(both ? [forbiddenField(at.child('name'), exclusive)] : []),
    ...validateLabelSelector(selector, at.child('selector')),
    ...(both ? [forbiddenField(at.child('selector'), exclusive)] : []),
    ...(name || selector ? [] : [required(at, 'one of name or selector must be specified')]),
    ...requiredOneOf(at.child('parameterNotFoundAction'), parameterNotFoundAction, ['Deny', 'Allow']),
  ]
}
