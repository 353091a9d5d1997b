/** The execution of a parsed template: Go's text/template/exec.go, by its rules and with its error texts. */
import {
  nodeLocation,
  nodeText,
  type BranchNode,
  type ChainNode,
  type CommandNode,
  type FieldNode,
  type IdentifierNode,
  type ListNode,
  type Node,
  type NumberNode,
  type PipeNode,
  type TemplateNode,
  type Tree,
  type VariableNode,
} from '../parse/nodes.ts'
import { printValue } from '../print/print.ts'
import { quote } from '../print/quote.ts'
import { GoObject, type GoFunction, type MissingKey, type TypeName, type Value } from '../types.ts'
import { asBigInt, Boxed, elementType, integerKinds, isDictionary, isFunction, isTrue, sortedKeys, typeOf, unboxed, unsignedKinds } from '../values.ts'
import { canBeNil, isAssignable, isInterface } from './signature.ts'
import { isStackEnd } from './stack-end.ts'

/** As reflect.Value tells of itself: a string as it is, anything else by its type. */
const reflectText = (value: Value): string => (typeof value === 'string' ? value : `<${typeOf(value)} Value>`)

/** An error of an execution: it names the template, the line, the column and what stood there. */
export class ExecError extends Error {}

/** What a running template asks of the set it belongs to. */
export interface Surroundings {
  readonly tree: (name: string) => Tree | undefined
  readonly function: (name: string) => { readonly function: GoFunction; readonly isBuiltin: boolean } | undefined
  readonly missingKey: MissingKey
  readonly maxOutputLength: number
}

interface Variable {
  readonly name: string
  value: Value
}

type LoopSignal = 'break' | 'continue' | undefined

/** Stands for: no value came down the pipeline. */
const missing = Symbol('missing')

/** Go's limit; the stack of this process ends earlier, which is told in the same words. */
const maxDepth = 100_000

export interface Output {
  text: string
}

/** Executes the tree with data as dot, and writes to output what comes out, also before an error. */
export function execute(name: string, tree: Tree, surroundings: Surroundings, data: Value, output: Output): void {
  try {
    new Execution(name, surroundings, output, data, 0).walk(data, tree.root)
  } catch (error) {
    if (isStackEnd(error)) {
      throw new ExecError(`template: ${name}: exceeded maximum template depth (${maxDepth})`)
    }
    throw error
  }
}

class Execution {
  readonly #name: string
  readonly #surroundings: Surroundings
  readonly #output: Output
  readonly #depth: number
  readonly #variables: Variable[]
  #node: Node | undefined

  constructor(name: string, surroundings: Surroundings, output: Output, dot: Value, depth: number) {
    this.#name = name
    this.#surroundings = surroundings
    this.#output = output
    this.#depth = depth
    this.#variables = [{ name: '$', value: dot }]
  }

