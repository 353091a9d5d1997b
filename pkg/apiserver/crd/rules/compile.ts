/** One rule, compiled. */
import type { ValidationRule } from '#api/gen/apiextensions/v1.ts'
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { compile } from '#cel/program.ts'
import { type CelType, dyn } from '#cel/decl-type.ts'
import type { CelProgram } from '#cel/types.ts'

export interface CompiledRule {
  readonly source: ValidationRule
  readonly program: CelProgram | undefined
  /** Why there is no program. */
  readonly error?: string
  readonly message: CelProgram | undefined
  readonly messageError?: string
  /** A transition rule: evaluated only where there is an old value. */
  readonly usesOldSelf: boolean
}

const environments = new Map<string, MeteredEnvironment>()

function environmentWith(oldSelf: string): MeteredEnvironment {
  let environment = environments.get(oldSelf)
  if (!environment) {
    environment = createEnvironment({ self: 'dyn', oldSelf })
    environments.set(oldSelf, environment)
  }
  return environment
}

/** `type` is what expressions see of the schema; undefined where they see nothing of it. */
export function compileRule(source: ValidationRule, type: CelType = dyn): CompiledRule {
  const environment = environmentWith(source.optionalOldSelf ? 'optional<dyn>' : 'dyn')
  const declared = { self: type, oldSelf: source.optionalOldSelf ? ({ kind: 'optional', element: type } as const) : type }
  const rule = attempt(environment, source.rule, declared, 'bool')
  const message = source.messageExpression ? attempt(environment, source.messageExpression, declared, 'string') : undefined
  return {
    source,
    program: rule.program,
    ...(rule.error === undefined ? {} : { error: rule.error }),
    message: message?.program,
    ...(message?.error === undefined ? {} : { messageError: messageWords(message.error) }),
    usesOldSelf: rule.program?.mentions('oldSelf') === true,
  }
}

function attempt(
  environment: MeteredEnvironment,
  expression: string,
  declared: Readonly<Record<string, CelType>>,
  resultType: string,
): { program?: CelProgram; error?: string } {
  try {
    return { program: compile(environment, expression, { declared, resultType }) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function messageWords(error: string): string {
  return error.startsWith('cel expression must') ? 'messageExpression must evaluate to a string' : `messageExpression ${error}`
}
