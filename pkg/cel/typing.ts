/**
 * The type of every part of an expression, by the schemas of its variables: what cel-go's type checker says, in its
 * words. The library has checked the expression before, with variables of no type; where it knows better, its types
 * are taken. What cannot be told is dyn, and fits everything.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { type CelKind, type CelType, dyn, fieldOf } from './decl-type.ts'
import { isOptionalEntry } from './library/optional-entries.ts'
import { childrenOf, writtenName } from './nodes.ts'

export type Scope = Readonly<Record<string, CelType>>
export type Types = ReadonlyMap<ASTNode, CelType>

export class CelTypeProblem extends Error {
  readonly range: { readonly start: number }
  constructor(text: string, at: number) {
    super(text)
    this.range = { start: at }
  }
}

/** What the library leaves on the nodes it has checked. */
interface LibraryType {
  readonly kind: string
  readonly name: string
  readonly keyType?: LibraryType
  readonly valueType?: LibraryType
}
interface Declaration {
  readonly receiverType: LibraryType | null
  readonly argTypes: readonly LibraryType[]
  readonly returnType: LibraryType
}
type Checked = ASTNode & { readonly checkedType?: LibraryType; readonly candidates?: { readonly declarations: readonly Declaration[] } }

/** Several, in the order of their places. */
export class CelTypeProblems extends Error {
  readonly all: readonly CelTypeProblem[]
  constructor(all: readonly CelTypeProblem[]) {
    super(all[0]!.message)
    this.all = all
  }
}

/** The names that the environment has. */
export interface Known {
  readonly variables: ReadonlySet<string>
  readonly functions: ReadonlySet<string>
}

/** Throws CelTypeProblems. */
export function typesOf(root: ASTNode, scope: Scope, known: Known): Types {
  const types = new Map<ASTNode, CelType>()
  const problems: CelTypeProblem[] = []
  new Typing(types, known, problems).visit(root, scope)
  if (problems.length > 0) throw new CelTypeProblems(problems.toSorted((a, b) => a.range.start - b.range.start))
  return types
}

const simple = (kind: CelKind): CelType => ({ kind })
const [bool, int] = [simple('bool'), simple('int')]
const listOf = (element: CelType): CelType => ({ kind: 'list', element })

const optionalIf = (optional: boolean, element: CelType): CelType => (optional ? { kind: 'optional', element } : element)

class Typing {
  readonly #types: Map<ASTNode, CelType>
  readonly #known: Known
  readonly #problems: CelTypeProblem[]
  constructor(types: Map<ASTNode, CelType>, known: Known, problems: CelTypeProblem[]) {
    this.#types = types
    this.#known = known
    this.#problems = problems
  }

  /** What is wrong is of no type, and fits everything: one mistake is told once. */
  visit(node: ASTNode, scope: Scope): CelType {
    let type: CelType = dyn
    try {
      type = this.#typeOf(node, scope)
    } catch (error) {
      if (!(error instanceof CelTypeProblem)) throw error
      this.#problems.push(error)
    }
    this.#types.set(node, type)
    return type
  }

