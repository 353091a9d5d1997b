/** The CEL of JWT authenticators: `claims` in mappings and rules, `user` in rules about the user (k8s.io/apiserver's authentication/cel). */
import { type CelType, dyn } from '#cel/decl-type.ts'
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { compile, newBudget } from '#cel/program.ts'
import { CelCompileError, type CelProgram, perObjectLimit } from '#cel/types.ts'
import { escapeName, toCel } from '#cel/values.ts'

const text: CelType = { kind: 'string' }
const texts: CelType = { kind: 'list', element: text }
const declared: Readonly<Record<'claims' | 'user', CelType>> = {
  claims: { kind: 'map', key: text, element: dyn },
  user: {
    kind: 'object',
    name: 'kubernetes.UserInfo',
    fields: new Map<string, CelType>([
      ['username', text],
      ['uid', text],
      ['groups', texts],
      ['extra', { kind: 'map', key: text, element: texts }],
    ]),
  },
}

const shared = new Map<string, MeteredEnvironment>()

/** Throws CelCompileError. */
function compileOver(variable: 'claims' | 'user', expression: string, result?: 'bool'): CelProgram {
  let environment = shared.get(variable)
  if (!environment) {
    environment = createEnvironment({ [variable]: 'dyn' })
    shared.set(variable, environment)
  }
  const program = compile(environment, expression, { declared: { [variable]: declared[variable] } })
  if (result && program.resultType?.kind !== result) throw new CelCompileError(`must evaluate to ${result}`)
  return program
}

/** What a claim mapping gives may show only when it is evaluated. */
export const compileClaimMapping = (expression: string): CelProgram => compileOver('claims', expression)
export const compileClaimRule = (expression: string): CelProgram => compileOver('claims', expression, 'bool')
export const compileUserRule = (expression: string): CelProgram => compileOver('user', expression, 'bool')

export async function evaluateClaims(program: CelProgram, variables: { readonly claims?: unknown; readonly user?: unknown }): Promise<unknown> {
  return program.evaluate({ claims: claimToCel(variables.claims ?? {}), user: toCel(variables.user ?? {}) }, newBudget(perObjectLimit))
}

/** Numbers are doubles, as Go's decoder has them; what is no name in CEL is there under its escaped one too. */
function claimToCel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(claimToCel)
  if (typeof value !== 'object' || value === null) return value
  const result: Record<string, unknown> = {}
  for (const [key, each] of Object.entries(value)) {
    const converted = claimToCel(each)
    result[key] = converted
    const escaped = escapeName(key)
    if (escaped !== key) Object.defineProperty(result, escaped, { value: converted, enumerable: false })
  }
  return result
}
