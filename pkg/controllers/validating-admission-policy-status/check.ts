/** The expressions of a policy against the types of its kinds: what upstream's typechecking.go warns of. */
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '#api/gen/admissionregistration/v1.ts'
import type { CelKind, CelType } from '#cel/decl-type.ts'
import { dyn } from '#cel/decl-type.ts'
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { registerAuthorizer } from '#cel/library/authorizer.ts'
import { compile } from '#cel/program.ts'
import { CelCompileError } from '#cel/types.ts'
import type { CheckedKind } from './kinds.ts'

let shared: MeteredEnvironment | undefined

function environment(): MeteredEnvironment {
  const variables = { object: 'dyn', oldObject: 'dyn', request: 'dyn', params: 'dyn', namespaceObject: 'dyn', variables: 'dyn' }
  shared ??= createEnvironment({ ...variables, authorizer: 'kubernetes.Authorizer' }, registerAuthorizer)
  return shared
}

/** `params`: undefined where the policy takes none, null where nothing is known of their kind. */
export function checkPolicy(policy: ValidatingAdmissionPolicy, kinds: readonly CheckedKind[], params: CelType | null | undefined): ExpressionWarning[] {
  const warnings: ExpressionWarning[] = []
  for (const [index, { expression, messageExpression }] of (policy.spec.validations ?? []).entries()) {
    for (const [field, text] of Object.entries({ expression, messageExpression })) {
      if (!text) continue
      const found = kinds.flatMap((kind) => problemOf(policy, kind, params, text))
      if (found.length > 0) warnings.push({ fieldRef: `spec.validations[${index}].${field}`, warning: found.join('\n') })
    }
  }
  return warnings
}

function problemOf({ spec }: ValidatingAdmissionPolicy, { of, type }: CheckedKind, params: CelType | null | undefined, text: string): string[] {
  const fields = new Map<string, CelType>()
  const declared: Record<string, CelType> = {
    object: type,
    oldObject: type,
    request,
    namespaceObject: namespace,
    ...(params ? { params } : {}),
    variables: { kind: 'object', name: 'kubernetes.variables', fields },
  }
  for (const variable of spec.variables ?? []) fields.set(variable.name, typeOf(variable.expression, declared))
  try {
    compile(environment(), text, { declared })
    return []
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error
    const version = of.group === '' ? of.version : `${of.group}/${of.version}`
    return [`${version}, Kind=${of.kind}: ${error.message.replace(/^compilation failed: /, '')}\n`]
  }
}

/** A variable that does not compile says nothing of those that name it. */
function typeOf(expression: string, declared: Readonly<Record<string, CelType>>): CelType {
  try {
    return compile(environment(), expression, { declared }).resultType ?? dyn
  } catch (error) {
    if (error instanceof CelCompileError) return dyn
    throw error
  }
}

const simple = (kind: CelKind): CelType => ({ kind })
const list = (element: CelType): CelType => ({ kind: 'list', element })
const map = (element: CelType): CelType => ({ kind: 'map', key: simple('string'), element })
const text = simple('string')
const object = (name: string, fields: Readonly<Record<string, CelType>>): CelType => ({ kind: 'object', name, fields: new Map(Object.entries(fields)) })
const texts = (names: string): Record<string, CelType> => Object.fromEntries(names.split(' ').map((name) => [name, text]))

const kindType = object('kubernetes.GroupVersionKind', texts('group version kind'))
const resourceType = object('kubernetes.GroupVersionResource', texts('group version resource'))
const request = object('kubernetes.AdmissionRequest', {
  ...texts('subResource requestSubResource name namespace operation'),
  kind: kindType,
  requestKind: kindType,
  resource: resourceType,
  requestResource: resourceType,
  userInfo: object('kubernetes.UserInfo', { ...texts('username uid'), groups: list(text), extra: map(list(text)) }),
  dryRun: simple('bool'),
  options: dyn,
})
const namespace = object('kubernetes.Namespace', {
  metadata: object('kubernetes.NamespaceMetadata', {
    ...texts('name generateName namespace UID resourceVersion'),
    labels: map(text),
    annotations: map(text),
    creationTimestamp: simple('timestamp'),
    deletionTimestamp: simple('timestamp'),
    deletionGracePeriodSeconds: simple('int'),
    generation: simple('int'),
    finalizers: list(text),
  }),
  spec: object('kubernetes.NamespaceSpec', { finalizers: list(text) }),
  status: object('kubernetes.NamespaceStatus', {
    phase: text,
    conditions: list(object('kubernetes.NamespaceCondition', { ...texts('status type message reason'), lastTransitionTime: simple('timestamp') })),
  }),
})