  #typeOf(node: ASTNode, scope: Scope): CelType {
    switch (node.op) {
      case 'id':
        if (Object.hasOwn(scope, node.args)) return scope[node.args]!
        if (!this.#known.variables.has(node.args)) throw new CelTypeProblem(`undeclared reference to '${node.args}' (in container '')`, node.start)
        return fromLibrary((node as Checked).checkedType)
      case '.':
      case '.?': {
        const [object, name] = node.args
        const of = this.visit(object, scope)
        return optionalIf(node.op === '.?' || of.kind === 'optional', this.#select(of, name, node))
      }
      case '[]':
      case '[?]': {
        const [object, index] = node.args
        const of = this.visit(object, scope)
        return optionalIf(node.op === '[?]' || of.kind === 'optional', this.#index(node, of, this.visit(index, scope)))
      }
      case 'list':
        return listOf(common(node.args.map((each, at) => this.#entry(node, at, each, scope))))
      case 'map': {
        const [keys, values] = [[] as CelType[], [] as CelType[]]
        for (const [at, [key, value]] of node.args.entries()) {
          keys.push(this.visit(key, scope))
          values.push(this.#entry(node, at, value, scope))
        }
        return { kind: 'map', key: common(keys), element: common(values) }
      }
      case '&&':
      case '||':
        return this.#operator(node, scope, (left, right) => (fits(left, bool) && fits(right, bool) ? bool : undefined))
      case '?:':
        return this.#conditional(node, scope)
      case '!_':
        return this.#unary(node, scope, ['bool'])
      case '-_':
        return this.#unary(node, scope, ['int', 'double'])
      case 'call':
        return this.#call(node, scope)
      case 'rcall':
        return this.#memberCall(node, scope)
      case 'value':
        return fromLibrary((node as Checked).checkedType)
      default:
        if (node.op in operators) return this.#operator(node, scope, operators[node.op]!)
        for (const child of childrenOf(node)) this.visit(child, scope)
        return fromLibrary((node as Checked).checkedType)
    }
  }

  /** Of a literal; one with a mark is what its optional holds. */
  #entry(literal: ASTNode, at: number, node: ASTNode, scope: Scope): CelType {
    const type = this.visit(node, scope)
    if (!isOptionalEntry(literal, at) || type.kind === 'dyn') return type
    if (type.kind !== 'optional') throw new CelTypeProblem(`expected type 'optional_type(${nameOf(type)})' but found '${nameOf(type)}'`, placeOf(node))
    return type.element ?? dyn
  }

  #select(object: CelType, name: string, node: ASTNode, at = node.input.lastIndexOf('.', node.pos)): CelType {
    const type = object.kind === 'optional' ? (object.element ?? dyn) : object
    switch (type.kind) {
      case 'object': {
        if (!type.fields) return dyn
        const field = fieldOf(type, name)
        if (!field) throw new CelTypeProblem(`undefined field '${name}'`, at)
        return field
      }
      case 'map':
        return type.element ?? dyn
      case 'opaque': {
        const known = authorizerTypes[type.name ?? '']
        if (type.name === 'kubernetes.Authorizer' && name === 'requestResource') return { kind: 'opaque', name: 'kubernetes.ResourceCheck' }
        if (known) throw new CelTypeProblem(`unexpected failed resolution of '${known}'`, at)
        return dyn
      }
      case 'dyn':
        return dyn
      default:
        throw new CelTypeProblem(`type '${nameOf(type)}' does not support field selection`, at)
    }
  }

  #index(node: ASTNode, object: CelType, index: CelType): CelType {
    const type = object.kind === 'optional' ? (object.element ?? dyn) : object
    if (type.kind === 'dyn' || type.kind === 'object' || type.kind === 'opaque') return dyn
    if (type.kind === 'list' && oneOf(index, 'int')) return type.element ?? dyn
    if (type.kind === 'map' && (!type.key || fits(index, type.key))) return type.element ?? dyn
    throw noOverload('_[_]', [object, index], operatorAt(node, '['))
  }

  #operator(node: ASTNode, scope: Scope, resultOf: (left: CelType, right: CelType) => CelType | undefined): CelType {
    const [left, right] = node.args as [ASTNode, ASTNode]
    const types = [this.visit(left, scope), this.visit(right, scope)] as const
    const result = resultOf(...types)
    if (!result) throw noOverload(node.op === 'in' ? '@in' : `_${node.op}_`, types, operatorAt(node, node.op))
    return result
  }

  #unary(node: ASTNode, scope: Scope, kinds: readonly CelKind[]): CelType {
    const type = this.visit(node.args as unknown as ASTNode, scope)
    if (type.kind !== 'dyn' && !kinds.includes(type.kind)) throw noOverload(node.op, [type], node.start)
    return type.kind === 'dyn' && kinds.length === 1 ? simple(kinds[0]!) : type
  }

  #conditional(node: ASTNode, scope: Scope): CelType {
    const types = (node.args as ASTNode[]).map((each) => this.visit(each, scope))
    const [condition, yes, no] = types as [CelType, CelType, CelType]
    if (!fits(condition, bool) || !(fits(yes, no) || fits(no, yes))) throw noOverload('_?_:_', types, operatorAt(node, '?'))
    return common([yes, no])
  }

