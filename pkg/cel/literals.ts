/** What is wrong with literals shows before evaluation: cel-go's AST validators (ValidateDurationLiterals … ValidateHomogeneousAggregateLiterals). */
import type { ASTNode } from '@marcbachmann/cel-js'
import { compilePattern } from '#apimachinery/regular-expression.ts'
import type { CelKind, CelType } from './decl-type.ts'
import { childrenOf, writtenName } from './nodes.ts'
import { problemOfFormat } from './library/strings.ts'
import { CelTypeProblem, nameOf, placeOf, type Types } from './typing.ts'

/** Evaluates an expression without variables; throws where it fails. */
export type Evaluate = (expression: string) => unknown

/** Throws CelTypeProblem for the first literal that cannot be. Types are those that are known; what is not is taken for fitting. */
export function checkLiterals(root: ASTNode, types: Types | undefined, evaluate: Evaluate): void {
  for (const node of allOf(root)) checkArgument(node, evaluate)
  for (const node of allOf(root)) checkFormat(node)
  for (const node of allOf(root, (each) => calledName(each) === 'format')) checkAlike(node, types)
}

function* allOf(node: ASTNode, skips: (node: ASTNode) => boolean = () => false): Generator<ASTNode> {
  if (skips(node)) return
  yield node
  for (const child of childrenOf(node)) yield* allOf(child, skips)
}

function calledName(node: ASTNode): string | undefined {
  return node.op === 'call' || node.op === 'rcall' ? node.args[0] : undefined
}

function checkArgument(node: ASTNode, evaluate: Evaluate): void {
  const name = node.op === 'rcall' && writtenName(node.args[0]) === 'matches' ? 'matches' : node.op === 'call' ? node.args[0] : ''
  const argument = node.op === 'rcall' ? node.args[2][0] : node.op === 'call' ? node.args[1][0] : undefined
  if (argument?.op !== 'value' || typeof argument.args !== 'string') return
  const text = argument.args
  if (name === 'matches' ? fails(() => compilePattern(text)) : converters.includes(name) && fails(() => evaluate(`${name}(${JSON.stringify(text)})`)))
    throw new CelTypeProblem(`invalid ${name} argument`, argument.start)
}

/** A text with its values written beside it: each clause is known, and has a value. */
function checkFormat(node: ASTNode): void {
  if (node.op !== 'rcall' || node.args[0] !== 'format') return
  const [, receiver, [values]] = node.args
  if (receiver.op !== 'value' || typeof receiver.args !== 'string' || values?.op !== 'list') return
  const problem = problemOfFormat(receiver.args, values.args.length)
  if (problem !== undefined) throw new CelTypeProblem(problem, node.input.indexOf('(', receiver.end))
}

const converters = ['duration', 'timestamp']

function fails(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch {
    return true
  }
}

/** All items of a list are of one type, and all keys and all values of a map; the arguments of `format` may be anything. */
function checkAlike(node: ASTNode, types: Types | undefined): void {
  if (node.op === 'list') checkTypes(node.args, types)
  if (node.op !== 'map') return
  checkTypes(
    node.args.map(([key]) => key),
    types,
  )
  checkTypes(
    node.args.map(([, value]) => value),
    types,
  )
}

function checkTypes(nodes: readonly ASTNode[], types: Types | undefined): void {
  const [first, ...others] = nodes.map((node) => ({ node, type: types?.get(node) ?? literalType(node) }))
  if (!first?.type) return
  for (const { node, type } of others) {
    if (type && (differ(first.type, type) || isPlainMap(first.node) !== isPlainMap(node) || isDynamic(first.node, types) !== isDynamic(node, types)))
      throw new CelTypeProblem(`expected type '${nameOf(first.type)}' but found '${nameOf(type)}'`, placeOf(node))
  }
}

/** A map as it was written, which is no scalar; constructors are maps that say so first. */
function isPlainMap(node: ASTNode): boolean {
  if (node.op !== 'map') return false
  const key = node.args[0]?.[0]
  return !(key?.op === 'value' && key.args === '@type')
}

/** Surely of no type to cel-go either: selected from what has none. */
function isDynamic(node: ASTNode, types: Types | undefined): boolean {
  if (types?.get(node)?.kind !== 'dyn') return false
  if (node.op === 'id') return true
  if (node.op === '.') return isDynamic(node.args[0], types)
  return node.op === '?:' && (isDynamic(node.args[1], types) || isDynamic(node.args[2], types))
}

function differ(one: CelType, other: CelType): boolean {
  const isVague = ({ kind }: CelType) => kind === 'dyn' || kind === 'null' || kind === 'map' || kind === 'object' || kind === 'optional'
  if (isVague(one) || isVague(other)) return false
  if (one.kind !== other.kind || (one.name !== undefined && other.name !== undefined && one.name !== other.name)) return true
  return one.element !== undefined && other.element !== undefined && differ(one.element, other.element)
}

const kinds: Readonly<Record<string, CelKind>> = { bigint: 'int', number: 'double', string: 'string', boolean: 'bool' }

function literalType(node: ASTNode): CelType | undefined {
  const kind = node.op === 'value' ? kinds[typeof node.args] : undefined
  return kind && { kind }
}
