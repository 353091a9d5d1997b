/** One rule, compiled. */
import type { ValidationRule } from '#api/gen/apiextensions/v1.ts'
import { createEnvironment, type MeteredEnvironment } from '#cel/environment.ts'
import { compile } from '#cel/program.ts'
import type { CelProgram } from '#cel/types.ts'
import type { Schema } from '../schema/types.ts'

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

export function compileRule(source: ValidationRule, schema: Schema, isResource: boolean): CompiledRule {
  const environment = environmentWith(source.optionalOldSelf ? 'optional<dyn>' : 'dyn')
  const visible = isResource ? withMetadata(schema) : schema
  // An optional oldSelf is no object of the schema.
  const schemas = { self: visible, ...(source.optionalOldSelf ? {} : { oldSelf: visible }) }
  const rule = attempt(environment, source.rule, schemas, 'bool')
  const message = source.messageExpression ? attempt(environment, source.messageExpression, schemas, 'string') : undefined
  return {
    source,
    program: rule.program,
    ...(rule.error === undefined ? {} : { error: rule.error }),
    message: message?.program,
    ...(message?.error === undefined ? {} : { messageError: message.error }),
    usesOldSelf: rule.program?.mentions('oldSelf') === true,
  }
}

function attempt(
  environment: MeteredEnvironment,
  expression: string,
  schemas: Readonly<Record<string, Schema>>,
  resultType: string,
): { program?: CelProgram; error?: string } {
  try {
    return { program: compile(environment, expression, { schemas, resultType }) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** What of an object's metadata rules may see. */
function withMetadata(schema: Schema): Schema {
  const text = { type: 'string' }
  const metadata = { type: 'object', properties: { name: text, generateName: text } }
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata } }
}