  #call(node: ASTNode, scope: Scope): CelType {
    const [name, args] = node.args as [string, ASTNode[]]
    if (name === 'has') {
      const [selection] = args
      if (selection?.op !== '.') return bool
      const of = this.visit(selection.args[0], scope)
      // The macro stands for the whole, at its bracket.
      this.#types.set(selection, this.#select(of, selection.args[1], node, node.input.indexOf('(', node.start)))
      return bool
    }
    const types = args.map((each) => this.visit(each, scope))
    if (name === 'dyn') return dyn
    if (name === 'type' && types.length === 1) return { kind: 'type', element: types[0]! }
    if (!this.#known.functions.has(name)) throw new CelTypeProblem(`undeclared reference to '${name}' (in container '')`, node.input.indexOf('(', node.start))
    return resultOf(node, undefined, types) ?? problem(name, types, node.input.indexOf('(', node.start))
  }

  #memberCall(node: ASTNode, scope: Scope): CelType {
    const [name, receiver, args] = node.args as [string, ASTNode, ASTNode[]]
    const [variable, second] = args
    // `cel` is no variable: this is the macro of ext.Bindings.
    if (name === 'bind' && variable?.op === 'id' && args.length === 3 && this.#known.functions.has(name))
      return this.visit(args[2]!, { ...scope, [variable.args as string]: this.visit(second!, scope) })
    const type = this.visit(receiver, scope)
    if (variable?.op === 'id' && macros.has(name) && args.length >= 2) {
      const two = second!.op === 'id' && args.length > 2 && !(name === 'map' || name === 'exists_one')
      return this.#macro(node, type, two, scope)
    }
    if (variable?.op === 'id' && name === 'sortBy') {
      this.visit(second!, { ...scope, [variable.args as string]: type.element ?? dyn })
      return type.kind === 'list' ? type : listOf(dyn)
    }
    if (variable?.op === 'id' && (name === 'optMap' || name === 'optFlatMap')) {
      const body = this.visit(second!, { ...scope, [variable.args as string]: type.element ?? dyn })
      return name === 'optFlatMap' ? (body.kind === 'optional' ? body : dyn) : { kind: 'optional', element: body }
    }
    const types = args.map((each) => this.visit(each, scope))
    if (type.kind === 'optional' && type.element && (name === 'value' || name === 'orValue'))
      return type.element.kind === 'dyn' && name === 'orValue' ? (types[0] ?? dyn) : type.element
    const at = node.input.indexOf('(', receiver.end)
    const called = writtenName(name)
    if (!this.#known.functions.has(name)) throw new CelTypeProblem(`undeclared reference to '${called}' (in container '')`, at)
    if (type.kind === 'list' && type.element) {
      if (types.length <= 2 && ofSameList.has(name)) return type
      const wanted = types.length === 0 && Object.hasOwn(ofItems, name) ? ofItems[name as keyof typeof ofItems] : undefined
      if (wanted) return oneOf(type.element, ...wanted) ? (name === 'isSorted' ? bool : type.element) : problem(name, types, at, type)
    }
    return resultOf(node, type, types) ?? problem(name, types, at, type)
  }

  #macro(node: ASTNode, range: CelType, two: boolean, scope: Scope): CelType {
    const [name, receiver, args] = node.args as [string, ASTNode, ASTNode[]]
    if (!['list', 'map', 'dyn'].includes(range.kind)) {
      const words = `expression of type '${nameOf(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`
      throw new CelTypeProblem(words, placeOf(receiver))
    }
    const isList = range.kind === 'list'
    const [element, key] = [range.element ?? dyn, range.key ?? dyn]
    const first = two ? (isList ? int : key) : isList ? element : key
    const inner = { ...scope, [args[0]!.args as string]: first, ...(two ? { [args[1]!.args as string]: element } : {}) }
    const bodies = args.slice(two ? 2 : 1).map((each) => this.visit(each, inner))
    const predicates = predicatesOf(name, bodies.length)
    for (const [at, body] of bodies.slice(0, predicates).entries())
      if (!fits(body, bool)) throw new CelTypeProblem(`expected type 'bool' but found '${nameOf(body)}'`, (args[at + (two ? 2 : 1)] as ASTNode).start)
    switch (name) {
      case 'map':
      case 'transformList':
        return listOf(bodies.at(-1)!)
      case 'transformMap':
        return { kind: 'map', key: first, element: bodies.at(-1)! }
      case 'transformMapEntry':
        return bodies.at(-1)!.kind === 'map' ? bodies.at(-1)! : { kind: 'map' }
      case 'filter':
        return listOf(first)
      default:
        return bool
    }
  }
}

