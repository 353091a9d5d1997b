/** Validation of admission policies, as far as it needs no CEL compiler (pkg/apis/admissionregistration/validation). */
import { duplicate, type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '#apimachinery/field-error.ts'
import { isDns1035Label, isDns1123Subdomain, isQualifiedName } from '#apimachinery/names.ts'
import type { AuditAnnotation, MutatingAdmissionPolicy, Mutation, ParamKind, ValidatingAdmissionPolicy, Validation } from '#api/gen/admissionregistration/v1.ts'
import { complaints, oneOf, optionalOneOf, requiredOneOf } from '../../checks.ts'
import { validateMatchResources, validateMutatedOperations } from './validate-match-resources.ts'

type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy

const at = path('spec')
const maxAuditAnnotations = 20
const valueExpressionMaxLength = 5 * 1024
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const patchTypes = ['ApplyConfiguration', 'JSONPatch']

export function validateValidatingPolicy(policy: ValidatingAdmissionPolicy): FieldError[] {
  const { validations = [], auditAnnotations = [] } = policy.spec
  const errors = validateCommon(policy)
  if (validations.length + auditAnnotations.length === 0)
    return [
      ...errors,
      ...['validations', 'auditAnnotations'].map((key) => required(at.child(key), 'validations or auditAnnotations must contain at least one item')),
    ]
  return [
    ...errors,
    ...validations.flatMap((each, position) => validateValidation(each, at.child('validations').index(position))),
    ...validateAuditAnnotations(auditAnnotations, policy.metadata.name, at.child('auditAnnotations')),
  ]
}

function validateValidation({ expression, message, messageExpression, reason }: Validation, at: FieldPath): FieldError[] {
  return [
    ...expressionRequired(expression, at.child('expression'), 'expression is not specified'),
    ...(messageExpression && !messageExpression.trim()
      ? [invalidValue(at.child('messageExpression'), messageExpression, 'must be non-empty if specified')]
      : []),
    ...validateMessage(message ?? '', at.child('message')),
    ...optionalOneOf(at.child('reason'), reason, reasons),
  ]
}

function validateMessage(message: string, at: FieldPath): FieldError[] {
  if (message !== '' && message.trim() === '') return [invalidValue(at, message, 'must be non-empty if specified')]
  return /[\n\r]/.test(message.trim()) ? [invalidValue(at, message, 'must not contain line breaks')] : []
}

function validateAuditAnnotations(annotations: readonly AuditAnnotation[], policyName: string, at: FieldPath): FieldError[] {
  const keys = annotations.map(({ key }) => key)
  return [
    ...(annotations.length > maxAuditAnnotations ? [invalidValue(at, annotations, `must not have more than ${maxAuditAnnotations} auditAnnotations`)] : []),
    ...annotations.flatMap(({ key = '', valueExpression = '' }, position) => {
      const here = at.index(position)
      const name = `${policyName}/${key}`
      const expressionAt = here.child('valueExpression')
      return [
        ...(policyName
          ? complaints(here.child('key'), name, isQualifiedName(name))
          : [invalidValue(here.child('key'), key, 'requires metadata.name be non-empty')]),
        ...expressionRequired(valueExpression, expressionAt, 'valueExpression is not specified'),
        ...(Buffer.byteLength(valueExpression.trim()) > valueExpressionMaxLength
          ? [required(expressionAt, `must not exceed ${valueExpressionMaxLength} bytes in length`)]
          : []),
        ...(keys.indexOf(key) < position ? [duplicate(here.child('key'), key)] : []),
      ]
    }),
  ]
}

export function validateMutatingPolicy(policy: MutatingAdmissionPolicy): FieldError[] {
  const { matchConstraints, mutations = [], reinvocationPolicy } = policy.spec
  const rulesAt = at.child('matchConstraints', 'resourceRules', 'operations')
  return [
    ...validateCommon(policy, validateMutatedOperations(matchConstraints?.resourceRules, rulesAt)),
    ...(mutations.length === 0 ? [required(at.child('mutations'), 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((each, position) => validateMutation(each, at.child('mutations').index(position))),
    ...requiredOneOf(at.child('reinvocationPolicy'), reinvocationPolicy, ['IfNeeded', 'Never']),
  ]
}

function validateMutation({ patchType, jsonPatch, applyConfiguration }: Mutation, at: FieldPath): FieldError[] {
  const [patchAt, configurationAt] = [at.child('jsonPatch'), at.child('applyConfiguration')]
  if (!patchType) return [required(at.child('patchType'))]
  if (!patchTypes.includes(patchType)) return [notSupported(at.child('patchType'), patchType, patchTypes)]
  const isPatch = patchType === 'JSONPatch'
  const [wanted, wantedAt, other] = isPatch ? [jsonPatch, patchAt, applyConfiguration] : [applyConfiguration, configurationAt, jsonPatch]
  return [
    ...(wanted
      ? expressionRequired(wanted.expression, wantedAt.child('expression'))
      : [required(wantedAt, `must be specified when patchType is ${patchType}`)]),
    ...(other
      ? [
          invalidValue(
            isPatch ? configurationAt : patchAt,
            isPatch ? '{applyConfiguration}' : '{jsonPatch}',
            `must not be specified when patchType is ${patchType}`,
          ),
        ]
      : []),
  ]
}

function validateCommon({ spec }: Policy, more: readonly FieldError[] = []): FieldError[] {
  const matchAt = at.child('matchConstraints')
  return [
    ...(spec.failurePolicy === undefined ? [required(at.child('failurePolicy'))] : oneOf(at.child('failurePolicy'), spec.failurePolicy, ['Fail', 'Ignore'])),
    ...(spec.paramKind ? validateParamKind(spec.paramKind, at.child('paramKind')) : []),
    ...(spec.matchConstraints
      ? [
          ...validateMatchResources(spec.matchConstraints, matchAt),
          ...((spec.matchConstraints.resourceRules ?? []).length === 0 ? [required(matchAt.child('resourceRules'))] : []),
          ...more,
        ]
      : [required(matchAt)]),
    ...(spec.variables ?? []).flatMap(({ name, expression }, position) => {
      const here = at.child('variables').index(position)
      return [
        ...validateVariableName(name ?? '', here.child('name')),
        ...expressionRequired(expression, here.child('expression'), 'expression is not specified'),
      ]
    }),
  ]
}

function expressionRequired(expression: string | undefined, at: FieldPath, detail = ''): FieldError[] {
  return expression?.trim() ? [] : [required(at, detail)]
}

const celReserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)

function validateVariableName(name: string, at: FieldPath): FieldError[] {
  if (name.trim() === '') return [required(at, 'name is not specified')]
  return /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !celReserved.has(name) ? [] : [invalidValue(at, name, 'must be a valid CEL identifier')]
}

function validateParamKind({ apiVersion, kind }: ParamKind, at: FieldPath): FieldError[] {
  const wrong = kind ? isDns1035Label(kind.toLowerCase()) : []
  const kindAt = at.child('kind')
  return [
    ...validateApiVersion(apiVersion ?? '', at.child('apiVersion')),
    ...(kind ? [] : [required(kindAt)]),
    ...(wrong.length > 0 ? [invalidValue(kindAt, kind, `may have mixed case, but should otherwise match: ${wrong.join(',')}`)] : []),
  ]
}

function validateApiVersion(apiVersion: string, at: FieldPath): FieldError[] {
  if (apiVersion === '') return [required(at)]
  const parts = apiVersion.split('/')
  if (parts.length > 2) return [invalidValue(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  const [group, version = ''] = parts.length === 2 ? parts : ['', parts[0]]
  const wrongGroup = group ? isDns1123Subdomain(group) : []
  const wrongVersion = version ? isDns1035Label(version) : []
  return [
    ...(wrongGroup.length > 0 ? [invalidValue(at, group, wrongGroup.join(','))] : []),
    ...(version === '' ? [invalidValue(at, apiVersion, 'version must be specified')] : []),
    ...(wrongVersion.length > 0 ? [invalidValue(at, version, wrongVersion.join(','))] : []),
  ]
}
