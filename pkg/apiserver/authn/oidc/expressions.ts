/** The CEL of JWT authenticators: `claims` in mappings and rules, `user` in rules about the user. */
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { compile, newBudget } from '#cel/program.ts'
import { type CelProgram, perObjectLimit } from '#cel/types.ts'
import { toCel } from '#cel/values.ts'

let shared: MeteredEnvironment | undefined

/** Throws CelCompileError. */
export function compileClaims(text: string, resultType?: string): CelProgram {
  shared ??= createEnvironment({ claims: 'dyn', user: 'dyn' })
  return compile(shared, text, resultType ? { resultType } : {})
}

export async function evaluateClaims(program: CelProgram, variables: { claims?: unknown; user?: unknown }): Promise<unknown> {
  return program.evaluate({ claims: toCel(variables.claims ?? {}), user: toCel(variables.user ?? {}) }, newBudget(perObjectLimit))
}