/** Give a list of what the list has that they are called on. */
const ofSameList: ReadonlySet<string> = new Set(['sort', 'distinct', 'slice', 'reverse'])

/** Of all items of a list at once: what these may be. */
const ofItems = {
  sum: ['int', 'uint', 'double', 'duration'],
  min: ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'],
  max: ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'],
  isSorted: ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'],
} as const

/** Upstream's names of the types whose values have functions only. */
const authorizerTypes: Readonly<Record<string, string>> = { 'kubernetes.Authorizer': 'kubernetes.authorization.Authorizer' }

/** A selection stands at its dot, a call at its bracket, what has an operator there. */
export function placeOf(node: ASTNode): number {
  switch (node.op) {
    case '.':
      return node.input.lastIndexOf('.', node.pos)
    case 'call':
      return node.input.indexOf('(', node.start)
    case 'rcall':
      return node.input.indexOf('(', node.args[1].end)
    case '?:':
      return operatorAt(node, '?')
    case '[]':
      return operatorAt(node, '[')
    default:
      return node.op in operators || node.op === '&&' || node.op === '||' ? operatorAt(node, node.op) : node.start
  }
}

/** Of a macro's bodies, how many at its beginning say yes or no. */
function predicatesOf(name: string, bodies: number): number {
  return name === 'map' || name.startsWith('transform') ? bodies - 1 : bodies
}

export const macros: ReadonlySet<string> = new Set([
  'all',
  'exists',
  'exists_one',
  'existsOne',
  'filter',
  'map',
  'transformList',
  'transformMap',
  'transformMapEntry',
])

const numbers: readonly CelKind[] = ['int', 'uint', 'double']
const ordered: readonly CelKind[] = [...numbers, 'string', 'bytes', 'bool', 'timestamp', 'duration']

function oneOf({ kind }: CelType, ...kinds: readonly CelKind[]): boolean {
  return kind === 'dyn' || kinds.includes(kind)
}

function compared(left: CelType, right: CelType): CelType | undefined {
  if (!oneOf(left, ...ordered) || !oneOf(right, ...ordered)) return undefined
  const bothNumbers = oneOf(left, ...numbers) && oneOf(right, ...numbers)
  return bothNumbers || fits(left, right) ? bool : undefined
}

function equalled(left: CelType, right: CelType): CelType | undefined {
  return fits(left, right) || fits(right, left) || (numbers.includes(left.kind) && numbers.includes(right.kind)) ? bool : undefined
}

function calculated(...kinds: readonly CelKind[]) {
  return (left: CelType, right: CelType): CelType | undefined => {
    if (!oneOf(left, ...kinds) || !oneOf(right, ...kinds)) return undefined
    if (left.kind === 'dyn') return right.kind === 'dyn' ? dyn : right
    return right.kind === 'dyn' || fits(left, right) ? left : undefined
  }
}

function added(left: CelType, right: CelType): CelType | undefined {
  const kinds = `${left.kind} ${right.kind}`
  if (kinds === 'timestamp duration' || kinds === 'duration timestamp') return simple('timestamp')
  return calculated(...numbers, 'string', 'bytes', 'list', 'duration')(left, right)
}

function subtracted(left: CelType, right: CelType): CelType | undefined {
  if (left.kind === 'timestamp') return right.kind === 'duration' ? left : oneOf(right, 'timestamp') ? simple('duration') : undefined
  return calculated(...numbers, 'duration')(left, right)
}

function contained(left: CelType, right: CelType): CelType | undefined {
  if (right.kind === 'dyn') return bool
  const held = right.kind === 'list' ? right.element : right.kind === 'map' ? right.key : undefined
  if (right.kind !== 'list' && right.kind !== 'map') return undefined
  return !held || equalled(left, held) ? bool : undefined
}

const operators: Readonly<Record<string, (left: CelType, right: CelType) => CelType | undefined>> = {
  '==': equalled,
  '!=': equalled,
  '<': compared,
  '<=': compared,
  '>': compared,
  '>=': compared,
  '+': added,
  '-': subtracted,
  '*': calculated(...numbers),
  '/': calculated(...numbers),
  '%': calculated('int', 'uint'),
  in: contained,
}

