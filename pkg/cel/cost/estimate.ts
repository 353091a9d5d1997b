/**
 * What an expression costs at the most, from the sizes that the schemas of its variables allow (cel-go's
 * checker/cost.go). Macros cost what their expansion costs upstream.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { writtenName } from '../nodes.ts'
import { type CelType, dyn, fieldOf } from '../decl-type.ts'
import { macros, type Types } from '../typing.ts'
import { costOfCall, type Operand } from './calls.ts'
import { add, fixed, multiply, type Range, union, unknownSize } from './range.ts'

/** Sizes of what is in a list or map that the expression itself made. */
interface Entry {
  readonly key: Range
  readonly value: Range
}
interface Estimate {
  readonly cost: Range
  readonly size?: Range | undefined
  readonly entry?: Entry | undefined
  /** What a schema says of the value; only where a path of fields and items leads to it from a variable. */
  readonly declared?: CelType | undefined
}
type Scope = Readonly<Record<string, Omit<Estimate, 'cost'>>>

/** Of these, functions have names that others have too. */
const qualified: ReadonlySet<unknown> = new Set(['sets', 'lists', 'strings'])

const identifier = 1
const [newList, newMap] = [10, 30]
const nothing: Range = { min: 0, max: 0 }

/** `variables`: the types that schemas give them. */
export function estimateCost(root: ASTNode, types: Types, variables: Readonly<Record<string, CelType>>): Range {
  const scope = Object.fromEntries(Object.entries(variables).map(([name, declared]) => [name, { declared }]))
  return new Estimator(types).of(root, scope).cost
}

class Estimator {
  readonly #types: Types
  constructor(types: Types) {
    this.#types = types
  }

  of(node: ASTNode, scope: Scope): Estimate {
    switch (node.op) {
      case 'value':
        return { cost: nothing, size: fixed(literalSize(node.args)) }
      case 'id': {
        const variable = Object.hasOwn(scope, node.args) ? scope[node.args]! : {}
        return { ...variable, cost: fixed(identifier), size: sizeOf(variable, this.#type(node)) }
      }
      case '.':
        return this.#select(node, scope)
      case '.?':
        return { cost: add(this.of(node.args[0], scope).cost, fixed(1)) }
      case '[]':
      case '[?]':
        return this.#index(node, scope)
      case 'list':
        return this.#list(node.args, scope)
      case 'map':
        return this.#map(node.args, scope)
      case '&&':
      case '||': {
        const [left, right] = node.args.map((each) => this.of(each, scope).cost) as [Range, Range]
        return { cost: { min: left.min, max: add(left, right).max }, size: fixed(1) }
      }
      case '?:':
        return this.#conditional(node.args, scope)
      case '-_':
        // A negative number is one literal upstream.
        if ((node.args as ASTNode).op === 'value') return { cost: nothing, size: fixed(1) }
        return this.#call(node.op, undefined, [node.args as ASTNode], node, scope)
      case '!_':
        return this.#call(node.op, undefined, [node.args as ASTNode], node, scope)
      case 'call':
        return this.#function(node, scope)
      case 'rcall':
        return this.#method(node, scope)
      default:
        return this.#call(node.op, undefined, node.args as ASTNode[], node, scope)
    }
  }

  #type(node: ASTNode): CelType {
    return this.#types.get(node) ?? dyn
  }

  #select(node: ASTNode & { op: '.' }, scope: Scope): Estimate {
    const [object, name] = node.args
    const of = this.of(object, scope)
    const { kind } = this.#type(object)
    const declared = (of.declared && fieldOf(of.declared, name)) ?? (of.declared?.sizesNamed ? of.declared.element : undefined)
    const cost = kind === 'map' || kind === 'object' ? add(of.cost, fixed(identifier)) : of.cost
    return { cost, declared, size: sizeOf({ declared }, this.#type(node)) }
  }

  #index(node: ASTNode & { op: '[]' | '[?]' }, scope: Scope): Estimate {
    const [object, index] = node.args
    const of = this.of(object, scope)
    const declared = node.op === '[]' ? of.declared?.element : undefined
    const cost = add(of.cost, this.of(index, scope).cost, fixed(1))
    return { cost, declared, size: node.op === '[]' ? (of.entry?.value ?? sizeOf({ declared }, this.#type(node))) : undefined }
  }

  #list(items: readonly ASTNode[], scope: Scope): Estimate {
    const each = items.map((item) => this.of(item, scope))
    const entry = { key: fixed(1), value: unionOf(each) }
    return { cost: add(fixed(newList), ...each.map(({ cost }) => cost)), size: fixed(items.length), entry }
  }

  #map(entries: readonly (readonly [ASTNode, ASTNode])[], scope: Scope): Estimate {
    const keys = entries.map(([key]) => this.of(key, scope))
    const values = entries.map(([, value]) => this.of(value, scope))
    const cost = add(fixed(newMap), ...[...keys, ...values].map((each) => each.cost))
    return { cost, size: fixed(entries.length), entry: { key: unionOf(keys), value: unionOf(values) } }
  }

  #conditional(args: readonly [ASTNode, ASTNode, ASTNode], scope: Scope): Estimate {
    const [condition, yes, no] = args.map((each) => this.of(each, scope)) as [Estimate, Estimate, Estimate]
    const entry = yes.entry && no.entry && { key: union(yes.entry.key, no.entry.key), value: union(yes.entry.value, no.entry.value) }
    return { cost: add(condition.cost, union(yes.cost, no.cost)), size: union(yes.size ?? unknownSize, no.size ?? unknownSize), entry }
  }

  #function(node: ASTNode & { op: 'call' }, scope: Scope): Estimate {
    const [name, args] = node.args
    // Upstream keeps it free: has() of a path costs what leads to its last field.
    if (name === 'has') {
      const [path] = args
      return { cost: path?.op === '.' ? this.of(path.args[0], scope).cost : nothing, size: fixed(1) }
    }
    if (name === 'dyn') {
      const of = this.of(args[0]!, scope)
      return { ...of, cost: add(of.cost, fixed(1)), declared: undefined }
    }
    return this.#call(name, undefined, args, node, scope)
  }

