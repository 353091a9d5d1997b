/** Expressions of policies, match conditions and device selectors must compile before they are stored. */
import type { MatchCondition, MutatingAdmissionPolicy, ValidatingAdmissionPolicy } from '#api/gen/admissionregistration/v1.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { duplicate, type FieldError, type FieldPath, invalidValue, path, required, tooMany } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { deviceSelectorChecks } from './device-selectors.ts'
import { type CelType, dyn } from '#cel/decl-type.ts'
import { nameOf } from '#cel/typing.ts'
import { checkedType, type Visible } from './expressions.ts'

type Check = (object: any) => FieldError[]

const checks: Readonly<Record<string, Check>> = {
  validatingwebhookconfigurations: checkWebhooks,
  mutatingwebhookconfigurations: checkWebhooks,
  validatingadmissionpolicies: checkValidatingPolicy,
  mutatingadmissionpolicies: checkMutatingPolicy,
}

function checkOf({ group, plural }: ResourceDefinition): Check | undefined {
  if (group === 'resource.k8s.io') return deviceSelectorChecks[plural]
  return group === 'admissionregistration.k8s.io' ? checks[plural] : undefined
}

export function hasExpressions(definition: ResourceDefinition): boolean {
  return checkOf(definition) !== undefined
}

/** Of what may not be changed the change alone is told. */
function isFixed({ plural }: ResourceDefinition): boolean {
  return plural === 'resourceclaims' || plural === 'resourceclaimtemplates'
}

/** The kind with its expressions checked on creation and where they change. */
export function withExpressionChecks(definition: ResourceDefinition<any>): ResourceDefinition<any> {
  const { create, update } = definition
  const check = checkOf(definition)!
  const content = ({ metadata: _, status: __, ...rest }: any): unknown => rest
  return {
    ...definition,
    create: { ...create, validate: (object, context) => [...(create?.validate?.(object, context) ?? []), ...check(object)] },
    update: {
      ...update,
      validate: (object, old, context) => [
        ...(update?.validate?.(object, old, context) ?? []),
        // What was stored may stay, whatever later versions think of it.
        ...(isFixed(definition) || semanticEqual(content(object), content(old), definition.schema) ? [] : check(object)),
      ],
    },
  }
}

interface Compiled {
  readonly type: CelType
  readonly errors: readonly FieldError[]
}

/** `shown`: what the error tells, where that is not what is compiled. */
function compiled(at: FieldPath, text: string, visible: Visible, shown = text): Compiled {
  try {
    return { type: checkedType(text, visible), errors: [] }
  } catch (error) {
    return { type: dyn, errors: [invalidValue(at, shown, error instanceof Error ? error.message : String(error))] }
  }
}

/** Empty ones are for the rules of the kind to refuse. A type that shows only when it is evaluated is none of those wanted. */
function mustBe(wanted: readonly string[], at: FieldPath, text: string | undefined, visible: Visible, shown = text): FieldError[] {
  if (!text?.trim()) return []
  const { type, errors } = compiled(at, text, visible, shown)
  if (errors.length > 0 || wanted.includes(nameOf(type))) return [...errors]
  const what = wanted.length === 1 ? wanted[0]! : `one of [${wanted.map((each) => (each === 'null' ? 'null_type' : each)).join(' ')}]`
  return [invalidValue(at, shown ?? '', `must evaluate to ${what} but got ${nameOf(type)}`)]
}

const maxConditions = 64

function checkConditions(conditions: readonly MatchCondition[] | undefined, at: FieldPath, params = false): FieldError[] {
  const given = conditions ?? []
  const names = new Set<string>()
  const each = given.flatMap(({ name, expression: text }, index) => {
    const here = at.index(index)
    const trimmed = text?.trim()
    const errors = trimmed ? mustBe(['bool'], here.child('expression'), trimmed, { params, authorizer: true }) : [required(here.child('expression'))]
    if (!name) return [...errors, required(here.child('name'))]
    errors.push(...isQualifiedName(name).map((message) => invalidValue(here.child('name'), name, message)))
    if (names.has(name)) errors.push(duplicate(here.child('name'), name))
    names.add(name)
    return errors
  })
  return given.length > maxConditions ? [tooMany(at, given.length, maxConditions), ...each] : each
}

