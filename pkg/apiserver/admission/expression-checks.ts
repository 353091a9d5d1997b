/** Expressions of policies, match conditions and device selectors must compile before they are stored. */
import type { MatchCondition, MutatingAdmissionPolicy, ValidatingAdmissionPolicy } from '#api/gen/admissionregistration/v1.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { duplicate, type FieldError, type FieldPath, invalidValue, path, required, tooMany } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { deviceSelectorChecks } from './device-selectors.ts'
import { expression } from './expressions.ts'
import { withoutConstructors } from './policy/construct.ts'

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
        ...(semanticEqual(content(object), content(old)) ? [] : check(object)),
      ],
    },
  }
}

function compiles(at: FieldPath, text: string | undefined, resultType?: string): FieldError[] {
  if (!text?.trim()) return []
  try {
    expression(withoutConstructors(text), resultType)
    return []
  } catch (error) {
    return [invalidValue(at, text, error instanceof Error ? error.message : String(error))]
  }
}

const maxConditions = 64

function checkConditions(conditions: readonly MatchCondition[] | undefined, at: FieldPath): FieldError[] {
  const given = conditions ?? []
  const names = new Set<string>()
  const each = given.flatMap(({ name, expression: text }, index) => {
    const here = at.index(index)
    const errors = text?.trim() ? compiles(here.child('expression'), text, 'bool') : [required(here.child('expression'))]
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

function checkCommon({ spec: { matchConditions, variables } }: ValidatingAdmissionPolicy | MutatingAdmissionPolicy): FieldError[] {
  const errors = (variables ?? []).flatMap(({ expression: text }, index) => compiles(spec.child('variables').index(index).child('expression'), text))
  return [...errors, ...checkConditions(matchConditions, spec.child('matchConditions'))]
}

function checkValidatingPolicy(policy: ValidatingAdmissionPolicy): FieldError[] {
  const validations = (policy.spec.validations ?? []).flatMap(({ expression: text, messageExpression }, index) => {
    const here = spec.child('validations').index(index)
    return [...compiles(here.child('expression'), text, 'bool'), ...compiles(here.child('messageExpression'), messageExpression, 'string')]
  })
  const annotations = (policy.spec.auditAnnotations ?? []).flatMap(({ valueExpression }, index) =>
    compiles(spec.child('auditAnnotations').index(index).child('valueExpression'), valueExpression),
  )
  return [...checkCommon(policy), ...validations, ...annotations]
}

function checkMutatingPolicy(policy: MutatingAdmissionPolicy): FieldError[] {
  const mutations = (policy.spec.mutations ?? []).flatMap(({ applyConfiguration, jsonPatch }, index) => {
    const here = spec.child('mutations').index(index)
    return [
      ...compiles(here.child('applyConfiguration', 'expression'), applyConfiguration?.expression),
      ...compiles(here.child('jsonPatch', 'expression'), jsonPatch?.expression),
    ]
  })
  return [...checkCommon(policy), ...mutations]
}
