/** The tree of a parsed template: read-only data, made once and executed any number of times. */
import type { ComplexObject } from '../print/complex.ts'
import { quote } from '../print/quote.ts'

interface Placed {
  /** Where it stands in the text it was parsed from. */
  readonly position: number
  readonly tree: Tree
}
export interface ListNode extends Placed {
  readonly type: 'list'
  readonly nodes: Node[]
}
export interface TextNode extends Placed {
  readonly type: 'text'
  readonly text: string
}
export interface PipeNode extends Placed {
  readonly type: 'pipe'
  isAssign: boolean
  readonly declarations: VariableNode[]
  readonly commands: CommandNode[]
}
export interface ActionNode extends Placed {
  readonly type: 'action'
  readonly pipe: PipeNode
}
export interface CommandNode extends Placed {
  readonly type: 'command'
  readonly args: Node[]
}
export interface IdentifierNode extends Placed {
  readonly type: 'identifier'
  readonly name: string
}
export interface VariableNode extends Placed {
  readonly type: 'variable'
  readonly path: readonly string[]
}
export interface DotNode extends Placed {
  readonly type: 'dot'
}
export interface NilNode extends Placed {
  readonly type: 'nil'
}
export interface FieldNode extends Placed {
  readonly type: 'field'
  readonly path: readonly string[]
}
export interface ChainNode extends Placed {
  readonly type: 'chain'
  readonly node: Node
  readonly path: readonly string[]
}
export interface BoolNode extends Placed {
  readonly type: 'bool'
  readonly value: boolean
}
export interface NumberNode extends Placed {
  readonly type: 'number'
  readonly text: string
  readonly integer?: bigint
  readonly unsigned?: bigint
  readonly float?: number
  readonly complex?: ComplexObject
}
export interface StringNode extends Placed {
  readonly type: 'string'
  readonly quoted: string
  readonly text: string
}
export interface BranchNode extends Placed {
  readonly type: 'if' | 'with' | 'range'
  readonly pipe: PipeNode
  readonly list: ListNode
  readonly elseList?: ListNode
}
export interface TemplateNode extends Placed {
  readonly type: 'template'
  readonly name: string
  readonly pipe?: PipeNode
}
export interface LoopControlNode extends Placed {
  readonly type: 'break' | 'continue'
}
/** Only while parsing: what closes a list. */
export interface ClosingNode extends Placed {
  readonly type: 'end' | 'else'
}

export type Node =
  | ListNode
  | TextNode
  | PipeNode
  | ActionNode
  | CommandNode
  | IdentifierNode
  | VariableNode
  | DotNode
  | NilNode
  | FieldNode
  | ChainNode
  | BoolNode
  | NumberNode
  | StringNode
  | BranchNode
  | TemplateNode
  | LoopControlNode
  | ClosingNode

/** One template: its own name, and the name and text of the file it was read from, which errors show. */
export interface Tree {
  name: string
  readonly parseName: string
  readonly text: string
  root: ListNode
}

/** A node as Go prints it, for errors. */
export function nodeText(node: Node): string {
  switch (node.type) {
    case 'list':
      return node.nodes.map(nodeText).join('')
    case 'text':
      return node.text
    case 'action':
      return `{{${nodeText(node.pipe)}}}`
    case 'pipe': {
      const declared = node.declarations.map(nodeText).join(', ')
      return (declared === '' ? '' : `${declared} ${node.isAssign ? '=' : ':='} `) + node.commands.map(nodeText).join(' | ')
    }
    case 'command':
      return node.args.map((each) => (each.type === 'pipe' ? `(${nodeText(each)})` : nodeText(each))).join(' ')
    case 'identifier':
      return node.name
    case 'variable':
      return node.path.join('.')
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'field':
      return node.path.map((name) => `.${name}`).join('')
    case 'chain':
      return (node.node.type === 'pipe' ? `(${nodeText(node.node)})` : nodeText(node.node)) + node.path.map((name) => `.${name}`).join('')
    case 'bool':
      return String(node.value)
    case 'number':
      return node.text
    case 'string':
      return node.quoted
    case 'if':
    case 'with':
    case 'range':
      return `{{${node.type} ${nodeText(node.pipe)}}}${nodeText(node.list)}${node.elseList ? `{{else}}${nodeText(node.elseList)}` : ''}{{end}}`
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ''}}}`
    default:
      return `{{${node.type}}}`
  }
}

/** "name:line:column" of a node, the column in bytes, as Go counts it. */
export function nodeLocation(node: Node): string {
  const before = node.tree.text.slice(0, node.position)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line++
  return `${node.tree.parseName}:${line}:${Buffer.byteLength(before.slice(lineStart))}`
}

/** True when nothing but spaces and definitions are in it: such a template does not take the place of another. */
export function isEmptyTree(root: ListNode): boolean {
  return root.nodes.every((node) => (node.type === 'text' ? node.text.trim() === '' : node.type === 'list' && isEmptyTree(node)))
}
