/** Compiles an expression, and words what can be wrong with it as cel-go does. */
import { type ASTNode, EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import { begin as beginNode, finish as finishNode, type MeteredEnvironment } from './environment.ts'
import { estimateCost } from './cost/estimate.ts'
import { planCosts, planOf } from './cost/spent.ts'
import { type CelType, dyn } from './decl-type.ts'
import { replaceHas } from './library/has.ts'
import { blankMarks, takeMarks } from './library/optional-entries.ts'
import { checkLiterals } from './literals.ts'
import { childrenOf, ourName, writtenName } from './nodes.ts'
import { CelTypeProblem, CelTypeProblems, type Known, type Types, typesOf } from './typing.ts'
import { type Budget, CelBudgetError, CelCompileError, CelError, CelPending, type CelProgram, perCallLimit } from './types.ts'

/** A literal is one call. */
const literalLimit = 100

export interface CompileOptions {
  /** The types that schemas give variables: what does not fit them is an error, and the cost can be estimated. */
  readonly declared?: Readonly<Record<string, CelType>>
  /** What the result must be ("bool"); where that shows only on evaluation it is checked then by the caller. */
  readonly resultType?: string
  /** The text that the expression was made of, for messages, and where in it each of its characters was. */
  readonly written?: { readonly text: string; readonly offsets: readonly number[] }
}

export function compile({ environment, meter, hasBindings }: MeteredEnvironment, expression: string, options: CompileOptions = {}): CelProgram {
  let parsed: ReturnType<typeof environment.parse>
  let type: string
  let types: Types | undefined
  const names = new Set<string>()
  try {
    const { text, marks } = blankMarks(expression)
    parsed = environment.parse(text)
    visit(parsed.ast, names, new Set(marks))
    if (!hasBindings && !options.declared) refuseBindings(parsed.ast)
    const checked = parsed.check()
    planCosts(parsed.ast)
    // Even where the library finds something wrong, with types it is told better.
    if (options.declared) types = typesOf(parsed.ast, options.declared, namesOf(environment, hasBindings))
    if (!checked.valid) throw checked.error
    checkLiterals(parsed.ast, types, (text) => {
      const outer = meter.begin(newBudget(literalLimit), literalLimit)
      try {
        return environment.evaluate(text)
      } finally {
        meter.end(outer)
      }
    })
    const found = types?.get(parsed.ast)
    type = found && found.kind !== 'dyn' ? found.kind : (checked.type ?? 'dyn')
  } catch (error) {
    throw new CelCompileError(`compilation failed: ${located(expression, options.written, error, (name) => isFunction(environment, name))}`, { cause: error })
  }
  if (options.resultType && type !== options.resultType && type !== 'dyn') throw new CelCompileError(`cel expression must evaluate to a ${options.resultType}`)
  return {
    expression,
    type,
    ...(types && options.declared ? { resultType: types.get(parsed.ast) ?? dyn, maxCost: estimateCost(parsed.ast, types, options.declared).max } : {}),
    mentions: (name) => names.has(name),
    selects: (name, field) => selects(parsed.ast, name, field),
    evaluate: (variables, budget) => {
      const once = (): unknown => {
        const outer = meter.begin(budget, perCallLimit)
        try {
          const plan = planOf(parsed.ast)!
          const before = beginNode(meter, plan)
          const result: unknown = parsed(variables as Record<string, unknown>)
          finishNode(meter, plan, before, result)
          // `||` and `exists` pass over errors; not over this one.
          if (budget.left < 0) throw new CelBudgetError('operation cancelled: actual cost limit exceeded')
          return result
        } catch (error) {
          return rethrow(error)
        } finally {
          meter.end(outer)
        }
      }
      const settled = (): unknown => {
        const { left } = budget
        try {
          return once()
        } catch (error) {
          // What is a part of another expression waits with it.
          if (!(error instanceof CelPending) || meter.isRunning) throw error
          budget.left = left
          return error.answered.then(settled)
        }
      }
      return settled()
    },
  }
}

export function newBudget(left: number): Budget {
  return { left }
}

function visit(node: ASTNode, names: Set<string>, marks: Set<number>): void {
  if (node.op === 'call' && node.args[0] === 'has') replaceHas(node)
  if (node.op === 'id') names.add(node.args)
  if (node.op === 'rcall') node.args[0] = ourName(node.args[0])
  for (const child of childrenOf(node)) visit(child, names, marks)
  takeMarks(node, marks)
}

function selects(node: ASTNode, variable: string, field: string): boolean {
  if (node.op === '.' || node.op === '.?') {
    const [operand, name] = node.args
    if (operand.op === 'id' && operand.args === variable && name === field) return true
  }
  return childrenOf(node).some((child) => selects(child, variable, field))
}

/** Without the extension its macro is a function of nothing that is known. */
function refuseBindings(node: ASTNode): void {
  if (node.op === 'rcall' && node.args[0] === 'bind' && node.args[1].op === 'id' && node.args[1].args === 'cel')
    throw new CelTypeProblem("undeclared reference to 'cel' (in container '')", node.args[1].start)
  for (const child of childrenOf(node)) refuseBindings(child)
}

function rethrow(error: unknown): never {
  if (error instanceof CelError) throw error
  const cause = (error as { cause?: unknown }).cause
  if (cause instanceof CelBudgetError || cause instanceof CelPending) throw cause
  if (error instanceof EvaluationError || error instanceof CelTypeError) throw new CelError(evaluated(wordsOf(error)), { cause: error })
  throw new CelError(error instanceof Error ? error.message : String(error), { cause: error })
}

function wordsOf(error: { message: string; summary?: string }): string {
  const text = error.summary ?? error.message.split('\n')[0]!
  return text.replace(/^No such key/, 'no such key')
}

const conversions: Readonly<Record<string, string>> = { timestamp: 'google.protobuf.Timestamp', duration: 'google.protobuf.Duration' }
const goTypes: Readonly<Record<string, string>> = { string: 'types.String', int: 'types.Int', uint: 'types.Uint', double: 'types.Double', bool: 'types.Bool' }

/** What the library says while it evaluates, and what cel-go says then. */
const evaluationWords: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/^no such key: index out of bounds, index (-?\d+) .*/, (_, index) => `index out of bounds: ${index}`],
  [
    /^(?:no such overload: |Logical operator requires bool |Ternary condition must be bool|\w+\(var, predicate\) predicate must return bool).*/,
    () => 'no such overload',
  ],
  [/^found no matching overload for '(?:kubernetes\.(\w+)\.)?(.*)'$/, (_, library, call) => `no such overload: ${overloadOf(library, call!)}`],
  [/^(\w+)\(\) (?:type error: cannot convert to|conversion error: invalid string value) .*/, (_, type) => `type conversion error from 'string' to '${type}'`],
  [/^timestamp\(\) requires a string in ISO 8601 format$/, () => `type conversion error from 'string' to '${conversions.timestamp}'`],
  [/^Invalid duration string: .*/, () => `type conversion error from 'string' to '${conversions.duration}'`],
  [/^modulo by zero$/, () => 'modulus by zero'],
  [/^(u|U)?(nsigned )?integer overflow(?:: .*)?$/, (_, isUnsigned) => (isUnsigned ? 'unsigned integer overflow' : 'integer overflow')],
  [/^Expression of type '(\w+)' cannot be range of a comprehension .*/, (_, type) => `got '${goTypes[type!] ?? type}', expected iterable type`],
  [/^Optional value is not present$/, () => 'optional.none() dereference'],
]