  #method(node: ASTNode & { op: 'rcall' }, scope: Scope): Estimate {
    const [name, receiver, args] = node.args
    const [variable, second] = args
    if (name === 'bind' && variable?.op === 'id' && args.length === 3) return this.#bind(variable.args, second!, args[2]!, scope)
    if (variable?.op === 'id' && second) {
      if (macros.has(name)) return this.#macro(name, receiver, args, scope)
      if (name === 'optMap' || name === 'optFlatMap') return this.#optional(receiver, variable.args, second, name === 'optMap', scope)
    }
    // A namespace is part of the name upstream: sets.contains, ip.isCanonical.
    if (receiver.op === 'id' && !Object.hasOwn(scope, receiver.args))
      return this.#call(qualified.has(receiver.args) ? `${receiver.args as string}.${name}` : name, undefined, args, node, scope)
    return this.#call(writtenName(name), receiver, args, node, scope)
  }

  #call(name: string, target: ASTNode | undefined, args: readonly ASTNode[], node: ASTNode, scope: Scope): Estimate {
    const of = target && this.of(target, scope)
    const each = args.map((arg) => this.of(arg, scope))
    const { cost, size } = costOfCall({
      name,
      target: target && this.#operand(target, of!),
      args: args.map((arg, at) => this.#operand(arg, each[at]!)),
    })
    const total = add(cost, ...(of ? [of.cost] : []), ...each.map((arg) => arg.cost))
    return { cost: total, size: size ?? sizeOf({}, this.#type(node)), ...(name === '+' ? { entry: addedEntry(each) } : {}) }
  }

  #operand(node: ASTNode, estimate: Estimate): Operand {
    const items = estimate.declared?.element?.maxElements
    return {
      type: this.#type(node),
      size: estimate.size ?? unknownSize,
      itemSize: items === undefined ? unknownSize : { min: 0, max: items },
      ...(node.op === 'value' ? { literal: node.args } : {}),
    }
  }

  /** A loop over an empty list, whose accumulator is the value. */
  #bind(variable: string, value: ASTNode, body: ASTNode, scope: Scope): Estimate {
    const { cost: bound, ...of } = this.of(value, scope)
    const { cost, ...result } = this.of(body, { ...scope, [variable]: of })
    return { ...result, cost: add(fixed(newList), bound, cost) }
  }

  /** Upstream evaluates the receiver twice, and binds its value by a loop that never runs. */
  #optional(receiver: ASTNode, variable: string, body: ASTNode, wraps: boolean, scope: Scope): Estimate {
    const of = this.of(receiver, scope).cost
    const type = this.#type(receiver).element ?? dyn
    const mapped = this.of(body, { ...scope, [variable]: { size: sizeOf({}, type) } }).cost
    const present = add(fixed(wraps ? 1 : 0), fixed(newList), of, fixed(1), mapped)
    return { cost: add(of, fixed(1), union(present, fixed(1))) }
  }

  #macro(name: string, receiver: ASTNode, args: readonly ASTNode[], scope: Scope): Estimate {
    const range = this.of(receiver, scope)
    const isList = this.#type(receiver).kind === 'list'
    const two = args.length > 2 && args[1]!.op === 'id' && name !== 'map' && name !== 'exists_one'
    const element = { declared: range.declared?.element, size: range.entry?.value }
    const key = isList ? { size: range.entry?.key ?? undefined } : { declared: range.declared?.key, size: range.entry?.key }
    const inner: Scope = {
      ...scope,
      [args[0]!.args as string]: two ? key : isList ? element : key,
      ...(two ? { [args[1]!.args as string]: element } : {}),
    }
    const bodies = args.slice(two ? 2 : 1).map((each) => this.of(each, inner))
    const { before, step, after, result } = loopOf(
      name,
      bodies.map(({ cost }) => cost),
    )
    const count = range.size ?? unknownSize
    const cost = add(range.cost, fixed(before), fixed(after), multiply(count, step))
    if (result === 'bool') return { cost, size: fixed(1) }
    const body = bodies.at(-1)!
    const value = name === 'filter' ? (element.size ?? unknownSize) : (body.size ?? unknownSize)
    return { cost, size: count, entry: { key: result === 'list' ? fixed(1) : (key.size ?? unknownSize), value } }
  }
}

