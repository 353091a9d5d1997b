/** From text to trees, by Go's grammar of text/template and with its error texts. */
import { quote, unquote } from '../print/quote.ts'
import { type Item, type ItemType, itemText, Lexer } from './lex.ts'
import {
  isEmptyTree,
  type ClosingNode,
  type CommandNode,
  type ListNode,
  type Node,
  nodeText,
  type PipeNode,
  type TemplateNode,
  type Tree,
  type VariableNode,
} from './nodes.ts'
import { parseNumber } from './numbers.ts'

const maxStackDepth = 10_000

export class ParseError extends Error {}

interface Shared {
  readonly lexer: Lexer
  readonly hasFunction: (name: string) => boolean
  readonly trees: Map<string, Tree>
  readonly pushedBack: Item[]
  last: Item
}

/**
 * Parses the text of template `name`. Gives the trees that it defines, itself included, by name.
 * Throws ParseError, whose message begins with "template: NAME:LINE: ".
 */
export function parse(name: string, text: string, hasFunction: (name: string) => boolean): Map<string, Tree> {
  const shared: Shared = {
    lexer: new Lexer(text),
    hasFunction,
    trees: new Map(),
    pushedBack: [],
    last: { type: 'EOF', text: '', position: 0, line: 1 },
  }
  new Parser(shared, name, name, text).parseFile()
  return shared.trees
}

class Parser {
  readonly #shared: Shared
  readonly #tree: Tree
  readonly #variables = ['$']
  #rangeDepth = 0
  #stackDepth = 0
  #actionLine = 0

  constructor(shared: Shared, name: string, parseName: string, text: string) {
    this.#shared = shared
    this.#tree = { name, parseName, text, root: undefined as unknown as ListNode }
  }

  // Tokens

