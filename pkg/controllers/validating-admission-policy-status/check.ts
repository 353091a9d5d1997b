/** The expressions of a policy against the types of its kinds: what upstream's typechecking.go warns of. */
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '#api/gen/admissionregistration/v1.ts'
import { namespaceType, requestType } from '#cel/admission-types.ts'
import type { CelType } from '#cel/decl-type.ts'
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
    request: requestType,
    namespaceObject: namespaceType,
    ...(params ? { params } : {}),
    variables: { kind: 'object', name: 'kubernetes.variables', fields },
  }
  for (const variable of spec.variables ?? []) fields.set(variable.name, typeOf(variable.expression, declared))
  try {
    compile(environment(), text, { declared })
    return []
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error
    return [`${of.group}/${of.version}, Kind=${of.kind}: ${error.message.replace(/^compilation failed: /, '')}\n`]
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