/** `string.getFullYear()` is `getFullYear(string)` there; of a list what is in it is not told. */
function overloadOf(library: string | undefined, call: string): string {
  const plain = call.replaceAll(/(list|map)<[^()]*>/g, '$1').replaceAll(/dyn<(\w+)>/g, '$1')
  if (library) return `${library.toLowerCase()}.${plain}`
  const member = /^(.*)\.(\w+)\((.*)\)$/.exec(plain)
  return member ? `${writtenName(member[2]!)}(${[member[1], member[3]].filter((each) => each !== '').join(', ')})` : plain
}

function evaluated(text: string): string {
  for (const [pattern, words] of evaluationWords) {
    const found = pattern.exec(text)
    if (found) return words(...found)
  }
  return text
}

const known = new WeakMap<object, Known>()

/** Made once: an environment does not change. */
function namesOf(environment: MeteredEnvironment['environment'], hasBindings: boolean): Known {
  let names = known.get(environment)
  if (!names) {
    const { variables, functions } = environment.getDefinitions()
    const all = (found: readonly { readonly name: string | null }[], without: string): Set<string> =>
      new Set(found.flatMap(({ name }) => (name === null || (!hasBindings && name === without) ? [] : [name])))
    names = { variables: all(variables, 'cel'), functions: all(functions, 'bind') }
    known.set(environment, names)
  }
  return names
}

function isFunction(environment: MeteredEnvironment['environment'], name: string): boolean {
  return environment.getDefinitions().functions.some((each) => each.name === name)
}