function checkWebhooks({ webhooks }: { webhooks?: { matchConditions?: MatchCondition[] }[] }): FieldError[] {
  return (webhooks ?? []).flatMap(({ matchConditions }, index) => checkConditions(matchConditions, path('webhooks').index(index).child('matchConditions')))
}

const spec = path('spec')

type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy

/** Its variables see those before them. */
function checkCommon({ spec: { matchConditions, variables, paramKind } }: Policy): { readonly errors: FieldError[]; readonly types: Map<string, CelType> } {
  const types = new Map<string, CelType>()
  const params = paramKind !== undefined
  const errors = (variables ?? []).flatMap(({ name, expression: text }, index) => {
    if (!text?.trim()) return []
    const { type, errors } = compiled(spec.child('variables').index(index).child('expression'), text, { params, authorizer: true, variables: types })
    types.set(name, type)
    return errors
  })
  return { errors: [...errors, ...checkConditions(matchConditions, spec.child('matchConditions'), params)], types }
}

function checkValidatingPolicy(policy: ValidatingAdmissionPolicy): FieldError[] {
  const { errors, types } = checkCommon(policy)
  const variables = (policy.spec.variables ?? []).length > 0 ? { variables: types } : {}
  const visible = { params: policy.spec.paramKind !== undefined, ...variables }
  const validations = (policy.spec.validations ?? []).flatMap(({ expression: text, messageExpression }, index) => {
    const here = spec.child('validations').index(index)
    return [
      ...mustBe(['bool'], here.child('expression'), text, { ...visible, authorizer: true }),
      ...mustBe(['string'], here.child('messageExpression'), messageExpression, visible),
    ]
  })
  const annotations = (policy.spec.auditAnnotations ?? []).flatMap(({ valueExpression }, index) => {
    const here = spec.child('auditAnnotations').index(index).child('valueExpression')
    return mustBe(['string', 'null'], here, valueExpression?.trim(), { ...visible, authorizer: true }, valueExpression)
  })
  return [...errors, ...validations, ...annotations]
}

function checkMutatingPolicy(policy: MutatingAdmissionPolicy): FieldError[] {
  const { errors, types } = checkCommon(policy)
  const visible = { params: policy.spec.paramKind !== undefined, authorizer: true, constructs: true, variables: types }
  const mutations = (policy.spec.mutations ?? []).flatMap(({ patchType, applyConfiguration, jsonPatch }, index) => {
    const here = spec.child('mutations').index(index)
    return [
      ...(patchType === 'ApplyConfiguration' ? builds('Object', here.child('applyConfiguration', 'expression'), applyConfiguration?.expression, visible) : []),
      ...(patchType === 'JSONPatch' ? builds('JSONPatch', here.child('jsonPatch', 'expression'), jsonPatch?.expression, visible) : []),
    ]
  })
  return [...errors, ...mutations]
}

/** What is built is a map to us: whether it is of the right type shows by its constructor. */
function builds(what: 'Object' | 'JSONPatch', at: FieldPath, given: string | undefined, visible: Visible): FieldError[] {
  const text = given?.trim()
  if (!text) return []
  const { type, errors } = compiled(at, text, visible)
  if (errors.length > 0) return [...errors]
  const isBuilt = new RegExp(`(?<![\\w.])${what}\\b[\\w.]*\\s*\\{`).test(text)
  const fitting = what === 'Object' ? ['map', 'dyn'] : ['list', 'dyn']
  if (isBuilt && fitting.includes(type.kind)) return []
  return [invalidValue(at, text, `must evaluate to ${what === 'Object' ? what : `list(${what})`} but got ${nameOf(type)}`)]
}
