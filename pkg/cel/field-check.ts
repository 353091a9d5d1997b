/** Finds fields that a schema does not have, before the expression ever runs: what cel-go's type checker would say. */
import type { ASTNode } from '@marcbachmann/cel-js'
import { childrenOf } from './nodes.ts'
import { additionalOf, type CelSchema as Schema, itemsOf } from './schema.ts'
import { unescapeName } from './values.ts'

/** undefined: anything. */
type Known = Schema | undefined
type Scope = Readonly<Record<string, Known>>

class UndefinedField extends Error {
  readonly range: { start: number; end: number }
  constructor(field: string, node: ASTNode) {
    super(`undefined field '${field}'`)
    this.range = { start: node.pos, end: node.end }
  }
}

export function checkFields(root: ASTNode, scope: Scope): void {
  typeOf(root, scope)
}

const macros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])

function typeOf(node: ASTNode, scope: Scope): Known {
  switch (node.op) {
    case 'id':
      return scope[node.args]
    case '.':
    case '.?': {
      const [object, name] = node.args
      return fieldOf(typeOf(object, scope), name, node)
    }
    case '[]':
    case '[?]': {
      const [object, index] = node.args
      typeOf(index, scope)
      const type = typeOf(object, scope)
      return type && (type.type === 'array' ? itemsOf(type) : additionalOf(type))
    }
    case 'rcall': {
      const [name, receiver, args] = node.args
      const type = typeOf(receiver, scope)
      const [variable] = args
      if (macros.has(name) && args.length >= 2 && variable?.op === 'id') {
        const element = type?.type === 'array' ? itemsOf(type) : undefined
        for (const each of args.slice(1)) typeOf(each, { ...scope, [variable.args]: element })
        return name === 'filter' ? type : undefined
      }
      for (const each of args) typeOf(each, scope)
      return undefined
    }
    default:
      for (const child of childrenOf(node)) typeOf(child, scope)
      return undefined
  }
}

function fieldOf(type: Known, name: string, node: ASTNode): Known {
  if (!type) return undefined
  const { properties } = type
  if (type.type !== 'object' || !properties) return additionalOf(type)
  const property = properties[unescapeName(name)]
  if (property === undefined) throw new UndefinedField(name, node)
  return property['x-kubernetes-int-or-string'] || property['x-kubernetes-preserve-unknown-fields'] ? undefined : property
}