  #next(): Item {
    const item = this.#shared.pushedBack.pop() ?? this.#shared.lexer.next()
    this.#shared.last = item
    return item
  }

  #back(...items: readonly Item[]): void {
    for (const item of items.toReversed()) this.#shared.pushedBack.push(item)
  }

  #peek(): Item {
    const item = this.#next()
    this.#back(item)
    return item
  }

  #nextNonSpace(): Item {
    let item = this.#next()
    while (item.type === 'space') item = this.#next()
    return item
  }

  #peekNonSpace(): Item {
    const item = this.#nextNonSpace()
    this.#back(item)
    return item
  }

  #fail(message: string): never {
    throw new ParseError(`template: ${this.#tree.parseName}:${this.#shared.last.line}: ${message}`)
  }

  #unexpected(item: Item, context: string): never {
    if (item.type === 'error') {
      let extra = ''
      if (this.#actionLine !== 0 && this.#actionLine !== item.line) {
        extra = ` in action started at ${this.#tree.parseName}:${this.#actionLine}`
        if (item.text.endsWith(' action')) extra = extra.slice(' in action'.length)
      }
      this.#fail(itemText(item) + extra)
    }
    this.#fail(`unexpected ${itemText(item)} in ${context}`)
  }

  #expect(types: readonly ItemType[], context: string): Item {
    const item = this.#nextNonSpace()
    return types.includes(item.type) ? item : this.#unexpected(item, context)
  }

  #at<T extends string>(type: T, position: number): { type: T; position: number; tree: Tree } {
    return { type, position, tree: this.#tree }
  }

  // Lists

  parseFile(): void {
    const root: ListNode = { ...this.#at('list', this.#peek().position), nodes: [] }
    this.#tree.root = root
    while (this.#peek().type !== 'EOF') {
      if (this.#peek().type === 'leftDelim') {
        const delim = this.#next()
        const after = this.#nextNonSpace()
        if (after.type === 'define') {
          new Parser(this.#shared, 'definition', this.#tree.parseName, this.#tree.text).#definition()
          continue
        }
        this.#back(delim, after)
      }
      const node = this.#textOrAction()
      if (node.type === 'end' || node.type === 'else') this.#fail(`unexpected ${nodeText(node)}`)
      root.nodes.push(node)
    }
    this.#add()
  }

  #add(): void {
    const { trees } = this.#shared
    const other = trees.get(this.#tree.name)
    if (!other || isEmptyTree(other.root)) trees.set(this.#tree.name, this.#tree)
    else if (!isEmptyTree(this.#tree.root)) this.#fail(`template: multiple definition of template ${quote(this.#tree.name)}`)
  }

  #definition(): void {
    const context = 'define clause'
    this.#tree.name = this.#unquote(this.#expect(['string', 'rawString'], context))
    this.#expect(['rightDelim'], context)
    this.#body(context)
  }

  #body(context: string): void {
    const { list, end } = this.#itemList()
    this.#tree.root = list
    if (end.type !== 'end') this.#fail(`unexpected ${nodeText(end)} in ${context}`)
    this.#add()
  }

  #unquote(item: Item): string {
    return unquote(item.text) ?? this.#fail('invalid syntax')
  }

  #itemList(): { list: ListNode; end: ClosingNode } {
    const list: ListNode = { ...this.#at('list', this.#peekNonSpace().position), nodes: [] }
    while (this.#peekNonSpace().type !== 'EOF') {
      const node = this.#textOrAction()
      if (node.type === 'end' || node.type === 'else') return { list, end: node as ClosingNode }
      list.nodes.push(node)
    }
    return this.#fail('unexpected EOF')
  }

  #textOrAction(): Node {
    const item = this.#nextNonSpace()
    if (item.type === 'text') return { ...this.#at('text', item.position), text: item.text }
    if (item.type !== 'leftDelim') this.#unexpected(item, 'input')
    this.#actionLine = item.line
    const node = this.#action()
    this.#actionLine = 0
    return node
  }

  // Actions

  #action(): Node {
    const item = this.#nextNonSpace()
    switch (item.type) {
      case 'block':
        return this.#block()
      case 'break':
      case 'continue':
        return this.#loopControl(item.type, item)
      case 'else':
        return this.#else()
      case 'end':
        return this.#at('end', this.#expect(['rightDelim'], 'end').position)
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(item.type)
      case 'template':
        return this.#template()
    }
    this.#back(item)
    const { position } = this.#peek()
    return { ...this.#at('action', position), pipe: this.#pipeline('command', 'rightDelim') }
  }

  #loopControl(type: 'break' | 'continue', keyword: Item): Node {
    const item = this.#nextNonSpace()
    if (item.type !== 'rightDelim') this.#unexpected(item, `{{${type}}}`)
    if (this.#rangeDepth === 0) this.#fail(`{{${type}}} outside {{range}}`)
    return this.#at(type, keyword.position)
  }

  #else(): Node {
    const peek = this.#peekNonSpace()
    if (peek.type === 'if' || peek.type === 'with') return this.#at('else', peek.position)
    return this.#at('else', this.#expect(['rightDelim'], 'else').position)
  }

  #branch(type: 'if' | 'with' | 'range'): Node {
    const variableCount = this.#variables.length
    const pipe = this.#pipeline(type, 'rightDelim')
    if (type === 'range') this.#rangeDepth++
    const { list, end } = this.#itemList()
    if (type === 'range') this.#rangeDepth--
    let elseList: ListNode | undefined
    if (end.type === 'else') {
      if (type !== 'range' && this.#peek().type === type) {
        this.#next()
        elseList = { ...this.#at('list', end.position), nodes: [this.#branch(type)] }
      } else {
        const rest = this.#itemList()
        if (rest.end.type !== 'end') this.#fail(`expected end; found ${nodeText(rest.end)}`)
        elseList = rest.list
      }
    }
    this.#variables.length = variableCount
    return { ...this.#at(type, pipe.position), pipe, list, ...(elseList && { elseList }) }
  }

  #block(): TemplateNode {
    const context = 'block clause'
    const item = this.#nextNonSpace()
    const name = this.#templateName(item, context)
    const pipe = this.#pipeline(context, 'rightDelim')
    new Parser(this.#shared, name, this.#tree.parseName, this.#tree.text).#body(context)
    return { ...this.#at('template', item.position), name, pipe }
  }

  #template(): TemplateNode {
    const context = 'template clause'
    const item = this.#nextNonSpace()
    const name = this.#templateName(item, context)
    const after = this.#nextNonSpace()
    if (after.type === 'rightDelim') return { ...this.#at('template', item.position), name }
    this.#back(after)
    return { ...this.#at('template', item.position), name, pipe: this.#pipeline(context, 'rightDelim') }
  }

  #templateName(item: Item, context: string): string {
    return item.type === 'string' || item.type === 'rawString' ? this.#unquote(item) : this.#unexpected(item, context)
  }

  // Pipelines

  #pipeline(context: string, end: 'rightDelim' | 'rightParen'): PipeNode {
    const pipe: PipeNode = { ...this.#at('pipe', this.#peekNonSpace().position), isAssign: false, declarations: [], commands: [] }
    while (this.#declaration(pipe, context));
    for (;;) {
      const item = this.#nextNonSpace()
      if (item.type === end) break
      if (!beginsOperand.has(item.type)) this.#unexpected(item, context)
      this.#back(item)
      pipe.commands.push(this.#command())
    }
    this.#check(pipe, context)
    return pipe
  }

  /** Reads one declared variable if there is one; true when another may follow. */
  #declaration(pipe: PipeNode, context: string): boolean {
    const variable = this.#peekNonSpace()
    if (variable.type !== 'variable') return false
    this.#next()
    const after = this.#peek()
    const next = this.#peekNonSpace()
    const declares = next.type === 'assign' || next.type === 'declare'
    if (!declares && !(next.type === 'char' && next.text === ',')) {
      // The space belongs between operands: it is given back too.
      if (after.type === 'space') {
        this.#back(after)
      }
      this.#back(variable)
      return false
    }
    this.#nextNonSpace()
    if (declares) pipe.isAssign = next.type === 'assign'
    pipe.declarations.push({ ...this.#at('variable', variable.position), path: [variable.text] } satisfies VariableNode)
    this.#variables.push(variable.text)
    if (declares) return false
    if (context !== 'range' || pipe.declarations.length >= 2) this.#fail(`too many declarations in ${context}`)
    if (!['variable', 'rightDelim', 'rightParen'].includes(this.#peekNonSpace().type)) this.#fail('range can only initialize variables')
    return true
  }

  #check(pipe: PipeNode, context: string): void {
    if (pipe.commands.length === 0) this.#fail(`missing value for ${context}`)
    pipe.commands.forEach((command, index) => {
      if (index > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(command.args[0]!.type)) {
        this.#fail(`non executable command in pipeline stage ${index + 1}`)
      }
    })
  }

  #command(): CommandNode {
    const command: CommandNode = { ...this.#at('command', this.#peekNonSpace().position), args: [] }
    for (;;) {
      this.#peekNonSpace()
      const operand = this.#operand()
      if (operand) command.args.push(operand)
      const item = this.#next()
      if (item.type === 'space') continue
      if (item.type === 'rightDelim' || item.type === 'rightParen') this.#back(item)
      else if (item.type !== 'pipe') this.#unexpected(item, 'operand')
      break
    }
    if (command.args.length === 0) this.#fail('empty command')
    return command
  }

  #operand(): Node | undefined {
    const node = this.#term()
    if (!node || this.#peek().type !== 'field') return node
    const { position } = this.#peek()
    const path: string[] = []
    while (this.#peek().type === 'field') path.push(this.#next().text.slice(1))
    switch (node.type) {
      case 'field':
        return { ...this.#at('field', position), path: [...node.path, ...path] }
      case 'variable':
        return { ...this.#at('variable', position), path: [...node.path, ...path] }
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.#fail(`unexpected . after term ${quote(nodeText(node))}`)
    }
    return { ...this.#at('chain', position), node, path }
  }

  #term(): Node | undefined {
    const item = this.#nextNonSpace()
    const { position, text } = item
    switch (item.type) {
      case 'identifier':
        if (!this.#shared.hasFunction(text)) this.#fail(`function ${quote(text)} not defined`)
        return { ...this.#at('identifier', position), name: text }
      case 'dot':
        return this.#at('dot', position)
      case 'nil':
        return this.#at('nil', position)
      case 'variable':
        if (!this.#variables.includes(text)) this.#fail(`undefined variable ${quote(text)}`)
        return { ...this.#at('variable', position), path: [text] }
      case 'field':
        return { ...this.#at('field', position), path: [text.slice(1)] }
      case 'bool':
        return { ...this.#at('bool', position), value: text === 'true' }
      case 'charConstant':
      case 'complex':
      case 'number': {
        const number = parseNumber(text, item.type)
        if (typeof number === 'string') this.#fail(number)
        return { ...this.#at('number', position), text, ...number }
      }
      case 'leftParen': {
        if (this.#stackDepth >= maxStackDepth) this.#fail('max expression depth exceeded')
        this.#stackDepth++
        const pipe = this.#pipeline('parenthesized pipeline', 'rightParen')
        this.#stackDepth--
        return pipe
      }
      case 'string':
      case 'rawString':
        return { ...this.#at('string', position), quoted: text, text: this.#unquote(item) }
    }
    this.#back(item)
    return undefined
  }
}

const beginsOperand: ReadonlySet<ItemType> = new Set<ItemType>([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
])