/** Whether a value of the one type can stand where the other is wanted. */
function fits(actual: CelType, wanted: CelType): boolean {
  if (actual.kind === 'dyn' || wanted.kind === 'dyn') return true
  if (actual.kind === 'null' || wanted.kind === 'null') return !scalars.includes(actual.kind === 'null' ? wanted.kind : actual.kind)
  if (actual.kind !== wanted.kind) return isMapLike(actual) && isMapLike(wanted)
  if (actual.kind === 'opaque') return actual.name === wanted.name || actual.name === undefined || wanted.name === undefined
  if (actual.element && wanted.element && !fits(actual.element, wanted.element)) return false
  return !(actual.key && wanted.key) || fits(actual.key, wanted.key)
}

/** An object literal is a map here; the library has no messages. */
function isMapLike({ kind }: CelType): boolean {
  return kind === 'map' || kind === 'object'
}

const scalars: readonly CelKind[] = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'type']

function common(types: readonly CelType[]): CelType {
  const [first, ...rest] = types
  if (!first) return dyn
  return rest.every((each) => each.kind === first.kind && each.name === first.name && fits(each, first)) ? first : dyn
}

/** Of a function: what its overloads that fit give. Undefined: none fits. */
function resultOf(node: ASTNode, receiver: CelType | undefined, args: readonly CelType[]): CelType | undefined {
  const declarations = (node as Checked).candidates?.declarations
  if (!declarations) return fromLibrary((node as Checked).checkedType)
  const fitting = declarations.filter(({ receiverType, argTypes }) => {
    if (receiver && receiverType && !fits(receiver, fromLibrary(receiverType))) return false
    return argTypes.length === args.length && argTypes.every((each, at) => fits(args[at]!, fromLibrary(each)))
  })
  return fitting.length === 0 ? undefined : common(fitting.map(({ returnType }) => fromLibrary(returnType)))
}

const libraryKinds: Readonly<Record<string, CelKind>> = {
  'google.protobuf.Timestamp': 'timestamp',
  'google.protobuf.Duration': 'duration',
  null: 'null',
  bool: 'bool',
  int: 'int',
  uint: 'uint',
  double: 'double',
  string: 'string',
  bytes: 'bytes',
  type: 'type',
}

function fromLibrary(type: LibraryType | undefined): CelType {
  switch (type?.kind) {
    case 'list':
      return { kind: 'list', element: fromLibrary(type.valueType) }
    case 'map':
      return { kind: 'map', key: fromLibrary(type.keyType), element: fromLibrary(type.valueType) }
    case 'optional':
      return { kind: 'optional', element: fromLibrary(type.valueType) }
    case 'primitive':
    case 'message':
      return libraryKinds[type.name] ? simple(libraryKinds[type.name]!) : { kind: 'opaque', name: type.name }
    default:
      return dyn
  }
}

/** As cel-go writes types. */
export function nameOf({ kind, name, key, element }: CelType): string {
  switch (kind) {
    case 'list':
      return `list(${nameOf(element ?? dyn)})`
    case 'map':
      return `map(${nameOf(key ?? dyn)}, ${nameOf(element ?? dyn)})`
    case 'optional':
      return `optional_type(${nameOf(element ?? dyn)})`
    case 'type':
      return element ? `type(${nameOf(element)})` : kind
    case 'object':
    case 'opaque':
      return name ?? kind
    default:
      return kind
  }
}

function noOverload(operator: string, types: readonly CelType[], at: number): CelTypeProblem {
  return new CelTypeProblem(`found no matching overload for '${operator}' applied to '(${types.map(nameOf).join(', ')})'`, at)
}

function problem(called: string, types: readonly CelType[], at: number, receiver?: CelType): never {
  const args = `(${types.map(nameOf).join(', ')})`
  const name = writtenName(called)
  throw new CelTypeProblem(`found no matching overload for '${name}' applied to '${receiver ? `${nameOf(receiver)}.` : ''}${args}'`, at)
}

/** Where an operator stands: after its left side. */
function operatorAt(node: ASTNode, operator: string): number {
  const [left] = node.args as unknown as [ASTNode]
  const found = node.input.indexOf(operator, left.end)
  return found < 0 ? node.start : found
}
