/**
 * What evaluation spends, in upstream's units: cel-go's interpreter/runtimecost.go, and Kubernetes' CallCost
 * (pkg/cel/library/cost.go). A plan on each node of the syntax tree says what its evaluation costs; the meter keeps the values
 * of arguments until their call is done.
 */
import { type ASTNode, Optional } from '@marcbachmann/cel-js'
import { writtenName } from '../nodes.ts'
import { macros } from '../typing.ts'
import { spentOnCalls } from './spent-calls.ts'

/** The least that a step says of itself. */
export interface Plan {
  /** Charged whenever the node has been evaluated. */
  readonly fixed: number
  /** Where its value is kept for the call that it is an argument of. */
  slot?: number
  /** Also what its evaluation cost. */
  spentSlot?: number
  /** Of a macro's first body: it counts its runs there, and behind it how often it said yes. */
  counter?: number
  readonly finish?: (state: SpentState, result: unknown) => number
  /** Counters that begin anew with the node. */
  readonly resets?: number
}

/** Of one evaluation. */
export interface SpentState {
  readonly values: unknown[]
  readonly spent: number[]
  readonly counts: number[]
}

const planKey: unique symbol = Symbol('cost')
type Planned = ASTNode & { [planKey]?: Plan }

export function planOf(node: object): Plan | undefined {
  return (node as Planned)[planKey]
}

/** Names that stand before a function, and are no values. */
const namespaces: ReadonlySet<string> = new Set(['ip', 'format', 'sets', 'lists', 'strings', 'math', 'base64', 'optional', 'jsonpatch', 'regex', 'cel'])

/** Puts a plan on each node below. */
export function planCosts(root: ASTNode): void {
  new Planner().visit(root, new Set())
}

type Locals = ReadonlySet<string>

class Planner {
  #slots = 0

  visit(node: ASTNode, locals: Locals): Plan {
    const plan = this.#planOf(node, locals)
    ;(node as Planned)[planKey] = plan
    return plan
  }