  #fail(message: string, cause?: unknown): never {
    const where = this.#node ? `${nodeLocation(this.#node)}: executing ${quote(this.#name)} at <${nodeText(this.#node)}>` : this.#name
    throw new ExecError(`template: ${where}: ${message}`, { cause })
  }

  #write(text: string): undefined {
    this.#output.text += text
    if (this.#output.text.length > this.#surroundings.maxOutputLength) {
      this.#fail(`output is longer than ${this.#surroundings.maxOutputLength} characters`)
    }
  }

  // Statements

  walk(dot: Value, node: Node): LoopSignal {
    this.#node = node
    switch (node.type) {
      case 'text':
        this.#write(node.text)
        return undefined
      case 'action': {
        const value = this.#pipeline(dot, node.pipe)
        if (node.pipe.declarations.length === 0) this.#print(node, value)
        return undefined
      }
      case 'list':
        return this.#list(dot, node)
      case 'if':
      case 'with':
        return this.#branch(dot, node)
      case 'range':
        return this.#range(dot, node)
      case 'template':
        this.#template(dot, node)
        return undefined
      case 'break':
      case 'continue':
        return node.type
    }
    return this.#fail(`unknown node: ${nodeText(node)}`)
  }

  #list(dot: Value, list: ListNode): LoopSignal {
    for (const node of list.nodes) {
      const signal = this.walk(dot, node)
      if (signal) return signal
    }
    return undefined
  }

  #branch(dot: Value, node: BranchNode): LoopSignal {
    const mark = this.#variables.length
    const value = this.#pipeline(dot, node.pipe)
    let signal: LoopSignal
    if (isTrue(value)) signal = this.walk(node.type === 'with' ? value : dot, node.list)
    else if (node.elseList) signal = this.walk(dot, node.elseList)
    this.#variables.length = mark
    return signal
  }

  #print(node: Node, value: Value): undefined {
    this.#node = node
    if (value === undefined || value === null) return this.#write('<no value>')
    if (isFunction(value)) this.#fail(`can't print ${nodeText(node)} of type ${typeOf(value)}`)
    return this.#write(value instanceof GoObject ? value.display() : printValue(value))
  }

  #range(dot: Value, node: BranchNode): LoopSignal {
    const outer = this.#variables.length
    const value = unboxed(this.#pipeline(dot, node.pipe))
    const { declarations, isAssign } = node.pipe
    const mark = this.#variables.length
    const once = (index: Value, element: Value): boolean => {
      if (declarations.length > 0) {
        if (isAssign) this.#assign(declarations[0]!.path[0]!, declarations.length > 1 ? index : element)
        else this.#variables[this.#variables.length - 1]!.value = element
      }
      if (declarations.length > 1) {
        if (isAssign) this.#assign(declarations[1]!.path[0]!, element)
        else this.#variables[this.#variables.length - 2]!.value = index
      }
      const signal = this.walk(element, node.list)
      this.#variables.length = mark
      return signal !== 'break'
    }
    const any = this.#iterate(value, declarations.length, once)
    let signal: LoopSignal
    if (!any && node.elseList) signal = this.walk(dot, node.elseList)
    this.#variables.length = outer
    return signal
  }

  /** Calls once for each element until that gives false; gives whether there was any. */
  #iterate(given: Value, declared: number, once: (index: Value, element: Value) => boolean): boolean {
    if (given === undefined || given === null) return false
    const value = given instanceof GoObject ? (given.underlying() ?? given) : given
    const count = asBigInt(value)
    if (count !== undefined) {
      if (declared > 1) this.#fail(`can't use ${printValue(value)} to iterate over more than one variable`)
      for (let n = 0n; n < count; n++) if (!once(undefined, n)) break
      return count > 0n
    }
    const boxed = elementType(value) === 'interface {}'
    const box = (element: Value): Value => (boxed ? new Boxed(element) : element)
    if (Array.isArray(value) || value instanceof Uint8Array) {
      let index = 0n
      for (const element of value) if (!once(index++, box(element))) break
      return value.length > 0
    }
    if (isDictionary(value)) {
      const keys = sortedKeys(value)
      for (const key of keys) if (!once(key, box(value[key]))) break
      return keys.length > 0
    }
    return this.#fail(`range can't iterate over ${printValue(value)}`)
  }

  #template(dot: Value, node: TemplateNode): void {
    this.#node = node
    const tree = this.#surroundings.tree(node.name)
    if (!tree) this.#fail(`template ${quote(node.name)} not defined`)
    if (this.#depth === maxDepth) this.#fail(`exceeded maximum template depth (${maxDepth})`)
    const data = node.pipe ? this.#pipeline(dot, node.pipe) : undefined
    new Execution(node.name, this.#surroundings, this.#output, data, this.#depth + 1).walk(data, tree.root)
  }

  // Variables

  #variable(name: string): Variable {
    for (let at = this.#variables.length - 1; at >= 0; at--) if (this.#variables[at]!.name === name) return this.#variables[at]!
    return this.#fail(`undefined variable: ${name}`)
  }

  #assign(name: string, value: Value): void {
    this.#variable(name).value = value
  }

  // Pipelines and commands

  #pipeline(dot: Value, pipe: PipeNode): Value {
    this.#node = pipe
    let value: Value = missing
    for (const command of pipe.commands) {
      value = this.#command(dot, command, value)
      // An interface gives way to what is in it.
      value = value === null ? undefined : unboxed(value)
    }
    for (const { path } of pipe.declarations) {
      if (pipe.isAssign) this.#assign(path[0]!, value)
      else this.#variables.push({ name: path[0]!, value })
    }
    return value
  }

  #command(dot: Value, command: CommandNode, final: Value): Value {
    const { args } = command
    const first = args[0]!
    switch (first.type) {
      case 'field':
        return this.#fieldNode(dot, first, args, final)
      case 'chain':
        return this.#chain(dot, first, args, final)
      case 'identifier':
        return this.#function(dot, first, command, args, final)
      case 'pipe':
        this.#notAFunction(args, final)
        return this.#pipeline(dot, first)
      case 'variable':
        return this.#variableNode(dot, first, args, final)
    }
    this.#node = first
    this.#notAFunction(args, final)
    switch (first.type) {
      case 'bool':
        return first.value
      case 'dot':
        return dot
      case 'nil':
        return this.#fail('nil is not a command')
      case 'number':
        return this.#constant(first)
      case 'string':
        return first.text
    }
    return this.#fail(`can't evaluate command ${quote(nodeText(first))}`)
  }

  #notAFunction(args: readonly Node[], final: Value): void {
    if (args.length > 1 || final !== missing) this.#fail(`can't give argument to non-function ${nodeText(args[0]!)}`)
  }

  #constant(node: NumberNode): Value {
    this.#node = node
    const { text } = node
    if (node.complex) return node.complex
    const isHex = /^0[xX]/.test(text) && text.length > 2 && !/[pP]/.test(text)
    if (node.float !== undefined && !isHex && !text.startsWith("'") && /[.eEpP]/.test(text)) return node.float
    if (node.integer !== undefined) return node.integer
    return this.#fail(`${text} overflows int`)
  }

  // Fields and methods

  #fieldNode(dot: Value, node: FieldNode, args: readonly Node[], final: Value): Value {
    this.#node = node
    return this.#fieldChain(dot, dot, node, node.path, args, final)
  }

  #chain(dot: Value, node: ChainNode, args: readonly Node[], final: Value): Value {
    this.#node = node
    if (node.node.type === 'nil') this.#fail(`indirection through explicit nil in ${nodeText(node)}`)
    return this.#fieldChain(dot, this.#argument(dot, undefined, node.node), node, node.path, args, final)
  }

  #variableNode(dot: Value, node: VariableNode, args: readonly Node[], final: Value): Value {
    this.#node = node
    const { value } = this.#variable(node.path[0]!)
    if (node.path.length === 1) {
      this.#notAFunction(args, final)
      return value
    }
    return this.#fieldChain(dot, value, node, node.path.slice(1), args, final)
  }

  #fieldChain(dot: Value, receiver: Value, node: Node, path: readonly string[], args: readonly Node[], final: Value): Value {
    let value = receiver
    let boxed = receiver instanceof Boxed
    if (receiver instanceof Boxed) value = receiver.value ?? null
    const last = path.length - 1
    for (let at = 0; at < last; at++) {
      const next = this.#field(dot, path[at]!, node, [], missing, value, boxed)
      boxed = isDictionary(value) && elementType(value) === 'interface {}'
      value = next
    }
    return this.#field(dot, path[last]!, node, args, final, value, boxed)
  }

  #field(dot: Value, name: string, node: Node, args: readonly Node[], final: Value, receiver: Value, boxed: boolean): Value {
    if (receiver === undefined) {
      if (this.#surroundings.missingKey === 'error') this.#fail(`nil data; no entry for key ${quote(name)}`)
      return undefined
    }
    if (receiver === null) return this.#fail(`nil pointer evaluating interface {}.${name}`)
    const hasArgs = args.length > 1 || final !== missing
    if (receiver instanceof GoObject) {
      const method = receiver.method(name)
      if (method) return this.#call(dot, method, false, node, name, args, final)
      const field = receiver.field(name)
      if (field !== undefined) {
        if (hasArgs) this.#fail(`${name} has arguments but cannot be invoked as function`)
        return field
      }
    }
    const map = receiver instanceof GoObject ? receiver.underlying() : receiver
    if (isDictionary(map)) {
      if (hasArgs) this.#fail(`${name} is not a method but has arguments`)
      if (Object.hasOwn(map, name)) return map[name] ?? null
      if (this.#surroundings.missingKey === 'error') this.#fail(`map has no entry for key ${quote(name)}`)
      if (this.#surroundings.missingKey === 'default') return undefined
      return zeroOf(elementType(map))
    }
    return this.#fail(`can't evaluate field ${name} in type ${boxed ? 'interface {}' : typeOf(receiver)}`)
  }

  // Calls

  #function(dot: Value, node: IdentifierNode, command: Node, args: readonly Node[], final: Value): Value {
    this.#node = node
    const found = this.#surroundings.function(node.name)
    if (!found) return this.#fail(`${quote(node.name)} is not a defined function`)
    return this.#call(dot, found.function, found.isBuiltin, command, node.name, args, final)
  }

  #call(dot: Value, callee: GoFunction, isBuiltin: boolean, node: Node, name: string, nodes: readonly Node[], final: Value): Value {
    const args = nodes.slice(1)
    const { parameters, variadic } = callee
    const given = args.length + (final === missing ? 0 : 1)
    const fixed = variadic ? parameters.length - 1 : parameters.length
    if (variadic && given < fixed) this.#fail(`wrong number of args for ${name}: want at least ${fixed} got ${args.length}`)
    if (!variadic && given !== parameters.length) this.#fail(`wrong number of args for ${name}: want ${parameters.length} got ${given}`)
    if (isBuiltin && (name === 'and' || name === 'or')) {
      let value: Value
      for (const arg of args) {
        value = this.#argument(dot, 'reflect.Value', arg)
        if (isTrue(value) === (name === 'or')) return value
      }
      return final === missing ? value : final
    }
    const typeAt = (index: number): TypeName => parameters[Math.min(index, parameters.length - 1)]!
    const values = args.map((arg, index) => this.#argument(dot, typeAt(index), arg))
    if (final !== missing) values.push(this.#validate(final, typeAt(values.length)))
    // A nil interface is what a function sees for no value; reflect.Value can tell them apart.
    values.forEach((value, index) => {
      const type = typeAt(index)
      const plain = unboxed(value)
      values[index] = type === 'reflect.Value' ? plain : (plain ?? null)
    })
    try {
      // A callee that came through the pipe has no name but its value.
      if (isBuiltin && name === 'call') return callee.body(...([args.length === 0 ? reflectText(values[0]) : nodeText(args[0]!), ...values] as never[]))
      return callee.body(...(values as never[]))
    } catch (error) {
      if (isStackEnd(error)) throw error
      this.#node = node
      return this.#fail(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`, error)
    }
  }

  #validate(given: Value, type: TypeName | undefined): Value {
    const value = given instanceof Boxed ? given.value : given
    if (value === undefined) {
      if (type === undefined || type === 'reflect.Value') return undefined
      if (canBeNil(type)) return null
      return this.#fail(`invalid value; expected ${type}`)
    }
    // A nil interface that a field holds is a value, of a type that fits nowhere else.
    if (value === null && type !== undefined && !isInterface(type)) return this.#fail(`wrong type for value; expected ${type}; got interface {}`)
    if (type === undefined || isAssignable(value, type)) return value
    return this.#fail(`wrong type for value; expected ${type}; got ${typeOf(value)}`)
  }

  #argument(dot: Value, type: TypeName | undefined, node: Node): Value {
    this.#node = node
    switch (node.type) {
      case 'dot':
        return type === undefined ? dot : this.#validate(dot, type)
      case 'nil':
        if (type !== undefined && !canBeNil(type)) this.#fail(`cannot assign nil to ${type}`)
        return type === 'reflect.Value' ? undefined : null
      case 'field':
        return this.#validate(this.#fieldNode(dot, node, [node], missing), type)
      case 'variable':
        return this.#validateOrKeep(this.#variableNode(dot, node, [], missing), type)
      case 'pipe':
        return this.#validate(this.#pipeline(dot, node), type)
      case 'identifier':
        return this.#validate(this.#function(dot, node, node, [], missing), type)
      case 'chain':
        return this.#validate(this.#chain(dot, node, [], missing), type)
    }
    const to = type ?? 'interface {}'
    if (isInterface(to)) {
      if (node.type === 'bool') return node.value
      if (node.type === 'number') return this.#constant(node)
      if (node.type === 'string') return node.text
    }
    if (to === 'bool') return node.type === 'bool' ? node.value : this.#fail(`expected bool; found ${nodeText(node)}`)
    if (to === 'string') return node.type === 'string' ? node.text : this.#fail(`expected string; found ${nodeText(node)}`)
    if (integerKinds.has(to)) {
      return node.type === 'number' && node.integer !== undefined ? node.integer : this.#fail(`expected integer; found ${nodeText(node)}`)
    }
    if (unsignedKinds.has(to)) {
      return node.type === 'number' && node.unsigned !== undefined ? node.unsigned : this.#fail(`expected unsigned integer; found ${nodeText(node)}`)
    }
    if (to === 'float64') return node.type === 'number' && node.float !== undefined ? node.float : this.#fail(`expected float; found ${nodeText(node)}`)
    return this.#fail(`can't handle ${nodeText(node)} for arg of type ${to}`)
  }

  /** As the receiver of a chain, a variable keeps its box, which its errors name. */
  #validateOrKeep(value: Value, type: TypeName | undefined): Value {
    return type === undefined ? value : this.#validate(value, type)
  }
}

/** The zero value of a map's elements. */
function zeroOf(type: TypeName): Value {
  switch (type) {
    case 'string':
      return ''
    case 'bool':
      return false
    case 'int':
      return 0n
    case 'float64':
      return 0
    case '[]uint8':
      return new Uint8Array(0)
  }
  return null
}