/** What the loop costs that a macro stands for: once before, for each item, once after. */
function loopOf(name: string, bodies: readonly Range[]): { before: number; step: Range; after: number; result: 'bool' | 'list' | 'map' } {
  const accumulator = fixed(identifier)
  const last = bodies.at(-1)!
  const chosen = (step: Range) => (bodies.length > 1 ? add(bodies[0]!, union(step, accumulator)) : step)
  switch (name) {
    case 'all':
      return { before: 0, step: add({ min: 1, max: 1 + last.max }, fixed(2)), after: 1, result: 'bool' }
    case 'exists':
      return { before: 0, step: add({ min: 1, max: 1 + last.max }, fixed(3)), after: 1, result: 'bool' }
    case 'exists_one':
    case 'existsOne':
      return { before: 0, step: add(last, { min: 1, max: 2 }), after: 2, result: 'bool' }
    case 'filter':
      return { before: newList, step: add(last, { min: 1, max: newList + 3 }), after: 1, result: 'list' }
    case 'transformMap':
      return { before: newMap, step: chosen(add(last, fixed(3))), after: 1, result: 'map' }
    case 'transformMapEntry':
      return { before: newMap, step: chosen(add(last, fixed(2))), after: 1, result: 'map' }
    default:
      return { before: newList, step: chosen(add(last, fixed(newList + 2))), after: 1, result: 'list' }
  }
}

function sizeOf({ declared, size }: Omit<Estimate, 'cost'>, type: CelType): Range | undefined {
  if (declared?.maxElements !== undefined) return { min: 0, max: declared.maxElements }
  return isScalar(type) ? fixed(1) : size
}

function isScalar({ kind, element }: CelType): boolean {
  if (kind === 'optional') return element !== undefined && isScalar(element)
  return ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'].includes(kind)
}

function unionOf(each: readonly Estimate[]): Range {
  if (each.length === 0) return nothing
  return each.map(({ size }) => size ?? unknownSize).reduce(union)
}

function addedEntry(each: readonly Estimate[]): Entry | undefined {
  const [left, right] = each
  return left?.entry && right?.entry && { key: union(left.entry.key, right.entry.key), value: union(left.entry.value, right.entry.value) }
}

function literalSize(value: unknown): number {
  if (typeof value === 'string') return [...value].length
  return value instanceof Uint8Array ? value.length : 1
}
