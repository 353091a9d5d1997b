/** Macros over two variables (cel-go's TwoVarComprehensions), and those of optionals that the library leaves out. */
import { type Environment, Optional } from '@marcbachmann/cel-js'
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { CelError } from '../types.ts'
import { sorted } from './lists.ts'
import { equal } from './order.ts'

/* The library hands macros its checker, evaluator and contexts, which it does not type. */
interface Context {
  forkWithVariable(name: string, type: unknown): Context
  reuse(context: Context): Context
  setIterValue(value: unknown, evaluator: Evaluator): Context
}
interface Checker {
  getType(name: string): unknown
  check(node: Node, context: Context): unknown
}
interface Evaluator {
  run(node: Node, context: Context): unknown
}
interface Node {
  readonly op: string
  readonly args: unknown
}
interface MacroInput {
  readonly args: readonly Node[]
  readonly receiver: Node
}

type Entry = readonly [key: unknown, value: unknown]
/** From the entries and a way to evaluate the bodies on each of them, to the result. */
type Fold = (entries: readonly Entry[], body: (entry: Entry, at: number) => unknown) => unknown

const truthy = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new CelError('no such overload')
  return value
}

function nameOf(node: Node | undefined): string {
  if (node?.op !== 'id') throw new CelError('argument must be a simple name')
  return node.args as string
}

function entriesOf(value: unknown): Entry[] {
  if (Array.isArray(value)) return value.map((each, index) => [BigInt(index), each])
  if (value instanceof Map) return [...value]
  if (typeof value === 'object' && value !== null) return Object.entries(value)
  throw new CelError('no such overload')
}

function twoVariables(result: string, bodies: number, fold: Fold) {
  return ({ args, receiver }: MacroInput) => {
    const names = [nameOf(args[0]), nameOf(args[1])] as const
    const contexts: Context[] = []
    return {
      async: false,
      typeCheck(checker: Checker, _: unknown, context: Context) {
        checker.check(receiver, context)
        contexts[0] = context.forkWithVariable(names[0], checker.getType('dyn'))
        contexts[1] = contexts[0].forkWithVariable(names[1], checker.getType('dyn'))
        for (const each of args.slice(2, 2 + bodies)) checker.check(each, contexts[1])
        return checker.getType(result)
      },
      evaluate(evaluator: Evaluator, _: unknown, context: Context) {
        const entries = entriesOf(evaluator.run(receiver, context))
        return fold(entries, ([key, value], at) => {
          const first = contexts[0]!.reuse(context).setIterValue(key, evaluator)
          return evaluator.run(args[2 + at]!, contexts[1]!.reuse(first).setIterValue(value, evaluator))
        })
      },
    }
  }
}

const folds: readonly [signature: string, result: string, bodies: number, fold: Fold][] = [
  ['all(ast, ast, ast): bool', 'bool', 1, (entries, body) => entries.every((each) => truthy(body(each, 0)))],
  ['exists(ast, ast, ast): bool', 'bool', 1, (entries, body) => entries.some((each) => truthy(body(each, 0)))],
  ['existsOne(ast, ast, ast): bool', 'bool', 1, (entries, body) => entries.filter((each) => truthy(body(each, 0))).length === 1],
  ['transformList(ast, ast, ast): list', 'list', 1, (entries, body) => entries.map((each) => body(each, 0))],
  ['transformList(ast, ast, ast, ast): list', 'list', 2, (entries, body) => entries.filter((each) => truthy(body(each, 0))).map((each) => body(each, 1))],
  ['transformMap(ast, ast, ast): map', 'map', 1, (entries, body) => Object.fromEntries(entries.map((each) => [String(each[0]), body(each, 0)]))],
  [
    'transformMap(ast, ast, ast, ast): map',
    'map',
    2,
    (entries, body) => Object.fromEntries(entries.filter((each) => truthy(body(each, 0))).map((each) => [String(each[0]), body(each, 1)])),
  ],
]