/** `ERROR: <input>:1:6: …` with the line and a mark under the place. */
function located(rewritten: string, written: CompileOptions['written'], error: unknown, isKnown: (name: string) => boolean): string {
  if (!(error instanceof Error)) return String(error)
  // cel-go tells all that its checker finds, in the order of their places.
  if (error instanceof CelTypeProblems) return error.all.map((each) => located(rewritten, written, each, isKnown)).join('\n')
  const found = placeOf(rewritten, error)
  const [expression, start] = written ? [written.text, written.offsets[found] ?? written.text.length] : [rewritten, found]
  const label = error instanceof ParseError ? 'Syntax error: ' : ''
  if (expression === '' && label !== '') return `ERROR: <input>:1:0: ${label}${parserWords(wordsOf(error), expression, 0)}`
  const words =
    error instanceof CelTypeProblem
      ? typedWords(error.message, isKnown)
      : error instanceof ParseError
        ? parserWords(wordsOf(error), expression, start)
        : checkerWords(wordsOf(error), isKnown)
  return problemAt(expression, start, `${label}${words}`)
}

/** `ERROR: <input>:1:6: …`, with the line and a mark under the place. */
export function problemAt(expression: string, start: number, words: string): string {
  const before = expression.slice(0, start)
  const line = before.split('\n').length
  const column = start - (before.lastIndexOf('\n') + 1)
  const text = expression.split('\n')[line - 1] ?? ''
  return `ERROR: <input>:${line}:${column + 1}: ${words}\n | ${text}\n | ${'.'.repeat(column)}^`
}

/** The library's errors stand at the beginning of a call; cel-go's at its bracket. */
function placeOf(expression: string, error: Error): number {
  const { range, node } = error as { range?: { start: number }; node?: { start: number } }
  const start = range?.start ?? node?.start ?? 0
  const called = /^found no matching overload for '(?:[^']*\.)?(\w+)\(/.exec(wordsOf(error))?.[1]
  const name = called === undefined ? -1 : expression.indexOf(writtenName(called), start)
  const bracket = name < 0 ? -1 : expression.indexOf('(', name)
  return bracket < 0 ? start : bracket
}

/** A function that there is not at all is no matter of its overloads. */
function typedWords(text: string, isKnown: (name: string) => boolean): string {
  const name = /^found no matching overload for '(\w+)' applied/.exec(text)?.[1]
  return name === undefined || name.startsWith('_') || isKnown(name) ? text : `undeclared reference to '${name}' (in container '')`
}

const expected = `{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`

const expectedInList = expected.replace("'[', ", "'[', ']', ").replace("'.', ", "'.', ',', ").replace("'!', ", "'!', '?', ")

/** The library's parser in the words of cel-go's, which ANTLR made. */
function parserWords(text: string, expression: string, at: number): string {
  // Inside of a list it may end, have an optional element, or nothing before a comma.
  if (text === 'Unexpected token: EOF')
    return `mismatched input '<EOF>' expecting ${expression.slice(0, at).trimEnd().endsWith('[') ? expectedInList : expected}`
  const odd = /^Unexpected character: '(.)'$/u.exec(text)?.[1]
  if (text === 'Expected IDENTIFIER, got EOF') return `no viable alternative at input '${expression.slice(0, at).trimEnd().at(-1) ?? ''}'`
  const word = /^(?:!|[A-Za-z_]\w*)/.exec(expression.slice(at))?.[0]
  if (odd !== undefined && word) return `extraneous input '${word}' expecting <EOF>`
  return odd === undefined ? text : `token recognition error at: '${odd}'`
}

/** The library's checker in cel-go's words. */
function checkerWords(text: string, isKnown: (name: string) => boolean): string {
  const unknown = /^Unknown variable: (.*)$/.exec(text)?.[1]
  if (unknown !== undefined) return `undeclared reference to '${unknown}' (in container '')`
  const operator = /^no such overload: (.+) (\S+) (.+)$/.exec(text)
  if (operator) return `found no matching overload for '_${operator[2]}_' applied to '(${operator[1]}, ${operator[3]})'`
  const call = /^found no matching overload for '(?:(.*)\.)?(\w+)\((.*)\)'$/.exec(text)
  if (!call) return text
  const [, receiver, name = '', args] = call
  if (!isKnown(name)) return `undeclared reference to '${name}' (in container '')`
  return `found no matching overload for '${writtenName(name)}' applied to '${receiver ? `${receiver}.` : ''}(${args})'`
}