  #planOf(node: ASTNode, locals: Locals): Plan {
    switch (node.op) {
      case 'value':
        return { fixed: 0 }
      case 'id':
        return { fixed: 1 }
      case '.':
      case '.?':
        this.visit(node.args[0], locals)
        return { fixed: isAttribute(node.args[0]) ? 1 : 2 }
      case '[]':
      case '[?]':
        for (const each of node.args) this.visit(each, locals)
        return { fixed: isAttribute(node.args[0]) ? 1 : 2 }
      case 'list':
        for (const each of node.args) this.visit(each, locals)
        return { fixed: 10 }
      case 'map':
        for (const each of node.args.flat()) this.visit(each, locals)
        return { fixed: 30 }
      case '&&':
      case '||':
      case '?:':
        for (const each of node.args) this.visit(each, locals)
        return { fixed: 0 }
      case '-_':
        // A negative number is one literal upstream.
        if ((node.args as ASTNode).op === 'value') return { fixed: 0 }
        return this.#call(node.op, undefined, [node.args as ASTNode], locals)
      case '!_':
        return this.#call(node.op, undefined, [node.args as ASTNode], locals)
      case 'call':
        return this.#function(node, locals)
      case 'rcall':
        return this.#method(node, locals)
      default:
        return this.#call(node.op, undefined, node.args as ASTNode[], locals)
    }
  }

  #function(node: ASTNode & { op: 'call' }, locals: Locals): Plan {
    const [name, args] = node.args
    if (name !== 'has') return this.#call(name, undefined, args, locals)
    // Only what leads to the last field costs.
    if (args[0]?.op === '.') this.visit(args[0].args[0], locals)
    return { fixed: 0 }
  }

  #method(node: ASTNode & { op: 'rcall' }, locals: Locals): Plan {
    const [name, receiver, args] = node.args
    const [variable, second] = args
    if (variable?.op === 'id' && second) {
      if (name === 'bind' && args.length === 3) {
        this.visit(second, locals)
        this.visit(args[2]!, new Set([...locals, variable.args]))
        return { fixed: 10 }
      }
      if (macros.has(name)) return this.#macro(name, receiver, args, locals)
      if (name === 'optMap' || name === 'optFlatMap') return this.#optional(name === 'optMap', receiver, variable.args, second, locals)
      if (name === 'sortBy') return this.#sortBy(receiver, variable.args, second, locals)
    }
    const isNamespace = receiver.op === 'id' && namespaces.has(receiver.args) && !locals.has(receiver.args)
    return this.#call(isNamespace ? `${receiver.args as string}.${name}` : writtenName(name), isNamespace ? undefined : receiver, args, locals)
  }

  #call(name: string, receiver: ASTNode | undefined, args: readonly ASTNode[], locals: Locals): Plan {
    const operands = receiver ? [receiver, ...args] : args
    const spent = spentOnCalls(name)
    if (!spent) {
      for (const each of operands) this.visit(each, locals)
      return { fixed: 1 }
    }
    const [one, two, ...others] = operands.map((each) => this.#keep(each, locals)) as [number, number?, ...number[]]
    // Most have two, and are evaluated again and again.
    if (two !== undefined && others.length === 0) return { fixed: 0, finish: ({ values }, result) => spent([values[one], values[two]], result) }
    return {
      fixed: 0,
      finish: ({ values }, result) => spent([values[one], ...(two === undefined ? [] : [values[two]]), ...others.map((slot) => values[slot])], result),
    }
  }

  /** Its value can be looked at afterwards. */
  #keep(node: ASTNode, locals: Locals): number {
    const plan = this.visit(node, locals)
    plan.slot = this.#slots++
    return plan.slot
  }

  #macro(name: string, receiver: ASTNode, args: readonly ASTNode[], locals: Locals): Plan {
    const two = args.length > 2 && args[1]!.op === 'id' && name !== 'map' && name !== 'exists_one'
    const inner = new Set([...locals, args[0]!.args as string, ...(two ? [args[1]!.args as string] : [])])
    const range = this.#keep(receiver, locals)
    const bodies = args.slice(two ? 2 : 1).map((each) => this.visit(each, inner))
    const counter = this.#slots
    this.#slots += 2
    bodies[0]!.counter = counter
    const chooses = bodies.length > 1 || name === 'filter' || name === 'exists_one' || name === 'existsOne'
    const loop = loopOf(name)
    return {
      fixed: loop.around,
      resets: counter,
      finish: ({ values, counts }) => {
        const rounds = counts[counter] ?? 0
        const stopped = rounds < sizeOf(values[range]) ? loop.stopped : 0
        const kept = chooses ? (counts[counter + 1] ?? 0) : rounds
        return rounds * loop.round + kept * loop.kept + (rounds - kept) * loop.left + stopped
      },
    }
  }

  /** Upstream evaluates the receiver twice, and binds its value by a loop that never runs. */
  #optional(wraps: boolean, receiver: ASTNode, variable: string, body: ASTNode, locals: Locals): Plan {
    const slot = this.#keep(receiver, locals)
    planOf(receiver)!.spentSlot = slot
    this.visit(body, new Set([...locals, variable]))
    return {
      fixed: 2,
      finish: ({ values, spent }) => {
        const value = values[slot]
        return value instanceof Optional && value.hasValue() ? (spent[slot] ?? 0) + 10 + (wraps ? 1 : 0) : 0
      },
    }
  }

  /** A list of the keys, and each compared with each. */
  #sortBy(receiver: ASTNode, variable: string, key: ASTNode, locals: Locals): Plan {
    const range = this.#keep(receiver, locals)
    const of = this.#keep(key, new Set([...locals, variable]))
    return {
      fixed: 10 + 1 + 11,
      finish: ({ values }) => {
        const size = sizeOf(values[range])
        const factor = typeof values[of] === 'string' ? 2.1 : 2
        return size * 12 + Math.floor(size * size * factor)
      },
    }
  }
}

/** What a qualifier goes on from without more ado. */
function isAttribute({ op }: ASTNode): boolean {
  return ['id', '.', '.?', '[]', '[?]', '?:'].includes(op)
}

/**
 * What a macro's loop costs: `around` it, for each round, more for a round whose item is kept or left out, and when it stops
 * before the end.
 */
function loopOf(name: string): { around: number; round: number; kept: number; left: number; stopped: number } {
  const none = { kept: 0, left: 0, stopped: 0 }
  switch (name) {
    case 'all':
      return { ...none, around: 1, round: 3, stopped: 2 }
    case 'exists':
      return { ...none, around: 1, round: 4, stopped: 3 }
    case 'exists_one':
    case 'existsOne':
      return { ...none, around: 2, round: 0, kept: 2, left: 1 }
    case 'filter':
      return { ...none, around: 11, round: 0, kept: 13, left: 1 }
    case 'transformMap':
      return { ...none, around: 31, round: 0, kept: 3, left: 1 }
    case 'transformMapEntry':
      return { ...none, around: 31, round: 0, kept: 2, left: 1 }
    default:
      return { ...none, around: 11, round: 0, kept: 12, left: 1 }
  }
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  if (value instanceof Map) return value.size
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}