/** transformMapEntry: the bodies are maps themselves, and no key may come twice. */
const entryFolds: readonly [signature: string, result: string, bodies: number, fold: Fold][] = [
  ['transformMapEntry(ast, ast, ast): map', 'map', 1, (entries, body) => merged(entries.map((each) => body(each, 0)))],
  [
    'transformMapEntry(ast, ast, ast, ast): map',
    'map',
    2,
    (entries, body) => merged(entries.filter((each) => truthy(body(each, 0))).map((each) => body(each, 1))),
  ],
]

function merged(maps: readonly unknown[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [key, value] of maps.flatMap(entriesOf)) {
    if (Object.hasOwn(result, String(key))) throw new CelError(`insert failed: key '${String(key)}' already exists`)
    if (String(key) !== '__proto__') result[String(key)] = value
  }
  return result
}

/** sortBy(x, key): the list in the order of its keys. */
function sortBy({ args, receiver }: MacroInput) {
  const name = nameOf(args[0])
  let inner: Context | undefined
  return {
    async: false,
    typeCheck(checker: Checker, _: unknown, context: Context) {
      checker.check(receiver, context)
      inner = context.forkWithVariable(name, checker.getType('dyn'))
      checker.check(args[1]!, inner)
      return checker.getType('list')
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context) {
      const list = evaluator.run(receiver, context)
      if (!Array.isArray(list)) throw new CelError('no such overload')
      return sorted(
        list,
        list.map((each) => evaluator.run(args[1]!, inner!.reuse(context).setIterValue(each, evaluator))),
      )
    },
  }
}

/** optMap and optFlatMap. */
function optionalMap(flat: boolean) {
  return ({ args, receiver }: MacroInput) => {
    const name = nameOf(args[0])
    let inner: Context | undefined
    return {
      async: false,
      typeCheck(checker: Checker, _: unknown, context: Context) {
        checker.check(receiver, context)
        inner = context.forkWithVariable(name, checker.getType('dyn'))
        checker.check(args[1]!, inner)
        return checker.getType('optional')
      },
      evaluate(evaluator: Evaluator, _: unknown, context: Context) {
        const optional = evaluator.run(receiver, context)
        if (!(optional instanceof Optional)) throw new CelError('no such overload')
        if (!optional.hasValue()) return Optional.none()
        const value = evaluator.run(args[1]!, inner!.reuse(context).setIterValue(optional.value(), evaluator))
        return flat ? value : Optional.of(value)
      },
    }
  }
}

/** Go's zero time: the first day of the first year. */
const zeroTime = Date.parse('0001-01-01T00:00:00Z')

const isZero = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  value === false ||
  value === 0n ||
  value === 0 ||
  (value instanceof UnsignedInt && value.value === 0n) ||
  (value instanceof Duration && value.valueOf() === 0) ||
  (value instanceof Date && value.getTime() === zeroTime) ||
  (value instanceof Uint8Array && value.length === 0) ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && Object.keys(value).length === 0)

export function registerComprehensions(environment: Environment): void {
  for (const [signature, result, bodies, fold] of [...folds, ...entryFolds]) {
    for (const receiver of ['list', 'map']) environment.registerFunction(`${receiver}.${signature}`, twoVariables(result, bodies, fold) as never)
  }
  environment
    .registerFunction('list.sortBy(ast, ast): list', sortBy as never)
    .registerOperator('optional == optional', (a: Optional, b: Optional) => a.hasValue() === b.hasValue() && (!a.hasValue() || equal(a.value(), b.value())))
    .registerFunction('optional.optMap(ast, ast): optional', optionalMap(false) as never)
    .registerFunction('optional.optFlatMap(ast, ast): optional', optionalMap(true) as never)
    .registerFunction(
      'OptionalNamespace.ofNonZeroValue(dyn): optional',
      (_: unknown, value: unknown) => (isZero(value) ? Optional.none() : Optional.of(value)),
      {
        async: false,
      },
    )
}
