/** Compiles an expression, and words what can be wrong with it as cel-go does. */
import { type ASTNode, EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import type { MeteredEnvironment } from './environment.ts'
import { checkFields } from './field-check.ts'
import { childrenOf } from './nodes.ts'
import { type Budget, CelBudgetError, CelCompileError, CelError, type CelProgram, perCallLimit } from './types.ts'

/** Library functions that the library itself has otherwise: JavaScript's regular expressions may backtrack without end. */
const replaced: Readonly<Record<string, string>> = { matches: 'k8sMatches' }

export interface CompileOptions {
  /** Schemas of variables: fields that they do not have are errors. */
  readonly schemas?: Readonly<Record<string, object>>
  /** What the result must be ("bool"); where that shows only on evaluation it is checked then by the caller. */
  readonly resultType?: string
}

export function compile({ environment, meter }: MeteredEnvironment, expression: string, options: CompileOptions = {}): CelProgram {
  let parsed: ReturnType<typeof environment.parse>
  let type: string
  const names = new Set<string>()
  try {
    parsed = environment.parse(expression)
    visit(parsed.ast, names)
    checkFields(parsed.ast, options.schemas ?? {})
    const checked = parsed.check()
    if (!checked.valid) throw checked.error
    type = checked.type ?? 'dyn'
  } catch (error) {
    throw new CelCompileError(`compilation failed: ${located(expression, error)}`, { cause: error })
  }
  if (options.resultType && type !== options.resultType && type !== 'dyn') throw new CelCompileError(`cel expression must evaluate to a ${options.resultType}`)
  return {
    expression,
    type,
    mentions: (name) => names.has(name),
    evaluate: (variables, budget) => {
      meter.begin(budget, perCallLimit)
      try {
        const result: unknown = parsed(variables as Record<string, unknown>)
        // `||` and `exists` pass over errors; not over this one.
        if (budget.left < 0) throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
        return result instanceof Promise ? result.catch(rethrow) : result
      } catch (error) {
        return rethrow(error)
      }
    },
  }
}

export function newBudget(left: number): Budget {
  return { left }
}

function visit(node: ASTNode, names: Set<string>): void {
  if (node.op === 'id') names.add(node.args)
  if (node.op === 'rcall' && replaced[node.args[0]]) node.args[0] = replaced[node.args[0]]!
  for (const child of childrenOf(node)) visit(child, names)
}

function rethrow(error: unknown): never {
  if (error instanceof CelError) throw error
  const cause = (error as { cause?: unknown }).cause
  if (cause instanceof CelBudgetError) throw cause
  if (error instanceof EvaluationError || error instanceof CelTypeError) throw new CelError(wordsOf(error), { cause: error })
  throw new CelError(error instanceof Error ? error.message : String(error), { cause: error })
}

function wordsOf(error: { message: string; summary?: string }): string {
  const text = error.summary ?? error.message.split('\n')[0]!
  return text.replace(/^No such key/, 'no such key')
}

/** `ERROR: <input>:1:6: …` with the line and a mark under the place. */
function located(expression: string, error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const start = (error as { range?: { start: number }; node?: { start: number } }).range?.start ?? (error as { node?: { start: number } }).node?.start ?? 0
  const before = expression.slice(0, start)
  const line = before.split('\n').length
  const column = start - (before.lastIndexOf('\n') + 1)
  const text = expression.split('\n')[line - 1] ?? ''
  const label = error instanceof ParseError ? 'Syntax error: ' : ''
  const words = wordsOf(error).replace(/^Unknown variable: (.*)$/, "undeclared reference to '$1' (in container '')")
  return `ERROR: <input>:${line}:${column + 1}: ${label}${words}\n | ${text}\n | ${'.'.repeat(column)}^`
}
