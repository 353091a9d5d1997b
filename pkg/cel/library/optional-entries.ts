/**
 * Optional entries of list and map literals, `[?a]` and `{?'k': v}` (cel-go's OptionalTypes): what is none leaves no entry.
 * The library does not parse them: their marks are blanked out, and found again by their places.
 */
import { type ASTNode, Optional } from '@marcbachmann/cel-js'
import { CelError } from '../types.ts'

/** Of a list the items, of a map the entries, that have a mark. */
const marked = new WeakMap<ASTNode, ReadonlySet<number>>()

export function isOptionalEntry(node: ASTNode, index: number): boolean {
  return marked.get(node)?.has(index) === true
}

export interface Blanked {
  /** As long as the expression, so that places in it stay. */
  readonly text: string
  readonly marks: readonly number[]
}

/** A question mark that begins an entry: after a brace, a comma, or a bracket that is no index. */
export function blankMarks(expression: string): Blanked {
  const marks: number[] = []
  if (!expression.includes('?')) return { text: expression, marks }
  /** The last thing that was no space, and whether a bracket after it is an index. */
  let before = ''
  let isOperand = false
  for (const { 0: token, index } of expression.matchAll(tokens)) {
    if (/^(?:\s|\/\/)/.test(token)) continue
    if (token === '?' && (before === ',' || before === '{' || before === 'list')) marks.push(index)
    before = token === '[' && !isOperand ? 'list' : token
    isOperand = token !== 'in' && /^(?:[\w"'`\])}]|.*["'])$/s.test(token.at(-1)!)
  }
  const text = [...marks].reduceRight((rest, at) => `${rest.slice(0, at)} ${rest.slice(at + 1)}`, expression)
  return { text, marks }
}

const tokens =
  /\s+|\/\/[^\n]*|[bBrR]{0,2}(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')|`[^`\n]*`|\w+|[\s\S]/g

interface Macros {
  setMeta(name: 'macro', macro: object): void
}
interface Checker {
  getType(name: string): unknown
  check(node: ASTNode, context: unknown): { readonly kind: string; toString(): string }
  createError(code: string, message: string, node: ASTNode): Error
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown
}

/** Gives the literal its meaning; `marks` that are its own are taken out. To be called for what is within it first. */
export function takeMarks(node: ASTNode, marks: Set<number>): void {
  if (marks.size === 0 || (node.op !== 'list' && node.op !== 'map')) return
  const own = new Set<number>()
  let from = node.start
  const entries = node.op === 'list' ? node.args.map((item) => [item, item] as const) : node.args
  for (const [index, [first, last]] of entries.entries()) {
    const mark = [...marks].find((at) => at >= from && at < first.start)
    if (mark !== undefined) {
      own.add(index)
      marks.delete(mark)
    }
    from = last.end
  }
  if (own.size === 0) return
  marked.set(node, own)
  ;(node as unknown as Macros).setMeta('macro', node.op === 'list' ? listOf(node.args, own) : mapOf(node.args, own))
}

function checked(checker: Checker, node: ASTNode, context: unknown, isOptional: boolean): void {
  const type = checker.check(node, context)
  if (isOptional && type.kind !== 'optional' && type.kind !== 'dyn')
    throw checker.createError('optional_expected', `expected type 'optional_type(${type})' but found '${type}'`, node)
}

/** The value of an entry with a mark; undefined: none. */
function unwrapped(value: unknown): unknown {
  if (!(value instanceof Optional)) throw new CelError('no such overload')
  return value.hasValue() ? value.value() : undefined
}

function listOf(items: readonly ASTNode[], own: ReadonlySet<number>): object {
  return {
    async: false,
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      for (const [index, item] of items.entries()) checked(checker, item, context, own.has(index))
      return checker.getType('list')
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown) {
      return items.flatMap((item, index) => {
        const value = evaluator.run(item, context)
        if (!own.has(index)) return [value]
        const present = unwrapped(value)
        return present === undefined ? [] : [present]
      })
    },
  }
}

function mapOf(entries: readonly (readonly [ASTNode, ASTNode])[], own: ReadonlySet<number>): object {
  return {
    async: false,
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      for (const [index, [key, value]] of entries.entries()) {
        checked(checker, key, context, false)
        checked(checker, value, context, own.has(index))
      }
      return checker.getType('map')
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown) {
      const result = new Map<unknown, unknown>()
      for (const [index, [keyNode, valueNode]] of entries.entries()) {
        const key = evaluator.run(keyNode, context)
        const value = evaluator.run(valueNode, context)
        const present = own.has(index) ? unwrapped(value) : value
        if (present !== undefined) result.set(key, present)
      }
      // As the library has its own: plain where all keys are texts.
      return [...result.keys()].every((key) => typeof key === 'string') ? Object.fromEntries(result) : result
    },
  }
}
