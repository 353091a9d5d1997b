/** The CEL of authorization webhooks' conditions: `request` is the review's spec, with every attribute of text there (k8s.io/apiserver's authorization/cel). */
import type { CelType } from '#cel/decl-type.ts'
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { compile, newBudget } from '#cel/program.ts'
import { CelCompileError, type CelProgram, perObjectLimit } from '#cel/types.ts'
import { nameOf } from '#cel/typing.ts'
import { toCel } from '#cel/values.ts'
import type { ReviewSpec } from './review-spec.ts'

const text: CelType = { kind: 'string' }
const texts: CelType = { kind: 'list', element: text }
const object = (name: string, fields: Readonly<Record<string, CelType>>): CelType => ({
  kind: 'object',
  name: `kubernetes.${name}`,
  fields: new Map(Object.entries(fields)),
})
const attributes = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'] as const
const requirement = object('SelectorRequirement', { key: text, operator: text, values: texts })
const selector = (name: string): CelType => object(name, { rawSelector: text, requirements: { kind: 'list', element: requirement } })
const requestType = object('SubjectAccessReviewSpec', {
  resourceAttributes: object('ResourceAttributes', {
    ...Object.fromEntries(attributes.map((name) => [name, text])),
    fieldSelector: selector('FieldSelectorAttributes'),
    labelSelector: selector('LabelSelectorAttributes'),
  }),
  nonResourceAttributes: object('NonResourceAttributes', { path: text, verb: text }),
  user: text,
  groups: texts,
  extra: { kind: 'map', key: text, element: texts },
  uid: text,
})

let shared: MeteredEnvironment | undefined

/** Throws CelCompileError. */
export function compileMatchCondition(expression: string): CelProgram {
  shared ??= createEnvironment({ request: 'dyn' })
  const program = compile(shared, expression, { declared: { request: requestType } })
  const { resultType } = program
  if (resultType?.kind !== 'bool') throw new CelCompileError(`must evaluate to bool but got ${nameOf(resultType ?? { kind: 'dyn' })}`)
  return program
}

/** Whether all hold. One that does not decides, whatever others come to; without one, errors are thrown together. */
export async function matches(conditions: readonly CelProgram[], spec: ReviewSpec): Promise<boolean> {
  if (conditions.length === 0) return true
  const request = toCel(shown(spec))
  const budget = newBudget(perObjectLimit)
  const errors: string[] = []
  for (const condition of conditions) {
    try {
      if ((await condition.evaluate({ request }, budget)) !== true) return false
    } catch (error) {
      errors.push(`cel evaluation error: expression '${condition.expression}' resulted in error: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`)
  return true
}

/** Also what a review leaves out because it is empty. */
function shown({ resourceAttributes, nonResourceAttributes, user = '', groups = [], uid = '', extra = {} }: ReviewSpec): object {
  return {
    user,
    groups,
    uid,
    extra,
    ...(resourceAttributes ? { resourceAttributes: { ...Object.fromEntries(attributes.map((name) => [name, ''])), ...resourceAttributes } } : {}),
    ...(nonResourceAttributes ? { nonResourceAttributes: { path: '', verb: '', ...nonResourceAttributes } } : {}),
  }
}
